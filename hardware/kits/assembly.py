"""Draw the wiring diagrams and the assembled kits, whose wires are those of the diagrams.

`python -m hardware.kits.assembly FOLDER` (needs WireViz and graphviz) writes NAME.svg, NAME.png and the parts
list NAME.bom.tsv of each diagram NAME.yml, NAME-built.svg for each kit, and pico-element.svg. The numbers in
the pictures are those of the steps on the kit's page.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from hardware.dimensions import bought
from hardware.kits import element, macropad
from hardware.kits.macropad import clock, strands
from hardware.kits.shapes import BOARD, GOLD, Pad, Scene
from hardware.kits.wiring import KITS, Wire, wires

Point = tuple[float, float]
_PITCH = 28.0
#: Pixels for each mm of the Trinkey and of its clock.
_SCALE = 10.0


def picture(name: str) -> str:
    """Return the picture of one kit as SVG."""
    return _DRAWN[name](wires(name)).svg(f"How the kit {name} is put together")


def _trinkey(found: list[Wire]) -> Scene:
    """Draw the board's own outline. The plug is bare board, the socket at the tail."""
    data = bought("trinkey-qt2040")
    scene, scale, left, middle = Scene(900, 330), _SCALE, 50.0, 160.0

    def at(place: list[float]) -> tuple[float, float]:
        return left + scale * (place[0] - data["plug"]["left"]), middle - scale * place[1]

    plug, half = data["plug"], data["width"] / 2
    x, width = at([0, 0])[0], scale * data["length"]
    scene.rect(left, middle - scale * plug["half"], x - left + 30, 2 * scale * plug["half"], BOARD, 10)
    scene.rect(x, middle - scale * half, width, 2 * scale * half, BOARD, 25)
    for row in (-3.5, -1.0, 1.0, 3.5):
        scene.rect(left + 14, middle + scale * row - 6, 80, 12, GOLD, 3)
    scene.chip(*at(data["chip"]), 70)
    scene.light(*at(data["light"]))
    scene.note(at(data["light"])[0], middle - scale * half - 14, "light")
    _buttons(scene, at(data["boot"]), at(data["reset"]), middle, scale * half)
    for place in data["holes"]:
        scene.disc(*at(place), 12.5, "#f6f8fa", ' stroke="#d9b44a" stroke-width="4"')
    scene.text(at(data["chip"])[0] - 16, middle + 58, "Trinkey QT2040", 14, "#ffffff")
    words = "cell on its back; close both into the case"
    _lead(scene, Pad(*at(data["socket"]), 1, 0), data["pins"], found, words)
    return scene


def _qt_py(found: list[Wire]) -> Scene:
    """Draw the board's outline with its USB-C socket to the left, and its buttons beside that."""
    data = bought("qt-py-rp2040")
    scene, scale, left, middle = Scene(900, 330), _SCALE, 211.0, 160.0

    def at(place: list[float]) -> tuple[float, float]:
        return left + scale * place[0], middle - scale * place[1]

    half = scale * data["width"] / 2
    scene.rect(left, middle - half, scale * data["length"], 2 * half, BOARD, 20)
    scene.usb_socket(left - 14, middle - 45, 70, 90)
    scene.chip(*at(data["chip"]), 70)
    scene.light(*at(data["light"]))
    _buttons(scene, at(data["boot"]), at(data["reset"]), middle, half)
    scene.text(at(data["chip"])[0], middle + 62, "QT Py RP2040", 14, "#ffffff")
    _lead(
        scene,
        Pad(*at(data["socket"]), 1, 0),
        data["pins"],
        found,
        "cell on its back; the clock goes into its case",
    )
    return scene


def _buttons(scene: Scene, boot: Point, reset: Point, middle: float, half: float) -> None:
    """Draw both. Their names stand below and above the board, whose edges are `half` from its middle."""
    scene.button(*boot)
    scene.note(boot[0], middle + half + 24, "BOOT: the key's button")
    scene.button(*reset)
    scene.note(reset[0], middle - half - 14, "RST")


def _lead(scene: Scene, out: Pad, order: list[str], found: list[Wire], words: str) -> None:
    """Draw the clock from its front, and the lead to it from the socket `out`, turned over once."""
    back, right = clock(scene, 584, out.y, _SCALE)
    strands(scene, (out, back), (order, bought("ds3231-stemma")["pins"][0]), found, _SCALE)
    scene.socket(out, _SCALE)
    scene.socket(back, _SCALE)
    scene.socket(right, _SCALE)
    middle = (out.x + back.x) / 2 + 4
    scene.note(middle, 120, "STEMMA QT lead")
    scene.step(middle, 196, 2)
    scene.note(560, 292, words, "start")
    scene.step(505, 287, 1)
    scene.step(532, 287, 3)


