"""Commands about the clock."""

from totpkey_protocol.errors import (
    CLOCK_DOUBTFUL,
    CLOCK_MISSING,
    CLOCK_NOT_SET,
    NO_SUCH_CODES,
    OUT_OF_RANGE,
    Refusal,
)
from totpkey_protocol.limits import BUDGET, LIMIT_LEAST
from totpkey_protocol.words import CODES, MISSING, REASONS, TRUSTED, UNKNOWN

from ...ticks import add
from .. import clock_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..setup_key import SetupKey as Key

#: By how many ms the moment may be wrong at which a person saw a code change.
_BY_EYE = 2000


def require_time(key: "Key") -> None:
    """Raise Refusal unless the key trusts its time."""
    _require_clock(key)
    if key.timekeeper.state != TRUSTED:
        raise Refusal(CLOCK_DOUBTFUL)


def _require_clock(key: "Key") -> None:
    if not key.timekeeper.running:
        raise Refusal(CLOCK_MISSING if key.timekeeper.state == MISSING else CLOCK_NOT_SET)


def reason(key: "Key", arguments: "dict[str, str | int]", asked: int) -> str:
    """Why to set this time wants a hold of the button: see `setting.reason`. Kept for when it is set."""
    key.time_reason = clock_setting.reason(key, int(arguments["time"]), asked)
    return key.time_reason


def time(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """The key's time, trusted or not."""
    _require_clock(key)
    now = key.platform.ticks()
    return {
        "clock": key.timekeeper.state,
        "time": key.timekeeper.time(now),
        "milliseconds": key.timekeeper.milliseconds(now),
    }


def set_time(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set the clock: the second begins as the command is carried out."""
    return _set(key, int(arguments["time"]), int(arguments["within"]), asked, key.time_reason)


def clock(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """What the key knows of its clock."""
    timekeeper, ledger = key.timekeeper, key.vault.ledger
    now = timekeeper.time(key.platform.ticks()) if timekeeper.running else 0
    return {
        "clock": timekeeper.state,
        "chip": timekeeper.chip.name if timekeeper.chip else "",
        "battery": timekeeper.chip.battery if timekeeper.chip else UNKNOWN,
        "set": ledger.synced,
        "until": ledger.until(BUDGET),
        "off": ledger.worst(now),
        "rate": ledger.rate,
        "register": ledger.register,
        "added": ledger.trim,
        "intervals": len(ledger.intervals),
        "limit": ledger.limit,
        "floor": key.vault.floor,
        "changes": len(ledger.changes),
    }


def change(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """A change of the clock that a person had to agree to."""
    entries, index = key.vault.ledger.changes, int(arguments["change"])
    if index >= len(entries):
        raise Refusal(OUT_OF_RANGE, "change")
    kind, before, after = entries[index]
    return {"reason": REASONS[kind], "before": before, "after": after}


def set_limit(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set how far off the clock may be before the key refuses to type."""
    limit = int(arguments["limit"])
    if 0 < limit < LIMIT_LEAST:
        raise Refusal(OUT_OF_RANGE, "limit")
    key.vault.ledger.limit = limit
    key.vault.ledger.save()
    key.timekeeper.judge(key.platform.ticks())
    return {}


def time_from_codes(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set the clock by what another authenticator shows."""
    from ...clock.search import find_step

    account = key.vault.account(key.find(arguments))
    codes = (str(arguments["first"]), str(arguments["second"]))
    step = find_step(account, codes, int(arguments["near"]), key.platform.rest)
    if step < 0:
        raise Refusal(NO_SUCH_CODES)
    age = int(arguments["age"])
    # So long before this was asked the last second was whole.
    whole = add(asked, -(age % 1000))
    return _set(key, step * account.period + age // 1000, _BY_EYE, whole, CODES)


def _set(key: "Key", wanted: int, error: int, asked: int, why: str) -> "dict[str, object]":
    try:
        clock_setting.set_clock(key, wanted, error, asked, why)
    except OSError:
        raise Refusal(CLOCK_MISSING) from None
    return time(key, {}, asked)
