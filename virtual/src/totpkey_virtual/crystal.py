"""A model of a clock's crystal over the years: offset, temperature and ageing."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache

DAY = 86400.0
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
