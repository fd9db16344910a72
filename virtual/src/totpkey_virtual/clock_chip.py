"""The base of all models of clock chips: registers, and a rate at which they follow true time.

The simulator and the emulated chip use the same models. They keep counting while the key is unplugged.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], float]

#: A day in s, and the beginning of 2000 in Unix time.
DAY, CENTURY = 86400, 946684800


def to_bcd(number: int) -> int:
    """0 to 99 as two decimal digits in one byte."""
    return number // 10 << 4 | number % 10


def from_bcd(byte: int) -> int:
    return (byte >> 4) * 10 + (byte & 0x0F)


def calendar(seconds: int) -> datetime:
    """The moment so many seconds after the beginning of 2000, as a calendar of 100 years shows it."""
    return datetime.fromtimestamp(CENTURY, UTC) + timedelta(seconds=seconds % (36525 * DAY))


def written(year: int, month: int, date: int, hour: int, minute: int, second: int) -> int:
    """The Unix time of a calendar that somebody wrote. What is beyond a month runs over into the next."""
    moment = datetime(2000 + year % 100, max(1, month % 13), 1, tzinfo=UTC)
    moment += timedelta(days=max(1, date) - 1, hours=hour, minutes=minute, seconds=second)
    return int(moment.timestamp())


class ClockChip(ABC):
    """A clock chip on the I2C bus, new and never powered. `now` gives the true Unix time in seconds."""

    #: The firmware's name for it.
    name: str
    #: 7-bit I2C address.
    address: int
    #: How many registers there are. The pointer wraps around after the last.
    registers: int

    #: The time it shows, as Unix time.
    _counter: SecondsCounter

    def __init__(self, now: Now, drift_ppm: float = 0.0) -> None:
        self._now = now
        self._drift_ppm = drift_ppm
        self._registers = bytearray(self.registers)
        self._pointer = 0
        self._counted = now()
        self.lose_battery()

    # What the world does to it

    @property
    def drift_ppm(self) -> float:
        """The crystal's error in parts per million of true time. Positive is fast."""
        return self._drift_ppm

    @drift_ppm.setter
    def drift_ppm(self, ppm: float) -> None:
        self._count()
        self._drift_ppm = ppm

    @abstractmethod
    def lose_battery(self) -> None:
        """Interrupt both supplies: the time is lost, and the chip's flag says so."""

    def lose_supply(self) -> None:
        """Unplug the key: the battery takes over, if the chip is set to use one."""
        self._count()
        if not self._uses_battery():
            self.lose_battery()

    def set_unix(self, unix_time: float) -> None:
        """Make it a clock with a battery that was set to `unix_time` (UTC), without any flag.

        Raises ValueError outside 2000 to 2099.
        """
        if not 2000 <= datetime.fromtimestamp(unix_time, UTC).year <= 2099:
            raise ValueError(f"a {self.name} holds the years 2000 to 2099")
        self._count()
        self._counter.set(unix_time)
        self._be_set()

    @property
    def unix_time(self) -> float:
        """The time it shows now, as Unix time in seconds."""
        self._count()
        return self._counter.time

    @property
    @abstractmethod
    def has_lost_time(self) -> bool:
        """The chip's flag for a lost time."""

    # What the bus does to it

    def write(self, data: bytes) -> None:
        """One write transaction: the register pointer, then bytes for it and the following ones."""
        if not data:
            return
        self._count()
        self._pointer = data[0] % self.registers
        if len(data) == 1:
            return
        self._refresh()
        touched: set[int] = set()
        for byte in data[1:]:
            self._store(self._pointer, byte)
            touched.add(self._pointer)
            self._pointer = (self._pointer + 1) % self.registers
        self._written(touched)

    def read(self, count: int) -> bytes:
        """One read transaction: `count` registers from the pointer on, as they are at its start."""
        self._count()
        self._refresh()
        data = bytes(self._registers[(self._pointer + index) % self.registers] for index in range(count))
        self._pointer = (self._pointer + count) % self.registers
        return data

    # What a chip is made of

    @abstractmethod
    def _be_set(self) -> None:
        """Bring flags and settings to those of a clock that was set and has a battery."""

    def _uses_battery(self) -> bool:
        return True

    @abstractmethod
    def _correction_ppm(self) -> float:
        """How much faster its offset register makes it, in ppm."""

    @abstractmethod
    def _advance(self, seconds: float) -> None:
        """Count `seconds` of its own."""

    @abstractmethod
    def _refresh(self) -> None:
        """Update the registers from its time."""

    @abstractmethod
    def _store(self, register: int, byte: int) -> None:
        """Store one written byte."""

    @abstractmethod
    def _written(self, registers: set[int]) -> None:
        """Handle the end of a write transaction that touched `registers`."""

    def _count(self) -> None:
        """Count up to the present true time, at the rate since the last call."""
        now = self._now()
        passed = max(0.0, now - self._counted)
        self._counted = now
        self._advance(passed * (1.0 + (self._drift_ppm + self._correction_ppm()) * 1e-6))


class SecondsCounter:
    """Whole seconds and a fraction, kept apart: a float of Unix time resolves only 0.2 µs."""

    def __init__(self, whole: int = 0) -> None:
        self.whole = whole
        self.fraction = 0.0

    def set(self, time: float) -> None:
        self.whole = math.floor(time)
        self.fraction = time - self.whole

    def advance(self, seconds: float) -> None:
        passed = self.fraction + seconds
        more = math.floor(passed)
        self.fraction = passed - more
        self.whole += more

    @property
    def time(self) -> float:
        return self.whole + self.fraction
