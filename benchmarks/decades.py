"""Simulate many decades of the stick's two candidates for its clock, and give percentiles: `make decades`.

python -m benchmarks.decades 200 --write    (saves the table in docs/reference/clock-models.md; minutes)

Each stick has a crystal, a climate and habits of its own, drawn from its number. So a stick is the same one
in each crowd and in each run.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.__main__ import table
from benchmarks.clocks import DOCUMENT, MONTH, Decade, Model, keep
from tests.vault.bench import fresh
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.crystal import Crystal
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.rv3032 import RV3032

BEGIN, END = "<!-- decades -->", "<!-- end of decades -->"
PERCENTILES = {"median": 50, "95 %": 95, "worst": 100}
#: The ages at which a young clock is set besides at one and twelve months.
EARLY = (3 * MONTH, 6 * MONTH)


@dataclass(frozen=True)
class Kind:
    """A chip: the largest rate when new, and the compensation's largest error, both in ppm and either way."""

    name: str
    chip: Callable[[Now], ClockChip]
    offset: float
    wave: float


#: docs/reference/clock-models.md gives the sources.
RV, SN = Kind("RV-3032", RV3032, 0.45, 0.25), Kind("DS3231SN", DS3231, 0.7, 0.1)


@dataclass(frozen=True)
class Crowd:
    """Many sticks of one kind.

    `ageing` in ppm in the first year and `supply` in ppm/V are as large for each stick, either way.
    """

    kind: Kind
    ageing: float
    supply: float
    #: At what ages the clock is set once more in the first year, in s.
    between: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        early = ", set at 3 and 6 months, too" if self.between else ""
        return f"{self.kind.name}, {self.ageing} ppm, {self.supply} ppm/V{early}"

    def crystal(self, number: int) -> Crystal:
        draw = random.Random(number)  # noqa: S311 - no secret
        return Crystal(
            draw.uniform(-self.kind.offset, self.kind.offset),
            wave=draw.uniform(0, self.kind.wave),
            ageing=draw.choice((-1, 1)) * self.ageing,
            supply=draw.choice((-1, 1)) * self.supply,
        )


#: Ageing and supply, each as the lower and the higher figure; then what would help.
_BOTH = ((0.05, 0.5), (0.05, 1.0), (0.3, 0.5), (0.3, 1.0))
CROWDS = (
    *(Crowd(kind, *figures) for kind in (RV, SN) for figures in _BOTH),
    *(Crowd(RV, *figures, EARLY) for figures in _BOTH),
    *(Crowd(RV, ageing, 0.0) for ageing in (0.05, 0.3)),
)


def errors(crowd: Crowd, number: int) -> tuple[float, float]:
    """Return a stick's largest error in its first year, and in its worst later year, in s."""
    # Thousands of small writes must not wait for this machine's disks.
    os.sync = lambda: None
    with tempfile.TemporaryDirectory() as folder:
        model = Model(crowd.name, crowd.kind.chip, ())
        decade = Decade(model, crowd.crystal(number), number, fresh(Path(folder)), True)
        years = decade.years(crowd.between, begin=0.0)
    return years[0].error, max(year.error for year in years[1:])


def percentiles(found: list[float]) -> list[float]:
    """Return median, 95th percentile and worst: the smallest error that so many do not exceed."""
    ordered = sorted(found)
    return [ordered[-(-part * len(ordered) // 100) - 1] for part in PERCENTILES.values()]


def row(crowd: Crowd, found: list[tuple[float, float]]) -> list[str]:
    first, later = zip(*found, strict=True)
    return [crowd.name, *(f"{value:.1f} s" for each in (first, later) for value in percentiles(list(each)))]


def documented() -> dict[str, list[str]]:
    """Return the document's table: by row, median, 95 % and worst of year 1 and of a later year."""
    table_ = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in table_.splitlines() if line][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: values for name, *values in cells}


def show(rows: list[list[str]], place: tuple[str, str] | None) -> None:
    """Print a table of percentiles, and keep it in the document between two marks."""
    head = ["", *(f"{year}, {name}" for year in ("year 1", "later") for name in PERCENTILES)]
    lines = table(head, rows)
    print("\n".join(lines))
    if place:
        keep(lines, *place)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decades", description=__doc__)
    parser.add_argument("decades", type=int, help="how many of each crowd")
    parser.add_argument("--write", action="store_true", help="keep the table in the document")
    options = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        rows = [
            row(crowd, list(pool.map(partial(errors, crowd), range(options.decades)))) for crowd in CROWDS
        ]
    show(rows, (BEGIN, END) if options.write else None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
