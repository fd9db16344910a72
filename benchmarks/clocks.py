"""Simulate ten years of each clock chip with the firmware's own fit and correction, in half a minute.

python -m benchmarks.clocks --write         (saves the table in docs/reference/clock-models.md)
python -m benchmarks.clocks --spread 200    (many decades of the stick's candidates, by percentiles; minutes)
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.__main__ import table
from tests.clock.bench import Key, World
from tests.vault.bench import CutPlaces, fresh
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.crystal import CURVE, DAY, YEAR, Crystal, Habits, Weather
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "clock-models.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
YEARS = 10
#: The clock is set when it is new, after a month, and then once a year.
MONTH = 30 * DAY
#: Seconds between two samples of temperature and error.
_STEP = DAY / 8


@dataclass(frozen=True)
class Model:
    """A chip with typical crystals. docs/reference/clock-models.md gives the sources of the figures."""

    name: str
    chip: Callable[[Now], ClockChip]
    crystals: tuple[Crystal, ...]


MODELS = (
    Model(
        "DS3231SN as measured",
        DS3231,
        tuple(Crystal(offset, wave=0.1, ageing=ageing) for offset, ageing in ((-0.69, -0.05), (0.33, 0.05))),
    ),
    Model(
        "DS3231SN at its limits",
        DS3231,
        tuple(Crystal(offset, wave=0.5, ageing=ageing) for offset, ageing in ((-1.5, -1.0), (1.5, 1.0))),
    ),
    Model(
        "RV-3032 as drawn",
        RV3032,
        tuple(Crystal(offset, wave=0.25, ageing=ageing) for offset, ageing in ((-0.45, -0.05), (0.45, 0.05))),
    ),
    Model(
        "RV-3032 aged like an SN",
        RV3032,
        tuple(Crystal(offset, wave=0.5, ageing=ageing) for offset, ageing in ((-1.5, -1.0), (1.5, 1.0))),
    ),
    Model(
        "RV-3032 at its limits",
        RV3032,
        tuple(Crystal(offset, wave=0.5, ageing=ageing) for offset, ageing in ((-2.5, -3.0), (2.5, -3.0))),
    ),
    Model(
        "DS3231M as measured",
        DS3231,
        tuple(Crystal(offset, wave=0.3, ageing=0.1) for offset in (-1.6, -3.1)),
    ),
    Model(
        "RV-3028",
        RV3028,
        tuple(Crystal(offset, CURVE, ageing=ageing) for offset, ageing in ((-1.0, -1.0), (1.0, 1.0))),
    ),
    Model(
        "PCF8523, 20 ppm crystal",
        PCF8523,
        tuple(Crystal(offset, CURVE, ageing=ageing) for offset, ageing in ((-20.0, -3.0), (20.0, 3.0))),
    ),
)


@dataclass(frozen=True)
class Year:
    """The clock's worst error between two settings and the largest error bound that the key stated, in s."""

    error: float
    budget: float


class Decade:
    """One crystal in one simulated climate, from the first setting of its clock."""

    def __init__(self, model: Model, crystal: Crystal, seed: int, file: str, corrected: bool) -> None:
        self.world = World()
        self._chip = model.chip(self.world.now)
        self._crystal, self._weather, self._habits = crystal, Weather(seed), Habits(seed)
        self._flash = CutPlaces(file)
        self._corrected = corrected
        self._start = self.world.time
        key = Key(self.world, self._chip, self._flash)
        key.synchronise()
        key.vault.create(True)
        self._key = key

    def years(self, between: tuple[float, ...] = ()) -> list[Year]:
        """Return the results year by year, after a first month.

        `between`: when it is set once more in the first of these years, in s from that year's beginning.
        """
        self._pass(MONTH)
        self._synchronise()
        years: list[Year] = []
        for number in range(YEARS):
            passed, parts = 0.0, []
            for stop in (*(between if number == 0 else ()), YEAR):
                parts.append(self._pass(stop - passed))
                self._synchronise()
                passed = stop
            years.append(Year(max(part.error for part in parts), max(part.budget for part in parts)))
        return years

    def _pass(self, seconds: float) -> Year:
        end, worst, budget = self.world.time + seconds, 0.0, 0.0
        while self.world.time < end:
            self._chip.drift_ppm = self._crystal.ppm(*self._conditions())
            self.world.time += _STEP
            ledger, time = self._key.vault.ledger, self._chip.unix_time
            worst = max(worst, abs(time + ledger.added(int(time)) / 1000 - self.world.time))
            budget = max(budget, ledger.worst(int(time)) / 1000)
        return Year(worst, budget)

    def _conditions(self) -> tuple[float, float, float]:
        age = self.world.time - self._start
        return age, self._weather.celsius(age), self._habits.volts(age)

    def _synchronise(self) -> None:
        self._key = Key(self.world, self._chip, self._flash)
        self._key.run(1.2)
        if not self._corrected:
            self._key.vault.ledger.synced = 0
        self._key.synchronise()


