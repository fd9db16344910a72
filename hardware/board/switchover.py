"""Simulate how the clock goes over to its cell when the key is drawn: `python -m hardware.board.switchover`.

Its rail must stay above what the chip needs, whichever cell is in it, and while USB is there it must run
from USB, or its bus is dead. The chip's two contacts are ideal switches at its maker's thresholds
(switchover.toml); 3.3 V falls as in supply.py. R17 and C17 are left out: behind them VDD falls later, and no
faster.
"""

from __future__ import annotations

import sys
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

from hardware.board import supply

TABLE = Path(__file__).resolve().parent / "switchover.toml"


def figures() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def changes_at(level: float, cell: tuple[float, float], data: dict[str, Any]) -> float:
    """Return the voltage of VDD at which the chip goes over.

    Below its threshold it takes the higher of both (manual, 4.2): a weak cell waits until VDD is below it.
    """
    volts, inside = cell
    weak = volts - data["chip"]["peak"] * (inside + data["cell"]["series"]) - data["chip"]["direct_back"]
    return float(min(level, weak))


def drawn(amps: float, level: float, cell: tuple[float, float], data: dict[str, Any]) -> dict[str, float]:
    """Return the lowest voltage of the chip's rail, and when it changed over, in seconds after 3.3 V let go.

    `cell`: its voltage and what is inside it. The chip measures the temperature all the while, at its worst.
    """
    chip, volts, inside = data["chip"], *cell
    level = changes_at(level, cell, data)
    output = supply.figures()["output"]["farad"]
    return supply.measure(f"""going over to the cell
Crail vdd 0 {output} ic={data["rail"]["volts"]}
Bload vdd 0 I = {amps} * (v(vdd) > 0.05)
Vcell cell 0 {volts}
Rcell cell back {inside + data["cell"]["series"]}
Cback back 0 {data["cell"]["farad"]} ic={volts}
Sfirst vdd rail vdd 0 first
Vlevel level 0 {level}
Ssecond back rail level vdd second
.model first sw(vt={level} ron={chip["ohm"]} roff=1g)
.model second sw(vt=0 ron={chip["ohm"]} roff=1g)
Crail2 rail 0 1p ic={data["rail"]["volts"]}
Ichip rail 0 {chip["peak"]}
.tran 20n 1.3m uic
.measure tran lowest min v(rail) from=50n
.measure tran changed when v(vdd)={level} fall=1
.end
""")


def from_usb(mode: str, data: dict[str, Any]) -> bool:
    """Whether the chip runs from USB while it is there, with a full cell in it and the rail at its lowest."""
    rail = data["rail"]["volts"] * (1 - data["rail"]["tolerance"])
    if mode == "level":
        return bool(rail > data["chip"]["level"][-1] + data["chip"]["level_back"])
    return bool(rail > data["cell"]["full"] + data["chip"]["direct_back"])


def bus_time(amps: float, data: dict[str, Any]) -> float:
    """How long the bus can be used after 3.3 V let go: until the supervisor's reset, in seconds."""
    output = supply.figures()["output"]
    return float(output["farad"] * (data["rail"]["volts"] - output["supervisor"]) / amps)


def faults(data: dict[str, Any], mode: str = "level") -> list[str]:
    """Print what was found, and return what is outside the chip's limits."""
    chip, cell, wrong = data["chip"], data["cell"], []
    if not from_usb(mode, data):
        wrong.append(f"with a full cell the chip stays on it while USB is there ({mode} switching)")
    output = supply.figures()["output"]
    for amps in output["amps"]:
        slew = amps / output["farad"] * 1e-6
        if slew > chip["slew"]:
            wrong.append(f"at {1000 * amps:.0f} mA VDD falls by {slew:.2f} V/us")
        cells = ((cell["full"], cell["ohm"][0]), (cell["empty"], cell["ohm"][1]))
        found = [drawn(amps, level, each, data) for level, each in product(chip["level"], cells)]
        lowest = min(each["lowest"] for each in found)
        first = min(each["changed"] for each in found)
        bus = bus_time(amps, data)
        print(
            f"drawn at {1000 * amps:.0f} mA: the clock has at least {lowest:.2f} V;"
            f" reset after {1e6 * bus:.0f} us, cell after {1e6 * first:.0f} us"
        )
        if lowest < chip["works"]:
            wrong.append(f"at {1000 * amps:.0f} mA the clock's rail falls to {lowest:.2f} V")
        if first < bus:
            wrong.append(f"at {1000 * amps:.0f} mA the chip leaves the bus before the reset")
    if data["rail"]["hold"] < chip["debounce"]:
        wrong.append("the controller starts before the clock's bus answers")
    return wrong


def main() -> int:
    return supply.report(lambda: faults(figures()))


if __name__ == "__main__":
    sys.exit(main())
