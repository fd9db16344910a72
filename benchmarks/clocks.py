"""Simulate ten years of each clock chip with the firmware's own fit and correction, in half a minute.

python -m benchmarks.clocks --write    (saves the table in docs/reference/clock-models.md)

How much sticks of one kind differ is in decades.py.
"""

from __future__ import annotations

import argparse
import os
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
MONTH = YEAR / 12
#: The hours at which a day's temperature and supply are sampled. Their mean is the day's rate.
_HOURS = range(0, 24, 3)


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
        key.whole_vault.create(True)
        self._key = key

    def years(self, between: tuple[float, ...] = (), begin: float = MONTH) -> list[Year]:
        """Return the results year by year; the first begins after a month.

        `between`: at what ages the clock is set once more in the first year. `begin`: the age from which the
        years' ends are counted. In s.
        """
        self._pass(MONTH)
        years: list[Year] = []
        for number in range(YEARS):
            ages = (*(between if number == 0 else ()), begin + (number + 1) * YEAR)
            parts = [self._pass(age) for age in ages]
            years.append(Year(max(part.error for part in parts), max(part.budget for part in parts)))
        return years

    def _pass(self, age: float) -> Year:
        """Let time pass until the clock is so old, then set it."""
        worst, budget = 0.0, 0.0
        while (left := age - (self.world.time - self._start)) > 0:
            self._chip.drift_ppm = self._day_s_rate()
            self.world.time += min(DAY, left)
            reckoning, time = self._key.vault.reckoning, self._chip.unix_time
            worst = max(worst, abs(time + reckoning.added(int(time)) / 1000 - self.world.time))
            budget = max(budget, reckoning.worst(int(time)) / 1000)
        self._synchronise()
        return Year(worst, budget)

    def _day_s_rate(self) -> float:
        age = self.world.time - self._start
        volts = self._habits.volts(age)
        times = [age + 3600 * hour for hour in _HOURS]
        rates = [self._crystal.ppm(time, self._weather.celsius(time), volts) for time in times]
        return sum(rates) / len(rates)

    def _synchronise(self) -> None:
        self._key = Key(self.world, self._chip, self._flash)
        self._key.run(1.2)
        if not self._corrected:
            self._key.vault.reckoning.synced = 0
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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clocks", description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="keep the table in docs/reference/clock-models.md"
    )
    options = parser.parse_args()
    # Thousands of small writes must not wait for this machine's disks.
    os.sync = lambda: None
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
        keep(lines, BEGIN, END)
    return 0


def keep(lines: list[str], begin: str, end: str) -> None:
    """Replace what the document has between the two marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.split(begin)[0], text.partition(begin)[2].partition(end)[2]
    DOCUMENT.write_text(f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
