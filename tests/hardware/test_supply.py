"""The supply, and the change to the cell, as ngspice computes them, compared with formulas and the manual."""

from __future__ import annotations

import copy
from math import exp, pi, sqrt

import pytest

from hardware.board import parts, supply

pytestmark = [
    pytest.mark.needs("hardware"),
    pytest.mark.skipif(not supply.found(), reason="ngspice is not installed"),
]


def test_the_supply_keeps_to_its_limits() -> None:
    assert supply.faults(supply.figures()) == []


def test_without_its_resistor_the_input_overshoots_as_a_series_circuit_does() -> None:
    """Overshoot of an underdamped circuit: exp(-d pi / sqrt(1 - d^2)), where d is R / 2 * sqrt(C / L)."""
    data = supply.figures()
    data["input"]["series"] = 1e-6
    for name in ("direct", "extension"):
        lead, capacitor, usb = data["usb"][name], data["input"], data["usb"]
        ohm = lead["ohm"] + capacitor["ohm"] + 1e-3
        farad = 1 / (1 / capacitor["farad"] + 1 / usb["reservoir"])
        damping = ohm / 2 * sqrt(farad / lead["henry"])
        peak = 1 + exp(-damping * pi / sqrt(1 - damping**2))
        settled = usb["volts"] * usb["reservoir"] / (usb["reservoir"] + capacitor["farad"])
        assert supply.plugged_in(lead, data)["volts"] == pytest.approx(settled * peak, rel=0.01)
    assert len(supply.faults(data)) == 2


@pytest.mark.parametrize("amps", [0.01, 0.1])
def test_a_capacitor_falls_by_current_times_time(amps: float) -> None:
    data = supply.figures()
    output = data["output"]
    expected = output["farad"] * (output["supervisor"] - output["flash"]) / amps
    assert supply.drawn(amps, data) == pytest.approx(expected, rel=0.02)


def test_the_resistor_is_the_boards() -> None:
    assert parts.load()["R14"].value == f"{supply.figures()['input']['series']:g}R"


def test_the_resistors_pulse_is_half_of_what_a_capacitor_takes_and_loses() -> None:
    """Charged through resistors, a capacitor's own energy is lost once more in them, in R14 by its share."""
    data = supply.figures()
    ohms = [data["input"]["series"], data["usb"]["direct"]["ohm"], data["input"]["ohm"], 1e-3]
    expected = data["input"]["nominal"] * data["usb"]["volts"] ** 2 / 2 * ohms[0] / sum(ohms)
    found = supply.pulse(data)
    # The port's 120 uF fall a little meanwhile.
    assert found["joules"] == pytest.approx(expected, rel=0.06)
    assert found["watts"] < data["usb"]["volts"] ** 2 / ohms[0]


def test_larger_capacitors_take_more_than_usb_allows() -> None:
    """Earlier files had 10 uF behind the regulator: 66 uC by their values."""
    data, table = supply.figures(), parts.load()
    assert supply.charge(table, data) < data["usb"]["charge"]
    larger = {**table, "C2": table["C2"]._replace(value="10u")}
    assert supply.charge(larger, data) > data["usb"]["charge"]
    assert supply.charge(larger, data) - supply.charge(table, data) == pytest.approx(5.3e-6 * 3.3)


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
