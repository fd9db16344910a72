"""Simulate the supply, and how the clock goes over to its cell, with ngspice: `python -m
hardware.board.supply`.

Two things can be computed from the circuit without the makers' models: how far the regulator's input
overshoots when the stick is plugged in, and how long 3.3 V lasts from the supervisor's threshold to the
flash's lowest voltage when it is drawn. The regulator is part of neither: at first it is off, and then its
input is gone.

When the key is drawn, the clock's rail must stay above what the chip needs, whichever cell is in it, and
while USB is there it must run from USB, or its bus is dead. The chip's two contacts are ideal switches at its
maker's thresholds (switchover.toml); 3.3 V falls as above. R17 and C17 are left out: behind them VDD falls
later, and no faster.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from hardware.board import kicad, netlist
from hardware.board.parts import Part, load

TABLE = Path(__file__).resolve().parent / "supply.toml"
MISSING = "ngspice is missing, so the supply was not simulated. On Debian and Ubuntu: apt-get install ngspice"


def figures() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def found() -> bool:
    return shutil.which("ngspice") is not None


def measure(netlist: str) -> dict[str, float]:
    """Run ngspice on `netlist` and return its measurements. Raise RuntimeError with what it said."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "supply.cir"
        path.write_text(netlist, encoding="ascii")
        done = subprocess.run(["ngspice", "-b", str(path)], capture_output=True, text=True, check=False)
    values = dict(re.findall(r"^(\w+)\s*=\s*(-?[\d.]+e[+-]\d+)", done.stdout, re.MULTILINE))
    if not values:
        raise RuntimeError(f"ngspice: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return {name: float(value) for name, value in values.items()}


def plugged_in(lead: dict[str, float], data: dict[str, Any]) -> dict[str, float]:
    """Return the peaks of the regulator's input in V and of the current in A, when C1 meets a port.

    And what R14 takes: its peak in W, and its energy in J.
    """
    usb, capacitor = data["usb"], data["input"]
    return measure(f"""plugging in
Cport port 0 {usb["reservoir"]} ic={usb["volts"]}
Rlead port wire {lead["ohm"]}
Llead wire shut {lead["henry"]} ic=0
S1 shut vbus gate 0 contact
Vgate gate 0 pulse(0 1 1u 1n 1n 1 2)
.model contact sw(vt=0.5 ron=1m roff=100meg)
Rseries vbus vin {capacitor["series"]}
Resr vin in {capacitor["ohm"]}
C1 in 0 {capacitor["farad"]} ic=0
Bheat heat 0 V = i(Llead) * i(Llead) * {capacitor["series"]}
.tran 2n 60u uic
.measure tran volts max v(vin)
.measure tran amps max i(Llead)
.measure tran watts max v(heat)
.measure tran joules integ v(heat)
.end
""")


def pulse(data: dict[str, Any]) -> dict[str, float]:
    """Return what R14 takes at worst: C1 keeps all of its capacity, and the stick is in the port itself."""
    whole = {**data, "input": {**data["input"], "farad": data["input"]["nominal"]}}
    return plugged_in(data["usb"]["direct"], whole)


def charge(parts: dict[str, Part], data: dict[str, Any]) -> float:
    """Return what all capacitors take from USB by their values, in C."""
    total = sum(
        data["volts"].get(net, 0.0) * _farads(parts[ref].value)
        for (ref, _), net in netlist.board_nets(kicad.BOARD).items()
        if ref.startswith("C") and parts[ref].fitted
    )
    return float(total)


def _farads(value: str) -> float:
    unit = next(letter for letter in value if letter in "pnu")
    return float(value.replace(unit, ".")) * {"p": 1e-12, "n": 1e-9, "u": 1e-6}[unit]


def drawn(amps: float, data: dict[str, Any]) -> float:
    """Return how long, in seconds, 3.3 V takes from the supervisor's threshold to the flash's limit."""
    output = data["output"]
    found = measure(f"""drawing
C2 rail 0 {output["farad"]} ic=3.3
Iload rail 0 {amps}
.tran 100n 2m uic
.measure tran held trig v(rail) val={output["supervisor"]} fall=1 targ v(rail) val={output["flash"]} fall=1
.end
""")
    return found["held"]


def faults(data: dict[str, Any]) -> list[str]:
    """Print what was found, and return what is outside its limits."""
    wrong = []
    for name in ("direct", "extension"):
        peak = plugged_in(data["usb"][name], data)
        print(f"plugged in ({name}): input {peak['volts']:.2f} V and {peak['amps']:.1f} A at the peak")
        if peak["volts"] > data["input"]["limit"]:
            wrong.append(
                f"the input reaches {peak['volts']:.1f} V ({name}), above {data['input']['limit']} V"
            )
    heat = pulse(data)
    print(
        f"plugged in: R14 takes {heat['watts']:.0f} W at the peak and {1e6 * heat['joules']:.0f} uJ at most"
    )
    if heat["joules"] > data["input"]["pulse"]:
        wrong.append(f"R14 takes {1e6 * heat['joules']:.0f} uJ at each plugging in")
    taken = charge(load(), data)
    print(f"plugged in: the capacitors take {1e6 * taken:.0f} uC")
    if taken > data["usb"]["charge"]:
        wrong.append(f"the capacitors take {1e6 * taken:.0f} uC, more than USB allows")
    for amps in data["output"]["amps"]:
        held = drawn(amps, data)
        print(f"drawn at {1000 * amps:.0f} mA: {1e6 * held:.0f} us from the reset to the flash's limit")
        if held < data["output"]["answer"]:
            wrong.append(
                f"at {1000 * amps:.0f} mA the flash's limit comes {1e6 * held:.0f} us after the reset"
            )
    return wrong


def report(simulate: Callable[[], list[str]]) -> int:
    """Print the faults that `simulate` finds, and return 1 if there are any. Without ngspice, only say so."""
    if not found():
        print(MISSING, file=sys.stderr)
        return 0
    wrong = simulate()
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


SWITCHOVER_TABLE = Path(__file__).resolve().parent / "switchover.toml"


def switchover_figures() -> dict[str, Any]:
    return tomllib.loads(SWITCHOVER_TABLE.read_text(encoding="utf-8"))


def changes_at(level: float, cell: tuple[float, float], data: dict[str, Any]) -> float:
    """Return the voltage of VDD at which the chip goes over.

    Below its threshold it takes the higher of both (manual, 4.2): a weak cell waits until VDD is below it.
    """
    volts, inside = cell
    weak = volts - data["chip"]["peak"] * (inside + data["cell"]["series"]) - data["chip"]["direct_back"]
    return float(min(level, weak))


def switched_over(
    amps: float, level: float, cell: tuple[float, float], data: dict[str, Any]
) -> dict[str, float]:
    """Return the lowest voltage of the chip's rail, and when it changed over, in seconds after 3.3 V let go.

    `cell`: its voltage and what is inside it. The chip measures the temperature all the while, at its worst.
    """
    chip, volts, inside = data["chip"], *cell
    level = changes_at(level, cell, data)
    output = figures()["output"]["farad"]
    return measure(f"""going over to the cell
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
    output = figures()["output"]
    return float(output["farad"] * (data["rail"]["volts"] - output["supervisor"]) / amps)


def switchover_faults(data: dict[str, Any], mode: str = "level") -> list[str]:
    """Print what was found, and return what is outside the chip's limits."""
    chip, cell, wrong = data["chip"], data["cell"], []
    if not from_usb(mode, data):
        wrong.append(f"with a full cell the chip stays on it while USB is there ({mode} switching)")
    output = figures()["output"]
    for amps in output["amps"]:
        slew = amps / output["farad"] * 1e-6
        if slew > chip["slew"]:
            wrong.append(f"at {1000 * amps:.0f} mA VDD falls by {slew:.2f} V/us")
        cells = ((cell["full"], cell["ohm"][0]), (cell["empty"], cell["ohm"][1]))
        found = [switched_over(amps, level, each, data) for level, each in product(chip["level"], cells)]
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
    return report(lambda: faults(figures())) or report(lambda: switchover_faults(switchover_figures()))


if __name__ == "__main__":
    sys.exit(main())
