"""How fast the clock chip's supply rises at its first start, behind R17 and C17, with all tolerances."""

from __future__ import annotations

from hardware.board.parts import Part

#: The chip's limits in V/ms at its first start (RV-3032-C7 application manual 1.3, 7.4).
LIMITS = 10, 55
#: What each may be off: AP2112K's output, R17 (F: 1 %), C17 (K: 10 %), and C17 over temperature (X7R: 15 %).
_RAIL, _RESISTOR, _CAPACITOR, _TEMPERATURE = 0.015, 0.01, 0.10, 0.15
_VOLTS = 3.3


def rise(parts: dict[str, Part]) -> tuple[float, float]:
    """Return the slowest and the fastest rise in V/ms.

    The regulator's output is a step, at worst. Behind a resistor the voltage rises fastest at once, as if it
    took one time constant for all of it. In that time it really reaches two thirds.
    """
    ohms = float(parts["R17"].value.replace("k", "e3").removesuffix("R"))
    farads = float(parts["C17"].value.removesuffix("n")) * 1e-9
    high = (1 + _RESISTOR) * (1 + _CAPACITOR) * (1 + _TEMPERATURE)
    low = (1 - _RESISTOR) * (1 - _CAPACITOR) * (1 - _TEMPERATURE)
    nominal = _VOLTS / (ohms * farads) / 1000
    return nominal * 0.63 * (1 - _RAIL) / high, nominal * (1 + _RAIL) / low