def _pico(found: list[Wire]) -> Scene:
    """Draw it from above with the socket on the left.

    Pins 1 to 20 are along the lower edge, 21 to 40 back along the upper one (Pico datasheet, section 2.1).
    """
    scene = Scene(900, 520)
    left, top, height = 150.0, 80.0, 130.0
    edge = left - 26
    scene.board(edge, top - 14, 20 * _PITCH + 24, height + 28, "")
    scene.usb_socket(edge - 18, top + 40, 44, 50)
    scene.chip(left + 9 * _PITCH, top + 65, 50)
    scene.light(left + 2.4 * _PITCH, top + 60)
    scene.text(left + 14.5 * _PITCH, top + 70, "Raspberry Pi Pico", 15, "#ffffff")
    pads = {
        number: Pad(left + (number - 1) * _PITCH, top + height, 0, 1)
        if number <= 20
        else Pad(left + (40 - number) * _PITCH, top, 0, -1)
        for number in range(1, 41)
    }
    used = {int(wire.pin): wire.label for wire in found}
    for number, pad in pads.items():
        scene.pad(pad, str(number), "#ffffff" if number in used else "#7f8ea6")
    clock = _module(scene, 190, 380)
    button = _push_button(scene, 690, 400)
    for wire in found:
        start, end = pads[int(wire.pin)], (clock if wire.target == "Clock" else button)[wire.to]
        if start.dy > 0:
            scene.wire(start, end, wire.colour, reach=80)
            continue
        # Lead the wire from the upper edge around the board, so that it seems to end at no pin of the lower
        # edge.
        above, aside, below = top - 40, edge - 54, top + height + 60
        corners = [(start.x, above), (aside, above), (aside, below), (end.x, below)]
        scene.wire_by([(start.x, start.y), *corners, (end.x, end.y)], wire.colour)
    for number, label in used.items():
        pad = pads[number]
        # Keep the names of two neighbouring pins apart.
        towards, x = {6: ("end", 8), 18: ("end", 8), 7: ("start", -8), 19: ("start", -8)}.get(
            number, ("middle", 0)
        )
        scene.text(pad.x + x, pad.y - 28 * pad.dy + 4, label, 12, "#ffffff", towards)
    for x, y, number in (
        (178, 430, 1),
        (70, 180, 2),
        (211, 330, 2),
        (305, 286, 3),
        (672, 310, 4),
        (458, 450, 5),
    ):
        scene.step(x, y, number)
    return scene


def _stick(found: list[Wire]) -> Scene:
    """Draw its pads by name; their positions are on the board's own silk screen."""
    scene = Scene(900, 480)
    scene.usb_plug(40, 92, 100, 76)
    scene.board(130, 60, 560, 140, "")
    scene.text(420, 120, "Waveshare RP2040-One", 16, "#ffffff")
    scene.text(420, 142, "pads by name; look for their places on your board", 12, "#b9c4d6")
    scene.chip(210, 120, 46)
    scene.light(282, 120)
    order = ["3V3", "GND", "GP4", "GP5", "GP14"]
    places = {label: Pad(230 + 100 * place, 200, 0, 1) for place, label in enumerate(order)}
    clock = _module(scene, 130, 330)
    button = _push_button(scene, 600, 360)
    for wire in found:
        ends = clock if wire.target == "Clock" else button
        scene.wire(places[wire.label], ends[wire.to], wire.colour)
    for label, pad in places.items():
        scene.pad(pad, label)
    for x, y, number in ((118, 380, 1), (205, 285, 2), (322, 321, 3), (641, 290, 4), (398, 400, 5)):
        scene.step(x, y, number)
    return scene


def _module(scene: Scene, x: float, y: float) -> dict[str, Pad]:
    """Draw a clock module with four pins, and its cell."""
    scene.board(x, y, 270, 100, "")
    scene.text(x + 80, y + 72, "DS3231 module", 14, "#ffffff")
    scene.cell(x + 215, y + 54, 38, "CR2032")
    pads = {name: Pad(x + 30 + 36 * place, y + 12, 0, -1) for place, name in enumerate(_MODULE_PINS)}
    for name, pad in pads.items():
        scene.pad(pad)
        scene.text(pad.x, pad.y + 22, name, 11, "#ffffff")
    return pads


def _push_button(scene: Scene, x: float, y: float) -> dict[str, Pad]:
    scene.rect(x - 46, y - 6, 130, 70, "#e3e7ee", 8)
    scene.button(x + 19, y + 34)
    scene.note(x + 19, y + 86, "button")
    pads = {"A": Pad(x - 20, y, 0, -1), "B": Pad(x + 58, y, 0, -1)}
    for pad in pads.values():
        scene.pad(pad)
    return pads


_MODULE_PINS = ("GND", "VCC", "SDA", "SCL")
_DRAWN: dict[str, Callable[[list[Wire]], Scene]] = {
    "trinkey-qt2040": _trinkey,
    "macropad": macropad.picture,
    "qt-py-rp2040": _qt_py,
    "pico": _pico,
    "rp2040-one": _stick,
}


def pictures(target: Path) -> None:
    for name in KITS:
        (target / f"{name}-built.svg").write_text(picture(name), encoding="utf-8")
    (target / "pico-element.svg").write_text(element.picture(), encoding="utf-8")


def main(folder: str) -> int:
    if shutil.which("dot") is None:
        print(
            "graphviz is missing, so no wiring can be drawn. Install it: apt-get install graphviz",
            file=sys.stderr,
        )
        return 1
    from wireviz.wireviz import parse

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for diagram in sorted(Path(__file__).resolve().parent.glob("*.yml")):
        parse(diagram, output_formats=("png", "svg", "tsv"), output_dir=target, output_name=diagram.stem)
    pictures(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
