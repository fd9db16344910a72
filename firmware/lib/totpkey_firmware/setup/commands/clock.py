"""Commands about the clock."""

from totpkey_protocol.errors import CLOCK_MISSING, NO_SUCH_CODES, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import BUDGET, LIMIT_LEAST
from totpkey_protocol.words import ACCESS, CHANGE, CODES, REASONS, UNKNOWN

from ...ticks import add
from .. import clock_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...clock.ledger import Ledger
    from ..request import Request, Steps

#: The error, in ms, of the moment at which a person saw a code change.
_BY_EYE = 2000


def time(request: "Request") -> "dict[str, object]":
    """The key's time, trusted or not."""
    return _now(request)


def _now(request: "Request") -> "dict[str, object]":
    request.require_clock()
    key = request.key
    now = key.platform.ticks()
    return {
        "clock": key.timekeeper.state,
        "time": key.timekeeper.time(now),
        "milliseconds": key.timekeeper.milliseconds(now),
    }


def set_time(request: "Request") -> "Steps":
    """Set the clock. The second begins when the command arrives.

    A person must agree to a time that no drift explains, and to one that teaches the key its drift.
    """
    key, wanted = request.key, request.number("time")
    agreed, why, ledger = False, "", key.ledger
    if clock_setting.reason(key, ledger, wanted, request.at) or clock_setting.teaches(key, ledger, wanted):
        yield ACCESS
        # Read and ask again, because the clock may have been set or have lost its time meanwhile.
        ledger = key.ledger
        agreed, why = True, clock_setting.reason(key, ledger, wanted, request.at)
    return _set(request, ledger, wanted, request.number("within"), request.at, agreed, why)


def clock(request: "Request") -> "dict[str, object]":
    """What the key knows about its clock."""
    key = request.key
    timekeeper, ledger = key.timekeeper, key.ledger
    reckoning = timekeeper.reckoning
    now = timekeeper.time(key.platform.ticks()) if timekeeper.running else 0
    return {
        "clock": timekeeper.state,
        "chip": timekeeper.chip.name if timekeeper.chip else "",
        "battery": timekeeper.chip.battery if timekeeper.chip else UNKNOWN,
        "set": reckoning.synced,
        "until": ledger.until(BUDGET),
        "off": reckoning.worst(now),
        "rate": reckoning.rate,
        "again": ledger.again,
        "added": reckoning.trim,
        "limit": reckoning.limit,
        "floor": key.vault.settings.floor,
        "changes": len(ledger.changes),
        "first": ledger.first,
    }


def clock_change(request: "Request") -> "dict[str, object]":
    """One change of the clock that a person had to agree to."""
    key = request.key
    entries, index = key.ledger.changes, request.number("change")
    if index >= len(entries):
        raise Refusal(OUT_OF_RANGE, "change")
    kind, before, after = entries[index]
    return {"reason": REASONS[kind], "before": before, "after": after}


def set_limit(request: "Request") -> "Steps":
    """Set how far off the clock may be before the key refuses to type."""
    key = request.key
    limit = request.number("limit")
    if 0 < limit < LIMIT_LEAST:
        raise Refusal(OUT_OF_RANGE, "limit")
    yield CHANGE
    ledger = key.ledger
    ledger.reckoning.limit = limit
    ledger.save()
    key.timekeeper.judge(key.platform.ticks())
    return {}


def time_from_codes(request: "Request") -> "Steps":
    """Set the clock by the codes that another authenticator shows."""
    key = request.key
    from ..code_search import find_step

    index = request.account()
    yield ACCESS
    account = key.vault.account(index)
    codes = (request.text("first"), request.text("second"))
    step = find_step(account, codes, request.number("near"), key.platform.rest)
    if step < 0:
        raise Refusal(NO_SUCH_CODES)
    age = request.number("age")
    # The last whole second was this long before the request.
    whole = add(request.at, -(age % 1000))
    wanted = step * account.period + age // 1000
    return _set(request, key.ledger, wanted, _BY_EYE, whole, True, CODES)


def _set(
    request: "Request", ledger: "Ledger", wanted: int, error: int, asked: int, agreed: bool, why: str
) -> "dict[str, object]":
    try:
        clock_setting.set_clock(request.key, ledger, wanted, error, asked, agreed, why)
    except OSError:
        raise Refusal(CLOCK_MISSING) from None
    return _now(request)
