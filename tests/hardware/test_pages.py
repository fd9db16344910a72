"""The pages about hardware show what the tables hold, and every picture they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hardware.board import parts
from hardware.clocks import drift

HARDWARE = Path(drift.__file__).resolve().parents[1]
PAGES = [HARDWARE / "README.md", *sorted((HARDWARE / "kits").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (page.parent / target).is_file(), target


def test_the_page_lists_every_part_number() -> None:
    for part in parts.load().values():
        assert part.mpn in README, part.ref


def test_the_page_shows_the_clock_table_as_computed() -> None:
    assert drift.table() in README


class TestDrift:
    def test_a_steady_error_of_one_part_in_a_million_is_31_6_seconds_a_year(self) -> None:
        chip = {"ppm": 1.0, "ageing": 0.0}
        assert drift.seconds(chip, 365.25) == pytest.approx(31.5576)

    def test_ageing_grows_evenly_over_the_first_year(self) -> None:
        # 3 ppm more at the end of the year is 1.5 ppm on average.
        chip = {"ppm": 0.0, "ageing": 3.0}
        assert drift.seconds(chip, 365.25) == pytest.approx(1.5 * 31.5576)

    def test_a_plain_crystal_loses_where_it_is_warm_or_cold(self) -> None:
        chip = {"ppm": 0.0, "curve": -0.035, "turnover": 25}
        # Half the day 4 degrees below the turnover, half 6 above: 0.035 * (16 + 36) / 2.
        assert drift.worst(chip) == pytest.approx(0.91)

    def test_days_within_a_window_are_the_last_ones_that_keep_it(self) -> None:
        for chip in drift.chips():
            for window in drift.WINDOWS:
                days = drift.days_within(chip, window)
                assert drift.seconds(chip, days) <= window < drift.seconds(chip, days + 1)

    def test_every_number_has_its_source(self) -> None:
        for chip in drift.chips():
            for field in ("ppm", "ageing", "backup", "voltage"):
                assert chip[field + "_source"], (chip["name"], field)
            assert ("curve" in chip) == ("curve_source" in chip)
