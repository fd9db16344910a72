"""Times, errors and drifts of a clock as a person would say them."""

from __future__ import annotations

import math
from time import gmtime, strftime
from typing import TYPE_CHECKING

from totpkey.replies import Clock
from totpkey_protocol import limits

if TYPE_CHECKING:
    from totpkey.synchronise import Offset

#: Offsets below this, in seconds, are as good as none to a code of 30 s.
_AGREES = 0.1
_YEAR = 365.25 * 86400
#: A time that is nearer than this, in s, is told with its day.
_SOON = 90 * 86400
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def offset(measured: Offset) -> str:
    """How far a key is from this computer."""
    size = abs(measured.seconds)
    direction = "ahead of" if measured.seconds > 0 else "behind"
    if size < _AGREES:
        return f"in step with this computer (within {max(1, math.ceil(1000 * size))} ms)"
    return f"{duration(size)} {direction} this computer"


def duration(seconds: float) -> str:
    """The two largest units that matter: `1.4 s`, `3 min 12 s`, `2 d 5 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(time: float) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", gmtime(time)) + " UTC"


def budget(clock: Clock, now: float) -> str:
    """How far off a clock may be now, and how long that will do."""
    if not clock.set:
        return "How far off it may be is not known: run `totpkey time sync`."
    most, off = limits.BUDGET, clock.off / 1000
    if clock.until <= now:
        return f"It may be off by ±{off:.0f} s by now, more than ±{most} s: run `totpkey time sync`."
    return f"It may be off by ±{off:.1f} s now, and stays within ±{most} s until {_until(clock.until, now)}."


def drift(clock: Clock) -> str:
    """What a clock's chip does by itself; "" while that is not known."""
    if not clock.intervals:
        return ""
    if not clock.drift:
        return "Its drift is not known well enough yet to take it away: set it again in a few days."
    does = "gains" if clock.drift > 0 else "loses"
    ppm, a_year = abs(clock.drift) / 1000, abs(clock.drift) * 1e-9 * _YEAR
    return (
        f"By itself its {clock.chip} {does} {ppm:.2f} ppm, or {a_year:.0f} s a year; the key takes that away."
    )


def _until(time: float, now: float) -> str:
    date = gmtime(time)
    month = f"{_MONTHS[date.tm_mon - 1]} {date.tm_year}"
    return f"{date.tm_mday} {month}" if time - now < _SOON else month
