"""Picture of the MacroPad and its clock, both to one scale, from the makers' figures (boards.toml).

The other kit without soldering shares Adafruit's clock and the lead to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hardware.dimensions import bought
from hardware.kits.shapes import BOARD, Pad, Scene
from hardware.kits.wiring import Wire

#: Between two wires of the lead, in pixels.
_APART = 8.0
#: Half the depth of a socket, in mm: from its middle to its mouth.
_MOUTH = 2.1


def clock(scene: Scene, x: float, middle: float, scale: float) -> tuple[Pad, Pad]:
    """Draw Adafruit's clock from its front, from its left edge at `x`. Return its left and right sockets."""
    data = bought("ds3231-stemma")

    def at(place: list[float]) -> tuple[float, float]:
        return x + scale * place[0], middle - scale * place[1]

    left, top = at([0, data["width"] / 2])
    scene.rect(left, top, scale * data["length"], scale * data["width"], BOARD, scale)
    for place in data["holes"]:
        scene.disc(*at(place), 1.4 * scale, "#f6f8fa", ' stroke="#d9b44a" stroke-width="3"')
    row = data["row"]
    for number in range(row["count"]):
        hole = at([row["first"] + row["pitch"] * number, row["y"]])
        scene.pad(Pad(*hole), radius=0.7 * scale)
    _chip(scene, at(data["chip"]), scale)
    first, second = data["sockets"]
    return Pad(*at(first), -1, 0), Pad(*at(second), 1, 0)


def _chip(scene: Scene, middle: tuple[float, float], scale: float) -> None:
    x, y = middle
    scene.rect(x - 5.15 * scale, y - 3.75 * scale, 10.3 * scale, 7.5 * scale, "#15181d", 3)
    scene.text(x, y + 5, "DS3231", round(5 + scale), "#ffffff")


def strands(
    scene: Scene, ends: tuple[Pad, Pad], orders: tuple[list[str], list[str]], found: list[Wire], scale: float
) -> None:
    """Draw the lead's wires from the first socket to the second, each from its own pin to its own."""
    for wire in found:
        at = [
            Pad(end.x + _MOUTH * scale * end.dx, end.y + _APART * (order.index(wire.to) - 1.5), end.dx, 0)
            for end, order in zip(ends, orders, strict=True)
        ]
        scene.wire(at[0], at[1], wire.colour, reach=0.4 * abs(ends[1].x - ends[0].x))


_SCALE, _LEFT, _TOP = 5.0, 500.0, 56.0
_HALF = bought("macropad")["width"] / 2
_At = Callable[[list[float]], tuple[float, float]]


def picture(found: list[Wire]) -> Scene:
    """Draw it upright: boards.toml counts x down the board from its upper edge, y to the right."""
    scene, data = Scene(900, 610), bought("macropad")

    def at(place: list[float]) -> tuple[float, float]:
        return _LEFT + _SCALE * (_HALF + place[1]), _TOP + _SCALE * place[0]

    _lead(scene, Pad(*at(data["socket"]), -1, 0), data["pins"], found)
    _edges(scene, at, data)
    _area(scene, at, [0, -_HALF, data["length"], data["width"]], BOARD, _SCALE * data["corner"])
    for place in data["holes"]:
        scene.disc(*at(place), 2.1 * _SCALE, "#f6f8fa", ' stroke="#d9b44a" stroke-width="4"')
    _keys(scene, at, data)
    _area(scene, at, data["screen"]["module"], "#0b0d11", 3)
    _area(scene, at, data["screen"]["lit"], "#1c2431", 2)
    x, y = at(data["screen"]["lit"][:2])
    scene.text(x + 76, y + 43, "screen", 13, "#dfe6f2")
    scene.socket(Pad(*at(data["socket"]), -1, 0), _SCALE, hidden=True)
    _knob(scene, at(data["knob"]), data["knob_radius"] * _SCALE)
    return scene


def _edges(scene: Scene, at: _At, data: dict[str, Any]) -> None:
    """Draw what looks out from below the board: the USB socket and the reset button."""
    x, y = at(data["usb"])
    scene.usb_socket(x - 4.5 * _SCALE, y - 7, 9 * _SCALE, 30)
    scene.note(x, y - 16, "USB-C")
    x, y = at(data["reset"])
    scene.rect(x - 7, y - 8, 20, 16, "#8d95a3", 2)
    scene.note(x - 8, y + 30, "RESET", "end")


def _area(scene: Scene, at: _At, place: list[float], fill: str, radius: float) -> None:
    scene.rect(*at(place[:2]), _SCALE * place[3], _SCALE * place[2], fill, radius)


def _keys(scene: Scene, at: _At, data: dict[str, Any]) -> None:
    keys, side = data["keys"], _SCALE * data["keycap"]
    for row in range(keys["rows"]):
        for column in range(keys["columns"]):
            x, y = at([keys["first"][0] + keys["pitch"] * row, keys["first"][1] + keys["pitch"] * column])
            scene.rect(x - side / 2, y - side / 2, side, side, "#cfd5df", 9)
            scene.rect(x - side * 0.37, y - side * 0.4, side * 0.74, side * 0.74, "#eef1f5", 9)


def _knob(scene: Scene, middle: tuple[float, float], radius: float) -> None:
    x, y = middle
    scene.disc(x, y, radius, "#4a515e", ' stroke="#15181d" stroke-width="3"')
    scene.disc(x, y, 0.7 * radius, "#5d6675")
    scene.rect(x - 2.5, y - 0.85 * radius, 5, 0.6 * radius, "#ffffff", 2)
    edge = _LEFT + 2 * _HALF * _SCALE
    scene.note(edge + 12, y - 3, "knob:", "start")
    scene.note(edge + 12, y + 14, "press it", "start")


def _lead(scene: Scene, out: Pad, order: list[str], found: list[Wire]) -> None:
    """Draw the clock to the left of the pad, and the lead from it to the socket on the pad's back."""
    left, right = clock(scene, 100.0, 330.0, _SCALE)
    scene.socket(left, _SCALE)
    strands(scene, (right, out), (bought("ds3231-stemma")["pins"][1], order), found, _SCALE)
    scene.socket(right, _SCALE)
    scene.note(300, 104, "STEMMA QT lead, into the left edge")
    scene.step(358, 222, 2)
    scene.note(163, 408, "cell on its back;")
    scene.note(163, 426, "close the clock into its case")
    scene.step(136, 454, 1)
    scene.step(190, 454, 3)
