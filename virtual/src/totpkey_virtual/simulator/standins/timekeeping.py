"""`time`: CircuitPython's subset, with the chip's resolution and ranges."""

from __future__ import annotations

import calendar
import math
import time
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from ..context import Context
from ..machine import SECOND
from .making import module

#: The on-chip clock restarts at 2000-01-01 at every reset.
RTC_START = 946684800
#: `monotonic_ns` moves in steps of one period of 32768 Hz.
TICKS_PER_SECOND = 32768
#: Significant bits of CircuitPython's floats: 32-bit ones, of which the object model takes two bits.
FLOAT_BITS = 22


class StructTime(NamedTuple):
    tm_year: int
    tm_mon: int
    tm_mday: int
    tm_hour: int
    tm_min: int
    tm_sec: int
    tm_wday: int
    tm_yday: int
    tm_isdst: int


def as_short_float(value: float) -> float:
    """`value` rounded to the precision of CircuitPython's floats."""
    fraction, exponent = math.frexp(value)
    return math.ldexp(math.floor(fraction * (1 << FLOAT_BITS)), exponent - FLOAT_BITS)


def modules(context: Context) -> list[ModuleType]:
    machine = context.machine

    def since_boot() -> int:
        return machine.now - context.chip.booted_at

    def sleep(seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        context.chip.idle.sleep(round(seconds * SECOND))

    def monotonic_ns() -> int:
        context.call()
        return since_boot() * TICKS_PER_SECOND // SECOND * SECOND // TICKS_PER_SECOND

    def monotonic() -> float:
        context.call()
        return as_short_float(since_boot() / SECOND)

    def unix_time() -> int:
        context.call()
        return RTC_START + since_boot() // SECOND

    def localtime(seconds: int | None = None) -> StructTime:
        moment = unix_time() if seconds is None else seconds
        if not RTC_START <= moment < 1 << 31:
            raise OverflowError("timestamp out of range for platform time_t")
        return StructTime(*time.gmtime(moment))

    return [
        module(
            "time",
            sleep=sleep,
            monotonic=monotonic,
            monotonic_ns=monotonic_ns,
            time=unix_time,
            localtime=localtime,
            mktime=_mktime,
            struct_time=_struct_time,
        )
    ]


def _struct_time(fields: Sequence[int]) -> StructTime:
    return StructTime(*fields)


def _mktime(moment: Sequence[int]) -> int:
    if moment[0] < 2000:
        raise OverflowError("timestamp out of range for platform time_t")
    return calendar.timegm(tuple(moment))
