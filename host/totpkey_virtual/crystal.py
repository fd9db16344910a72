"""How a clock's crystal runs over the years: its offset, what temperature does to it, and how it ages."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

DAY = 86400.0
YEAR = 365.25 * DAY
#: A crystal's turnover temperature, in °C; away from it a tuning fork loses by the square (in ppm/°C²).
TURNOVER = 25.0
CURVE = -0.035
#: Ageing goes with the logarithm of time; this sets where it begins to slow down, in s.
_SETTLING = 30 * DAY


@dataclass(frozen=True)
class Crystal:
    """`offset`: ppm at 25 °C when new. `curve`: ppm/°C², 0 where the chip compensates.

    `wave`: what a compensation leaves, ppm at most over 40 °C. `ageing`: ppm in the first year.
    """

    offset: float
    curve: float = 0.0
    wave: float = 0.0
    ageing: float = 0.0

    def ppm(self, age: float, celsius: float) -> float:
        """How fast it runs `age` seconds after it was made, at that temperature."""
        off = celsius - TURNOVER
        aged = self.ageing * math.log1p(age / _SETTLING) / math.log1p(YEAR / _SETTLING)
        return self.offset + self.curve * off * off + self.wave * math.sin(2 * math.pi * off / 40) + aged


class Weather:
    """The temperature where a key lies: seasons, days, and spells that repeat for equal seeds. In °C."""

    def __init__(self, seed: int, mean: float = 22.0, season: float = 5.0, day: float = 2.0) -> None:
        self._mean, self._season, self._day = mean, season, day
        self._phase = random.Random(seed).random()  # noqa: S311 - no secret
        self._seed = seed

    def celsius(self, time: float) -> float:
        """The temperature `time` seconds after the beginning."""
        season = math.sin(2 * math.pi * (time / YEAR + self._phase))
        day = math.sin(2 * math.pi * time / DAY)
        return self._mean + self._season * season + self._day * day + self._spell(time)

    def _spell(self, time: float) -> float:
        """A week is warmer or colder than the season has it, a few degrees at most."""
        week = int(time // (7 * DAY))
        return random.Random(self._seed * 1000 + week).gauss(0, 1.5)  # noqa: S311 - no secret
