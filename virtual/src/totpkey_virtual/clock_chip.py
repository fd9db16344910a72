"""The base of all models of clock chips: registers, a rate at which they follow true time, and their crystal.

The simulator and the emulated chip use the same models. They keep counting while the key is unplugged. A
crystal has an offset, a temperature and an age, for models of years.
"""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

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


YEAR = 365.25 * DAY
#: A crystal's turnover temperature in °C. A tuning fork loses with the square of the distance (ppm/°C²).
TURNOVER = 25.0
CURVE = -0.035
#: A clock chip's supply in a computer's port, and on its cell, in V.
PLUGGED, ON_CELL = 3.3, 3.0
#: Ageing is logarithmic in time. It begins to slow down after this time, in s.
_SETTLING = 30 * DAY


@dataclass(frozen=True)
class Crystal:
    """`offset`: ppm at 25 °C when new. `curve`: ppm/°C², 0 if the chip compensates.

    `wave`: the compensation's largest error over 40 °C, in ppm. `ageing`: ppm in the first year.
    `supply`: ppm/V around `PLUGGED`.
    """

    offset: float
    curve: float = 0.0
    wave: float = 0.0
    ageing: float = 0.0
    supply: float = 0.0

    def ppm(self, age: float, celsius: float, volts: float = PLUGGED) -> float:
        """Its error at the age of `age` seconds, that temperature and supply. Positive is fast."""
        off = celsius - TURNOVER
        aged = self.ageing * math.log1p(age / _SETTLING) / math.log1p(YEAR / _SETTLING)
        return (
            self.offset
            + self.curve * off * off
            + self.wave * math.sin(2 * math.pi * off / 40)
            + aged
            + self._pulled(volts)
        )

    def _pulled(self, volts: float) -> float:
        return self.supply * (volts - PLUGGED)


class Habits:
    """How long a day a key is plugged in: another share of the day each quarter. Equal seeds repeat."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def volts(self, time: float) -> float:
        """The chip's mean supply at `time` seconds after the beginning: plugged in, or from its cell."""
        share = self.plugged(time)
        return share * PLUGGED + (1 - share) * ON_CELL

    def plugged(self, time: float) -> float:
        """The share of the day that it is plugged in."""
        return _of_quarter(self._seed * 1000 + int(time // (YEAR / 4)))


class Weather:
    """The temperature around a key, in °C: seasons, days, and warm or cold weeks. Equal seeds repeat."""

    def __init__(self, seed: int, mean: float = 22.0, season: float = 5.0, day: float = 2.0) -> None:
        self._mean, self._season, self._day = mean, season, day
        self._phase = random.Random(seed).random()  # noqa: S311 - no secret
        self._seed = seed

    def celsius(self, time: float) -> float:
        """The temperature at `time` seconds after the beginning."""
        season = math.sin(2 * math.pi * (time / YEAR + self._phase))
        day = math.sin(2 * math.pi * time / DAY)
        return self._mean + self._season * season + self._day * day + self._spell(time)

    def _spell(self, time: float) -> float:
        """How much warmer or colder this week is than the season, usually a few degrees."""
        return _of_week(self._seed * 1000 + int(time // (7 * DAY)))


@lru_cache(maxsize=8)
def _of_quarter(seed: int) -> float:
    return random.Random(seed).uniform(0.0, 1.0)  # noqa: S311 - no secret


@lru_cache(maxsize=8)
def _of_week(seed: int) -> float:
    return random.Random(seed).gauss(0, 1.5)  # noqa: S311 - no secret
