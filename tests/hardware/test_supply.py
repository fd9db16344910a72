"""The supply as ngspice computes it, compared with closed formulas."""

from __future__ import annotations

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
