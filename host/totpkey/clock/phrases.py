"""Times, errors and drifts of a clock in words."""

from __future__ import annotations

import math
from time import gmtime, strftime
from typing import TYPE_CHECKING

from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.link.replies import Clock
from totpkey_protocol import limits

if TYPE_CHECKING:
    from totpkey.clock.synchronise import Offset

#: Offsets below this, in seconds, do not matter for a code of 30 s.
_AGREES = 0.1
_YEAR = 365.25 * 86400
#: A time within this many seconds is given with its day.
_SOON = 90 * 86400
_MONTHS = (
    *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July")),
    *(_("August"), _("September"), _("October"), _("November"), _("December")),
)


def offset(measured: Offset) -> str:
    """How far a key is from this computer."""
    size = abs(measured.seconds)
    if size < _AGREES:
        return tr("in step with this computer (within {most} ms)", most=max(1, math.ceil(1000 * size)))
    if measured.seconds > 0:
        return tr("{much} ahead of this computer", much=duration(size))
    return tr("{much} behind this computer", much=duration(size))


def duration(seconds: float) -> str:
    """The two largest units that matter: `1.4 s`, `3 min 12 s`, `2 d 5 h`."""
    if seconds < 60:
        return tr("{seconds} s", seconds=f"{seconds:.1f}")
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return tr("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return tr("{hours} h {minutes} min", hours=hours, minutes=minutes)
    return tr("{minutes} min {seconds} s", minutes=minutes, seconds=rest)


def age(seconds: float) -> str:
    """Return how long ago something happened, in whole seconds: `4 s`, `3 min 12 s`."""
    return tr("{seconds} s", seconds=int(seconds)) if seconds < 60 else duration(seconds)


def moment(time: float) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", gmtime(time)) + " UTC"


def when_of(time: int, trusted: bool) -> str:
    """A time of the key in words; 0 stands for none."""
    if not time:
        return tr("with no time")
    return moment(time) if trusted else tr("{moment}, not trusted", moment=moment(time))


def budget(clock: Clock, now: float) -> str:
    """How far off a clock may be now, and for how long that is good enough."""
    if not clock.set:
        return tr("How far off it may be is unknown: run `totpkey time sync`.")
    off = clock.off / 1000
    if clock.until <= now:
        return tr("It may be off by ±{off} s by now.", off=f"{off:.0f}")
    return tr(
        "It may be off by ±{off} s now, and stays within ±{most} s until {until}.",
        off=f"{off:.1f}",
        most=limits.BUDGET,
        until=_until(clock.until, now),
    )


def next_setting(clock: Clock) -> str:
    """When to set a clock again, and whether its key stops typing otherwise; "" if it was never set."""
    if not clock.again:
        return ""
    again = tr("Set its clock again in {until}.", until=_month(clock.again))
    if not clock.limit:
        return joined(again, tr("It types on after that, and its light says how doubtful its time is."))
    return joined(again, tr("It types nothing from {until} on.", until=_month(_stops(clock))))


def _stops(clock: Clock) -> float:
    """When the clock's possible error reaches the limit that its owner has set."""
    return clock.until + (clock.limit - limits.BUDGET) * 1e9 / clock.rate


def drift(clock: Clock) -> str:
    """The drift of a clock's chip; "" while it is not known."""
    if not clock.drift:
        return ""
    words = (
        tr("By itself its {chip} gains {ppm} ppm, or {much} s a year; the key corrects that.")
        if clock.drift > 0
        else tr("By itself its {chip} loses {ppm} ppm, or {much} s a year; the key corrects that.")
    )
    ppm, a_year = abs(clock.drift) / 1000, abs(clock.drift) * 1e-9 * _YEAR
    return words.format(chip=clock.chip, ppm=f"{ppm:.2f}", much=f"{a_year:.0f}")


def _until(time: float, now: float) -> str:
    if time - now >= _SOON:
        return _month(time)
    date = gmtime(time)
    return tr("{day} {month} {year}", day=date.tm_mday, month=tr(_MONTHS[date.tm_mon - 1]), year=date.tm_year)


def _month(time: float) -> str:
    date = gmtime(time)
    return tr("{month} {year}", month=tr(_MONTHS[date.tm_mon - 1]), year=date.tm_year)
