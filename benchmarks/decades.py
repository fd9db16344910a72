"""Simulate years of many sticks of each clock chip, and give percentiles: `make decades`.

python -m benchmarks.decades 400 --write    (saves the table in docs/reference/clock-models.md; 15 minutes)

The chips are models apart from the firmware, which fits and corrects. Each stick has a crystal, a place and
habits of its own, drawn from its number, so it is the same one in each run.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from benchmarks.__main__ import table
from tests.clock.bench import Key, World
from tests.vault.bench import CutPlaces, fresh
from totpkey_firmware.clock.drift import AGES
from totpkey_protocol.limits import MARGIN, SLOW_MOST
from totpkey_virtual.clock_chip import CURVE, DAY, YEAR, ClockChip, Crystal, Habits, Now, Weather
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032
from written_parts import put

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "clock-models.md"
BEGIN, END = "<!--decades-->", "<!--end-->"
YEARS = 5
#: When our advice has the clock set, in s of its age.
ADVISED = (*map(float, AGES), *(number * YEAR for number in range(2, YEARS)))
#: A drawer, a bag and a warehouse: mean temperature, and how far seasons and days change it, in °C.
PLACES = ((22.0, 4.0, 2.0), (20.0, 5.0, 5.0), (18.0, 8.0, 2.0))
#: From a press to the site's check: median in s, and the logarithm's standard deviation. An assumption.
_DELAY, _SPREAD = 4.0, 0.6
#: The hours at which a day's temperature and supply are sampled. Their mean is the day's rate.
_HOURS = range(0, 24, 6)


@dataclass(frozen=True)
class Kind:
    """Sticks of one chip: the largest rate when new and error of its compensation, and the ageing in the
    first year, in ppm; the supply's influence in ppm/V. docs/reference/clock-models.md gives the sources.
    """

    name: str
    chip: Callable[[Now], ClockChip]
    offset: float
    wave: float
    ageing: float
    supply: float
    curve: float = 0.0

    def crystal(self, number: int) -> Crystal:
        draw = random.Random(number)  # noqa: S311 - no secret
        return Crystal(
            draw.uniform(-self.offset, self.offset),
            self.curve,
            draw.uniform(0, self.wave),
            draw.choice((-1, 1)) * self.ageing,
            draw.choice((-1, 1)) * self.supply,
        )


KINDS = (
    Kind("DS3231SN, typical", DS3231, 0.7, 0.1, 0.3, 0.5),
    Kind("DS3231SN, its sheet", DS3231, 1.5, 0.5, 1.0, 1.0),
    Kind("DS3231M, its sheet", DS3231, 4.5, 0.5, 1.0, 1.0),
    Kind("RV-3032, typical", RV3032, 0.45, 0.25, 0.3, 0.5),
    Kind("RV-3032, its sheet", RV3032, 2.0, 0.5, 3.0, 1.0),
    Kind("RV-3028, typical", RV3028, 0.5, 0.0, 0.3, 0.5, CURVE),
    Kind("RV-3028, its sheet", RV3028, 1.0, 0.0, 3.0, 1.0, CURVE),
    Kind("PCF8523, typical", PCF8523, 10.0, 0.0, 0.5, 0.5, CURVE),
    Kind("PCF8523, its sheet", PCF8523, 20.0, 0.0, 3.0, 1.0, CURVE),
)


@dataclass(frozen=True)
class Day:
    """How far a clock is ahead at the end of a day of its life, and how far off it says it may be, in s."""

    age: float
    off: float
    said: float

    @property
    def slow(self) -> float:
        """By how much its codes are slow."""
        return min(self.said / 2, SLOW_MOST)


class Stick:
    """One stick, from the first setting of its clock on."""

    def __init__(self, kind: Kind, number: int, file: str, within: int) -> None:
        """`within`: how exact the settings claim to be, in ms."""
        self.world, self._within = World(), within
        self._chip = kind.chip(self.world.now)
        self._crystal, self._habits = kind.crystal(number), Habits(number)
        self._weather = Weather(number, *PLACES[number % len(PLACES)])
        self._flash, self._start = CutPlaces(file), self.world.time
        self._key = Key(self.world, self._chip, self._flash)
        self._key.synchronise(within)
        self._key.vault.create(True)

    def live(self, settings: tuple[float, ...], until: float = YEARS * YEAR) -> list[Day]:
        """Return its days, with its clock set at these ages."""
        days: list[Day] = []
        for age in (*settings, until):
            while (left := age - self._age) > 0:
                self._chip.drift_ppm = self._day_s_rate()
                self.world.time += min(DAY, left)
                reckoning, time = self._key.vault.reckoning, self._chip.unix_time
                off = time + reckoning.added(int(time)) / 1000 - self.world.time
                days.append(Day(self._age, off, reckoning.worst(int(time)) / 1000))
            if age < until:
                self._key = Key(self.world, self._chip, self._flash)
                self._key.run(1.2)
                self._key.synchronise(self._within)
        return days

    @property
    def _age(self) -> float:
        return self.world.time - self._start

    def _day_s_rate(self) -> float:
        volts = self._habits.volts(self._age)
        times = [self._age + 3600 * hour for hour in _HOURS]
        rates = [self._crystal.ppm(time, self._weather.celsius(time), volts) for time in times]
        return sum(rates) / len(rates)


def days(kind: Kind, number: int, settings: tuple[float, ...] = ADVISED, within: int = 60) -> list[Day]:
    # Thousands of small writes must not wait for this machine's disks.
    os.sync = lambda: None
    with tempfile.TemporaryDirectory() as folder:
        return Stick(kind, number, fresh(Path(folder)), within).live(settings)


@cache
def _presses() -> tuple[tuple[float, float], ...]:
    """When in a time step people press, and when the site checks after that."""
    draw = random.Random(1)  # noqa: S311 - no secret
    return tuple((draw.uniform(0, 30), _DELAY * 2.718281828 ** draw.gauss(0, _SPREAD)) for _ in range(4000))


@cache
def _refused(ahead: int, both: bool) -> float:
    """Return the share of presses that a site refuses while codes are `ahead` quarters of a second ahead.

    It accepts one step back, and one ahead, too, if `both`.
    """
    count = 0
    for at, delay in _presses():
        left = 30 - (at + ahead / 4) % 30
        at += left if left < MARGIN else 0
        back = (at + delay) // 30 - (at + ahead / 4) // 30
        count += not (-both <= back <= 1)
    return count / len(_presses())


def refused(found: list[Day], both: bool, slow: bool) -> float:
    """Return the share of a stick's presses that such a site refuses, if it aims slow or does not."""
    shares = [_refused(round(4 * (day.off - (day.slow if slow else 0))), both) for day in found]
    return sum(shares) / len(shares)


