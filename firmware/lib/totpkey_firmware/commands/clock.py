"""Commands about the clock."""

from totpkey_protocol.errors import CLOCK_MISSING, CLOCK_NOT_SET, Refusal
from totpkey_protocol.limits import CORRECTION
from totpkey_protocol.words import BLANK, MISSING, TRUSTED

from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..setup_key import SetupKey as Key


def require_time(key: "Key") -> None:
    """Raise Refusal unless the key knows the time."""
    if key.timekeeper.state != TRUSTED:
        raise Refusal(CLOCK_MISSING if key.timekeeper.state == MISSING else CLOCK_NOT_SET)


def is_large_change(key: "Key", arguments: "dict[str, str | int]", asked: int) -> bool:
    """Whether to set this time wants a press.

    Small corrections add up: a program cannot walk the clock away step by step. The first set-up of a
    blank key is trusted.
    """
    if key.state == BLANK or key.timekeeper.state == MISSING:
        return False
    if key.timekeeper.state != TRUSTED or int(arguments["time"]) < key.timekeeper.floor - CORRECTION:
        return True
    return key.corrected + _correction(key, arguments, asked) > CORRECTION


def time(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """The key's time."""
    require_time(key)
    now = key.platform.ticks()
    return {
        "clock": key.timekeeper.state,
        "time": key.timekeeper.time(now),
        "milliseconds": key.timekeeper.milliseconds(now),
    }


def set_time(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set the clock: the second begins as the command is carried out."""
    if key.timekeeper.state == TRUSTED and not is_large_change(key, arguments, asked):
        key.corrected += _correction(key, arguments, asked)
    now = key.platform.ticks()
    # The time was right when it was sent; a press may have been waited for since.
    wanted = int(arguments["time"]) + since(asked, now) // 1000
    # A power cut between the two must not leave the clock below its floor.
    floor_first = wanted < key.vault.floor
    if floor_first:
        key.set_floor(wanted)
    try:
        key.timekeeper.set(wanted, now)
    except OSError:
        raise Refusal(CLOCK_MISSING) from None
    if not floor_first:
        key.set_floor(wanted)
    return time(key, arguments, asked)


def _correction(key: "Key", arguments: "dict[str, str | int]", asked: int) -> int:
    return abs(int(arguments["time"]) - key.timekeeper.time(asked))
