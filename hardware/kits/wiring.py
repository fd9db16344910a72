"""The connections of each kit's board, read from its diagram."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
#: The board id that each diagram is for.
KITS = {
    "trinkey-qt2040": "adafruit_qt2040_trinkey",
    "rp2040-one": "waveshare_rp2040_one",
    "pico": "raspberry_pi_pico",
    "macropad": "adafruit_macropad_rp2040",
    "qt-py-rp2040": "adafruit_qtpy_rp2040",
}
#: The kit whose clock goes into another kit's case.
IN_CASE_OF = {"qt-py-rp2040": "macropad"}
#: The physical pins of the Pico (Pico datasheet, section 2.1), which its diagram counts.
PICO_PINS = {3: "GND", 6: "GP4", 7: "GP5", 18: "GND", 19: "GP14", 36: "3V3"}


@dataclass(frozen=True)
class Wire:
    """One wire of a diagram: the board's pin, its label, the colour, and the pin at the other end."""

    pin: str
    label: str
    colour: str
    target: str
    to: str


def wires(name: str, folder: Path = HERE) -> list[Wire]:
    """Return all wires of a diagram in order."""
    diagram: dict[str, Any] = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
    found = []
    for start, through, end in diagram["connections"]:
        (here,), ((lead, strands),), ((target, there),) = start.values(), through.items(), end.items()
        colours = diagram["cables"][lead]["colors"]
        for pin, strand, to in zip(_expand(here), _expand(strands), _expand(there), strict=True):
            ends = _label(diagram, "Board", pin), _label(diagram, target, to)
            found.append(Wire(str(pin), ends[0], colours[strand - 1], target, ends[1]))
    return found


def joined(name: str, folder: Path = HERE) -> dict[str, str]:
    """Return the board's pin for each purpose: "SDA", "SCL", "VCC", "GND", and "button" if one is wired."""
    found: dict[str, str] = {}
    for wire in wires(name, folder):
        if wire.target == "Clock":
            found[wire.to] = wire.label
        elif wire.label != "GND":
            found["button"] = wire.label
    return found


def _expand(pins: list[Any]) -> list[Any]:
    expanded: list[Any] = []
    for pin in pins:
        first, dash, last = str(pin).partition("-")
        expanded += range(int(first), int(last) + 1) if dash else [pin]
    return expanded


def _label(diagram: dict[str, Any], connector: str, pin: Any) -> str:
    """Return the label of a pin that a connection names by number or label. Raise ValueError for neither."""
    node = diagram["connectors"][connector]
    if "pinlabels" not in node:
        return str(node["pins"][node["pins"].index(pin)])
    labels = node["pinlabels"]
    numbers = node.get("pins", list(range(1, len(labels) + 1)))
    return str(labels[numbers.index(pin)]) if pin in numbers else str(labels[labels.index(pin)])