def percentile(values: list[float], part: int) -> float:
    """Return the smallest value that so many hundredths do not exceed."""
    ordered = sorted(values)
    return ordered[-(-part * len(ordered) // 100) - 1]


def row(kind: Kind, sticks: list[list[Day]]) -> list[str]:
    ends = [YEAR * number for number in range(1, YEARS + 1)]
    years = [
        [[day for day in stick if bisect_right(ends, day.age - 1) == number] for stick in sticks]
        for number in range(YEARS)
    ]
    worst = [[max(abs(day.off) for day in stick) for stick in year] for year in years]
    said = [[max(day.said for day in stick) for stick in year] for year in years]
    beyond = sum(any(abs(day.off) > day.said for day in stick) for stick in sticks)
    shares = [
        sum(refused(stick, both, slow) for stick in sticks) / len(sticks)
        for both in (False, True)
        for slow in (False, True)
    ]
    return [
        kind.name,
        *(f"{percentile(worst[year], 95):.0f}" for year in (0, 1, YEARS - 1)),
        *(f"{percentile(said[year], 50):.0f}" for year in (0, 1, YEARS - 1)),
        f"{100 * beyond / len(sticks):.1f}",
        *(f"{100 * share:.2f}" for share in shares),
    ]


def documented() -> dict[str, list[float]]:
    """Return the document's table: by row, the errors and what the key says, in s; then percentages."""
    lines = [
        line.split("|")[1:-1] for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "|" in line
    ]
    rows = {name.strip(): [cell.split()[0] for cell in cells] for name, *cells in lines if len(cells) > 9}
    return {kind.name: [float(cell) for cell in rows[kind.name]] for kind in KINDS}


HEAD = [
    "",
    *(f"95 %, year {number}" for number in (1, 2, YEARS)),
    *(f"says, year {number}" for number in (1, 2, YEARS)),
    "ever beyond",
    "refused: looks back",
    "aiming slow",
    "refused: ±1 step",
    "aiming slow ",
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decades", description=__doc__)
    parser.add_argument("sticks", type=int, help="how many of each kind")
    parser.add_argument("--write", action="store_true", help="keep the table in the document")
    parser.add_argument("--page", action="store_true", help="set by the page, which claims 2 s")
    options = parser.parse_args()
    within = 2000 if options.page else 60
    rows = []
    with ProcessPoolExecutor() as pool:
        for kind in KINDS:
            rows.append(
                row(
                    kind,
                    list(pool.map(partial(days, kind, within=within), range(options.sticks))),
                )
            )
            print(rows[-1], flush=True)
    lines = table(HEAD, rows)
    print("\n".join(lines))
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(put(text, BEGIN, END, lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
