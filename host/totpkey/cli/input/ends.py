"""Reads a date, hours of the day, an offset from UTC and whole numbers, as people type them.

Errors are in the reader's words; click's own would write a range as programs do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import wraps
from typing import Any

import click

from totpkey.accounts.ends import DAY, End
from totpkey.i18n.translation import tr
from totpkey.system import times
from totpkey_protocol import limits


class WholeNumber(click.IntRange):
    """From `least` to `most`; without `most`, as large as the person wants."""

    def __init__(self, least: int, most: int | None = None) -> None:
        super().__init__(least, most)
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(value)
        except ValueError:
            self.fail(tr("{value} is not a whole number.", value=repr(value)), param, ctx)
        if number < self._least or (self._most is not None and number > self._most):
            self.fail(self._out_of_range(number), param, ctx)
        return number

    def _out_of_range(self, number: int) -> str:
        if self._most is None:
            return tr("{value} is less than {least}.", value=number, least=self._least)
        return tr("{value} is not from {least} to {most}.", value=number, least=self._least, most=self._most)


_HOURS = re.compile(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?")
_ZONE = re.compile(r"(?:UTC)?([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)
_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an end; it gets what they name as `end`."""

    @click.option("--until", metavar="DATE", help="To the end of this day, or to a moment as in --zone.")
    @click.option("--codes", type=WholeNumber(1, limits.CODES_MOST), metavar="N", help="For so many codes.")
    @click.option("--hours", metavar="FROM-TO", help="Only between these hours of each day: 9:00-18:00.")
    @click.option(
        "--zone", metavar="OFFSET", help="Offset from UTC: +8, +05:30. Without it, this computer's."
    )
    @wraps(command)
    def with_end(*arguments: Any, **given: Any) -> Any:
        named = {name: given.pop(name) for name in ("until", "codes", "hours", "zone")}
        return command(*arguments, end=_named(**named), **given)

    return with_end


def _named(until: str | None, codes: int | None, hours: str | None, zone: str | None) -> End | None:
    """The end that these options name; None without one. Raise UsageError."""
    if until is None and codes is None and hours is None:
        return None
    offset = offset_of(zone, times.now())
    begins, to = hours_of(hours) if hours else (0, 0)
    return End(date(until, offset) if until else 0, codes, begins, to, offset)


def offset_of(text: str | None, now: float) -> int:
    """An offset from UTC in minutes: `+8`, `+05:30`, `UTC-3`; this computer's at `now`. Raise UsageError."""
    if text is None:
        offset = datetime.fromtimestamp(now).astimezone().utcoffset()
        return int(offset.total_seconds()) // 60 if offset else 0
    if text.upper() in ("UTC", "Z", "0"):
        return 0
    found = _ZONE.fullmatch(text)
    minutes = int(found[2]) * 60 + int(found[3] or 0) if found else limits.ZONE_MOST + 1
    if not found or minutes > limits.ZONE_MOST:
        raise click.UsageError(tr("Give --zone as an offset from UTC: +8, +05:30 or UTC."))
    return minutes if found[1] == "+" else -minutes


def hours_of(text: str) -> tuple[int, int]:
    """From and to, in minutes of the day: `9-18`, `09:30-18:00`, `22:00-6:00`. Raise UsageError."""
    found = _HOURS.fullmatch(text.replace(" ", ""))
    if found:
        begins, ends = (int(found[at]) * 60 + int(found[at + 1] or 0) for at in (1, 3))
        if begins < DAY and ends <= DAY and begins != ends % DAY and _sound(found):
            return begins, ends % DAY
    raise click.UsageError(tr("Give --hours from and to: 9:00-18:00."))


def _sound(found: re.Match[str]) -> bool:
    return all(int(found[at] or 0) < 60 for at in (2, 4))


def date(text: str, offset: int) -> int:
    """Unix time of a moment at that offset from UTC; of a day its end. Raise UsageError."""
    there = timezone(timedelta(minutes=offset))
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=there)
        return int((day + timedelta(days=1)).timestamp())
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return int(datetime.strptime(text, form).replace(tzinfo=there).timestamp())
        except ValueError:
            continue
    raise click.UsageError(tr('Give --until as a day or a moment: 2027-01-31 or "2027-01-31 18:00".'))
