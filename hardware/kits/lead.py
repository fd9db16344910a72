"""What the two kits without soldering share in their pictures: Adafruit's clock, and the lead to it."""

from __future__ import annotations

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
