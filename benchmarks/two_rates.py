"""What it would bring to learn one rate for each supply: `python -m benchmarks.two_rates`.

The key learns one rate, over all of the last year. Here it is compared with two, one plugged in and one
on the cell, fitted to the same settings by a key that counts how long it was plugged in. Both correct
perfectly what they have learned. Sticks, climates and habits are those of decades.py, set at 1, 3, 6 and 12
months and then once a year.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.clocks import MONTH, YEARS
from benchmarks.decades import EARLY, RV, Crowd, percentiles, show
from totpkey_virtual.crystal import DAY, ON_CELL, PLUGGED, YEAR, Crystal, Habits, Weather

STICKS = 200
BEGIN, END = "<!-- two rates -->", "<!-- end of two rates -->"
CROWDS = tuple(Crowd(RV, ageing, supply) for ageing in (0.05, 0.3) for supply in (0.5, 1.0))
_AGES = (MONTH, *EARLY, *(number * YEAR for number in range(1, YEARS + 1)))
#: What the fit of two rates expects before anything is measured: they differ by 0.5 ppm/V, either way.
_EXPECTED = 0.5 * (PLUGGED - ON_CELL)
#: How far an interval's mean rate is off by temperature and age, in ppm; how much less an older one counts.
_NOISE, _FADING = 0.05, 0.7


@dataclass(frozen=True)
class Day:
    """The chip's rate in ppm, and the share of the day that it was plugged in."""

    rate: float
    plugged: float


#: From the intervals so far: the rate on the cell, and what being plugged in adds to it, in ppm.
Learn = Callable[[list[list[Day]]], tuple[float, float]]


def days(crowd: Crowd, number: int) -> list[list[Day]]:
    """Return the days of each interval between two settings of a stick."""
    crystal, weather, habits = crowd.crystal(number), Weather(number), Habits(number)
    found, begin = [], 0.0
    for end in _AGES:
        ages = [begin + DAY * day for day in range(int((end - begin) / DAY))]
        found.append(
            [Day(_rate(crystal, weather, habits.volts(age), age), habits.plugged(age)) for age in ages]
        )
        begin = end
    return found


def _rate(crystal: Crystal, weather: Weather, volts: float, age: float) -> float:
    times = (age + DAY / 4, age + 3 * DAY / 4)
    return sum(crystal.ppm(time, weather.celsius(time), volts) for time in times) / 2


def one_rate(known: list[list[Day]]) -> tuple[float, float]:
    """Return the firmware's rate, as the rate on the cell and what being plugged in adds to it: nothing."""
    used: list[Day] = []
    for interval in reversed(known):
        if len(used) * DAY >= YEAR - 2 * DAY:
            break
        used += interval
    return _mean(day.rate for day in used), 0.0


def two_rates(known: list[list[Day]]) -> tuple[float, float]:
    """Return the rate on the cell and what being plugged in adds, by least squares around the expectation."""
    rows = [
        (
            _FADING**back * len(interval) / 365,
            _mean(d.plugged for d in interval),
            _mean(d.rate for d in interval),
        )
        for back, interval in enumerate(reversed(known))
    ]
    weight = sum(w for w, _, _ in rows)
    share, rate = (sum(row[0] * row[column] for row in rows) / weight for column in (1, 2))
    over = sum(w * (p - share) * (r - rate) for w, p, r in rows)
    under = sum(w * (p - share) ** 2 for w, p, _ in rows) + (_NOISE / _EXPECTED) ** 2
    added = over / under
    return rate - added * share, added


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def errors(crowd: Crowd, number: int, learn: Learn) -> tuple[float, float]:
    """Return a stick's largest error in s in its first year, from the second month on, and in a later one."""
    found = days(crowd, number)
    worst = [_worst(found[index], learn(found[:index])) for index in range(1, len(found))]
    return max(worst[: len(EARLY) + 1]), max(worst[len(EARLY) + 1 :])


def _worst(interval: list[Day], learned: tuple[float, float]) -> float:
    off = largest = 0.0
    for day in interval:
        off += (day.rate - learned[0] - learned[1] * day.plugged) * DAY * 1e-6
        largest = max(largest, abs(off))
    return largest


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_rates", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in the document")
    options = parser.parse_args()
    rows = []
    for crowd in CROWDS:
        for name, learn in (("one rate", one_rate), ("two rates", two_rates)):
            found = [errors(crowd, number, learn) for number in range(STICKS)]
            both = [percentiles(list(each)) for each in zip(*found, strict=True)]
            cells = [f"{value:.1f} s" for each in both for value in each]
            rows.append([f"{crowd.name}: {name}", *cells])
    show(rows, (BEGIN, END) if options.write else None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
