"""The change to the cell as ngspice computes it, compared with closed formulas and the manual's limits."""

from __future__ import annotations

import copy

import pytest

from hardware.board import supply

pytestmark = [
    pytest.mark.needs("hardware"),
    pytest.mark.skipif(not supply.found(), reason="ngspice is not installed"),
]
DATA = supply.switchover_figures()


def test_the_clock_goes_over_to_any_cell_within_its_limits() -> None:
    assert supply.switchover_faults(DATA) == []


@pytest.mark.parametrize("amps", [0.03, 0.1])
def test_it_changes_when_the_rails_capacitors_are_empty_enough(amps: float) -> None:
    """A capacitor falls by current times time; the chip's own 60 uA are too little to matter."""
    found = supply.switched_over(amps, 2.0, (3.0, 100), DATA)
    expected = supply.figures()["output"]["farad"] * (DATA["rail"]["volts"] - 2.0) / amps
    assert found["changed"] == pytest.approx(expected, rel=0.01)
    assert found["lowest"] == pytest.approx(2.0, abs=0.02)


def test_an_empty_cell_loses_what_its_resistors_take() -> None:
    """2.0 V, less 60 uA through 1 kohm of its own and R15, less the hysteresis."""
    expected = 2.0 - 60e-6 * 2000 - 0.13
    assert supply.changes_at(2.2, (2.0, 1000), DATA) == pytest.approx(expected)


def test_a_cell_that_is_too_weak_is_found() -> None:
    data = copy.deepcopy(DATA)
    data["cell"]["empty"] = 1.5
    assert len(supply.switchover_faults(data)) == len(supply.figures()["output"]["amps"])


def test_direct_switching_would_leave_the_chip_on_a_full_cell() -> None:
    """So the driver sets level switching, as the manual (8.2) has it for cells that are not charged."""
    assert supply.from_usb("level", DATA)
    assert not supply.from_usb("direct", DATA)
    assert supply.switchover_faults(DATA, "direct")[0].startswith("with a full cell")


def test_a_fall_that_is_too_steep_and_a_start_that_is_too_soon_are_found() -> None:
    data = copy.deepcopy(DATA)
    data["chip"]["slew"], data["rail"]["hold"] = 0.001, 0.0005
    wrong = supply.switchover_faults(data)
    assert sum("V/us" in line for line in wrong) == 3
    assert "the controller starts before the clock's bus answers" in wrong
