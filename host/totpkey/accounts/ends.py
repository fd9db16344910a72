"""The end of an account that is lent: a date, a number of codes, hours of the day.

docs/concepts/lending.md explains it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import record
from totpkey_protocol.words import CLOCK, CODES, DATE, HOURS

#: Minutes of a day.
DAY = 1440
_WHY = {
    DATE: _("over: the date has come"),
    CODES: _("over: no code is left"),
    HOURS: _("not now: it is another hour"),
    CLOCK: _("not now: the key's clock is not set, or was set back or lost since"),
}


@dataclass(frozen=True)
class End:
    """An end. `until`: Unix seconds, 0 for none; `codes`: how many are left, None for any number.

    `begins` and `ends` are minutes of the day, equal for all day, `zone` their offset from UTC in minutes.
    """

    until: int = 0
    codes: int | None = None
    begins: int = 0
    ends: int = 0
    zone: int = 0

    def pack(self) -> bytes:
        """As the key takes it."""
        codes = record.UNCOUNTED if self.codes is None else self.codes
        return struct.pack(record.END, self.until, codes, self.begins, self.ends, self.zone)

    def in_words(self) -> str:
        """`until 2027-01-31 18:00 UTC+8, 5 codes, 09:00 to 18:00 UTC+8`."""
        parts = []
        if self.until:
            parts.append(tr("until {moment}", moment=_moment(self.until, self.zone)))
        if self.codes is not None:
            parts.append(tr("1 code left") if self.codes == 1 else tr("{count} codes left", count=self.codes))
        if self.begins != self.ends:
            parts.append(
                tr(
                    "{begins} to {ends} {zone}",
                    begins=_clock(self.begins),
                    ends=_clock(self.ends or DAY),
                    zone=zone_in_words(self.zone),
                )
            )
        return tr(", ").join(parts)


def unpack(end: str) -> End | None:
    """The end in an entry of `list`; None without one."""
    if not end:
        return None
    until, codes, begins, ends, zone = struct.unpack(record.END, bytes.fromhex(end))
    return End(until, None if codes == record.UNCOUNTED else codes, begins, ends, zone)


def described(end: str, over: str, lender: str = "") -> str:
    """An end in words, who lent the account by a file, and why the end is over."""
    found = unpack(end)
    if found is None:
        return ""
    words = found.in_words()
    if lender:
        words = tr("lent by {lender}, {end}", lender=lender, end=words)
    return tr("{end}; {why}", end=words, why=tr(_WHY[over])) if over else words


def zone_in_words(minutes: int) -> str:
    """An offset from UTC: `UTC+8`, `UTC-3:30`."""
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _moment(time: int, zone: int) -> str:
    there = datetime.fromtimestamp(time, UTC).astimezone(timezone(timedelta(minutes=zone)))
    return f"{there:%Y-%m-%d %H:%M} {zone_in_words(zone)}"
