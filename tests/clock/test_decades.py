"""The decades of many sticks: a sample of those whose percentiles the document has."""

from __future__ import annotations

import pytest

from benchmarks.decades import CROWDS, Crowd, documented, errors, percentiles

#: Of each row the first stick; the table's worst is over 200, of which it is one.
SAMPLE = [crowd for crowd in CROWDS if crowd.supply]


def test_the_document_has_a_row_for_each_crowd() -> None:
    found = documented()
    assert list(found) == [crowd.name for crowd in CROWDS]
    for values in found.values():
        numbers = [float(value.removesuffix(" s")) for value in values]
        assert numbers[:3] == sorted(numbers[:3])
        assert numbers[3:] == sorted(numbers[3:])


def test_percentiles_are_errors_that_so_many_do_not_exceed() -> None:
    assert percentiles([float(number) for number in range(200, 0, -1)]) == [100.0, 190.0, 200.0]
    assert percentiles([3.0, 1.0, 2.0]) == [2.0, 3.0, 3.0]


@pytest.mark.parametrize("crowd", SAMPLE, ids=lambda crowd: crowd.name)
def test_a_stick_errs_by_no_more_than_the_worst_of_its_row(crowd: Crowd) -> None:
    found = [float(value.removesuffix(" s")) for value in documented()[crowd.name]]
    first, later = errors(crowd, 0)
    assert 0 < first <= found[2] + 0.05
    assert 0 < later <= found[5] + 0.05


def test_the_sticks_are_those_of_the_table() -> None:
    """The one that is worst in a later year comes to the table's figure: the model is as it was."""
    crowd = CROWDS[3]
    assert f"{errors(crowd, WORST)[1]:.1f} s" == documented()[crowd.name][5]


#: Which of the 200 sticks is the worst in a later year, at 0.3 ppm and 1 ppm/V.
WORST = 101
