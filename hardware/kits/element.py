"""Picture of a Pico and MikroElektronika's Secure Tropic Click, with the six wires between them.

The Click's pins are those of the mikroBUS standard (version 2.00), left row from the top: 1 AN, 2 RST, 3 CS,
4 SCK, 5 MISO, 6 MOSI, 7 3V3, 8 GND. It is drawn lying on its right side, in the standard's arrangement.
"""

from __future__ import annotations

from hardware.kits.shapes import Pad, Scene

#: Pins of the Click and of the Pico (Pico datasheet, section 2.1), the Pico's name, and the wire's colour.
WIRES = (
    (3, 22, "GP17", "YE"),
    (4, 24, "GP18", "BU"),
    (5, 21, "GP16", "GN"),
    (6, 25, "GP19", "OG"),
    (7, 36, "3V3", "RD"),
    (8, 23, "GND", "BK"),
)
NAMES = ("AN", "RST", "CS", "SCK", "MISO", "MOSI", "3V3", "GND")

_PITCH = 40.0
_TOP = 330.0


def picture() -> str:
    """Return it as SVG."""
    scene = Scene(900, 500)
    click, pico = _click(scene), _pico(scene)
    for rank, (theirs, ours, _, colour) in enumerate(WIRES):
        start, end = click[theirs], pico[ours]
        level = 196 + 18 * rank
        scene.wire_by([(start.x, start.y), (start.x, level), (end.x, level), (end.x, end.y)], colour, 9)
    scene.note(450, 480, "six wires; those of clock and button stay as they are")
    return scene.svg("How a Secure Tropic Click is wired to a Raspberry Pi Pico")


def _click(scene: Scene) -> dict[int, Pad]:
    left, edge = 300.0, 150.0
    scene.board(left - 40, 30, 7 * _PITCH + 80, edge - 16, "")
    scene.text(left + 3.5 * _PITCH, 66, "Secure Tropic Click", 15, "#ffffff")
    scene.chip(left + 3.5 * _PITCH, 96, 26)
    pads = {}
    for number, name in enumerate(NAMES, 1):
        pads[number] = Pad(left + (number - 1) * _PITCH, edge, 0, 1)
        used = number in {theirs for theirs, *_ in WIRES}
        scene.pad(pads[number], name, "#ffffff" if used else "#7f8ea6")
    return pads


def _pico(scene: Scene) -> dict[int, Pad]:
    """Draw its upper edge, with the socket on the left: pins 40 to 21."""
    left = 130.0
    scene.board(left - 26, _TOP - 14, 19 * 34 + 52, 130, "")
    scene.usb_socket(left - 44, _TOP + 26, 44, 50)
    scene.chip(left + 9 * 34, _TOP + 66, 46)
    scene.text(left + 14.5 * 34, _TOP + 74, "Raspberry Pi Pico", 15, "#ffffff")
    pads = {number: Pad(left + (40 - number) * 34, _TOP, 0, -1) for number in range(21, 41)}
    used = {ours: name for _, ours, name, _ in WIRES}
    for number, pad in pads.items():
        scene.pad(pad, str(number), "#ffffff" if number in used else "#7f8ea6")
        if number in used:
            scene.text(pad.x, pad.y + 34, used[number], 11, "#ffffff")
    return pads