def decades(model: Model, corrected: bool = True) -> list[list[Year]]:
    """Run each crystal of a model through ten years with one setting a year."""
    found: list[list[Year]] = []
    for seed, crystal in enumerate(model.crystals):
        with tempfile.TemporaryDirectory() as folder:
            found.append(Decade(model, crystal, seed, fresh(Path(folder)), corrected).years())
    return found


def rows(model: Model) -> list[str]:
    """Return the worst errors over the model's crystals in s."""
    plain, corrected = decades(model, corrected=False), decades(model)
    without = max(year.error for years in plain for year in years)
    first = max(years[0].error for years in corrected)
    later = max(year.error for years in corrected for year in years[1:])
    last = max(years[-1].error for years in corrected)
    budget = max(year.budget for years in corrected for year in years[1:])
    return [model.name, *(f"{value:.1f} s" for value in (without, first, later, last)), f"{budget:.0f} s"]


@dataclass(frozen=True)
class Crowd:
    """Many sticks with the same chip. Each crystal's figures are drawn between 0 and these, either way.

    `supply` in ppm/V is what the RV-3032's manual gives at most (0.5 typical), and the DS3231's sheet.
    """

    name: str
    chip: Callable[[Now], ClockChip]
    offset: float
    wave: float
    ageing: float
    supply: float = 1.0
    #: Further settings in the first year, in s after its beginning.
    between: tuple[float, ...] = ()

    def crystal(self, seed: int) -> Crystal:
        draw = random.Random(seed).uniform  # noqa: S311 - no secret
        sign = 1 if seed % 2 else -1
        return Crystal(
            draw(-self.offset, self.offset),
            wave=draw(0, self.wave),
            ageing=sign * self.ageing,
            supply=draw(-self.supply, self.supply),
        )


#: The third and the sixth month of a clock that was set when new and after one.
EARLY = (2 * MONTH, 5 * MONTH)
CROWDS = (
    Crowd("RV-3032, ageing 0.05 ppm, supply steady", RV3032, 0.45, 0.25, 0.05, 0.0),
    Crowd("RV-3032, ageing 0.05 ppm", RV3032, 0.45, 0.25, 0.05),
    Crowd("RV-3032, ageing 0.05 ppm, set after 3 and 6 months, too", RV3032, 0.45, 0.25, 0.05, between=EARLY),
    Crowd("RV-3032, ageing 0.3 ppm", RV3032, 0.45, 0.25, 0.3),
    Crowd("RV-3032, ageing 0.3 ppm, set after 3 and 6 months, too", RV3032, 0.45, 0.25, 0.3, between=EARLY),
    Crowd("DS3231SN, ageing 0.05 ppm", DS3231, 0.7, 0.1, 0.05),
    Crowd("DS3231SN, ageing 0.3 ppm", DS3231, 0.7, 0.1, 0.3),
)


def spread(crowd: Crowd, count: int) -> list[str]:
    """Return median, 95th percentile and worst of `count` decades, for the first year and the later ones."""
    first, later = [], []
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            model = Model(crowd.name, crowd.chip, ())
            decade = Decade(model, crowd.crystal(seed), seed, fresh(Path(folder)), True)
            years = decade.years(crowd.between)
        first.append(years[0].error)
        later.append(max(year.error for year in years[1:]))
    return [crowd.name, *(f"{value:.1f} s" for found in (first, later) for value in _percentiles(found))]


def _percentiles(found: list[float]) -> list[float]:
    ordered = sorted(found)
    return [ordered[round(part * (len(ordered) - 1))] for part in (0.5, 0.95, 1.0)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clocks", description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="keep the table in docs/reference/clock-models.md"
    )
    parser.add_argument("--spread", type=int, metavar="DECADES", help="run so many decades of each candidate")
    options = parser.parse_args()
    # Thousands of small writes must not wait for this machine's disks.
    os.sync = lambda: None
    if options.spread:
        titles = ("median", "95 %", "worst")
        columns = [f"{year}, {title}" for year in ("year 1", "later") for title in titles]
        print(
            "\n".join(table(["", *columns], [spread(crowd, options.spread) for crowd in CROWDS])), flush=True
        )
        return 0
    head = [
        "worst error of a year",
        "not corrected",
        "year 1",
        "years 2 to 10",
        "year 10",
        "the key says at most",
    ]
    lines = table(head, [rows(model) for model in MODELS])
    print("\n".join(lines))
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
