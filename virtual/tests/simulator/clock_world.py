"""A clock chip's model in a world whose time a test drives."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st

from totpkey_virtual.clock_chip import ClockChip

START = 1_800_000_000.0
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))


class World:
    """The true time, moved by hand."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


def read(clock: ClockChip, register: int, count: int = 1) -> bytes:
    clock.write(bytes((register,)))
    return clock.read(count)


def bcd(number: int) -> int:
    return int(str(number), 16)
