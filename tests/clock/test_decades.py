"""The years of many sticks: a sample of those whose percentiles the document has."""

from __future__ import annotations

from itertools import product

import pytest

from benchmarks.decades import ADVISED, KINDS, Kind, days, documented
from tests.support.cases import sampled
from totpkey_virtual.clock_chip import YEAR

STICKS = [(kind, number) for number in range(3) for kind in KINDS]


@pytest.mark.parametrize("stick", sampled(STICKS, STICKS[: len(KINDS)]), ids=str)
def test_a_stick_is_never_further_off_than_it_says(stick: tuple[Kind, int]) -> None:
    for within, settings in product((60, 2000), (ADVISED, ())):
        assert all(abs(day.off) <= day.said for day in days(*stick, settings, within))


def test_the_document_has_the_sticks_of_this_model() -> None:
    for kind in KINDS:
        figures = documented()[kind.name]
        assert figures[6] <= 0.5, "99.5 % are never further off than they say"
        first = [day for day in days(kind, 0) if day.age <= YEAR]
        assert max(day.said for day in first) == pytest.approx(figures[3], rel=0.3)


def test_aiming_slow_pays_where_a_site_looks_back_only_and_costs_little_elsewhere() -> None:
    for name in ("DS3231SN, typical", "DS3231SN, its sheet"):
        back, back_slow, both, both_slow = documented()[name][7:]
        assert back_slow < back / 3
        assert both_slow <= both + 0.3
