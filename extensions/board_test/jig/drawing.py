"""Draw where a jig's pins touch the stick's board.

`python -m extensions.board_test.jig.drawing` writes pads.svg.

The places come from the board's own file, so the drawing follows the board.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from math import cos, radians, sin
from pathlib import Path
from typing import NamedTuple

from hardware.board import placement
from hardware.board.sexpr import Node, children, parse

HERE = Path(__file__).resolve().parent
BOARD = HERE.parents[2] / "hardware" / "board" / "totpkey.kicad_pcb"
OUTPUT = HERE / "pads.svg"

#: The button, and its pad that a press connects to ground.
_SWITCH, _HIGH = "SW1", "2"
#: What the second Pico does with a pad; the other pads are for instruments.
_USES = {"BUTTON": "GP2, to ground: press", "BOOT": "GP3, to ground: boot loader", "GND": "GND"}
#: The drawing is twice as large as the board. Millimetres around the board, and in the table.
_SCALE, _EDGE, _ROW = 2, 8.0, 4.2
_COLUMNS = (0, 14, 24, 34, 44, 54)
_ABOVE = "Seen from the back, 2:1, the plug at the right. Dashed: on the front."
_BELOW = "x from the plug along the board, y across it, in mm from the front's upper left."


class Pad(NamedTuple):
    """A pad: its part, its name, its place in mm from the board's upper left corner, its side."""

    part: str
    name: str
    x: float
    y: float
    back: bool


def pads(text: str) -> list[Pad]:
    """Return the test pads of a board, and the pad of its button, by their names."""
    found = [pad for part in children(parse(text), "footprint") for pad in _of_part(part)]
    return sorted(found, key=lambda pad: pad.name)


def _of_part(part: Node) -> Iterator[Pad]:
    reference, value = _property(part, "Reference"), _property(part, "Value")
    test_pad = reference.startswith("TP")
    for pad in children(part, "pad"):
        is_button = reference == _SWITCH and pad[1] == _HIGH
        if test_pad or is_button:
            x, y = _place(part, pad)
            yield Pad(reference, value if test_pad else "BUTTON", x, y, test_pad)
            return


def _property(part: Node, name: str) -> str:
    return next(str(entry[2]) for entry in children(part, "property") if entry[1] == name)


def _place(part: Node, pad: Node) -> tuple[float, float]:
    """Return the place of a pad on the board. KiCad turns counter-clockwise, and y points down."""
    (_, x, y, *turn), (_, dx, dy, *_rest) = next(children(part, "at")), next(children(pad, "at"))
    angle = radians(float(turn[0]) if turn else 0.0)
    east = float(dx) * cos(angle) + float(dy) * sin(angle)
    south = float(dy) * cos(angle) - float(dx) * sin(angle)
    left, top = placement.ORIGIN
    return round(float(x) + east - left, 2), round(float(y) + south - top, 2)


def svg(found: list[Pad]) -> str:
    """Return the drawing, in millimetres: the board seen from its back, and a table of the pads."""
    width = _SCALE * placement.LENGTH + 2 * _EDGE
    height = _SCALE * placement.WIDTH + 2 * _EDGE + _ROW * (len(found) + 3)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height:.1f}mm"'
            f' viewBox="0 0 {width} {height:.1f}" font-family="sans-serif">',
            f'<rect width="{width}" height="{height:.1f}" fill="white"/>',
            f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SCALE * placement.LENGTH}"'
            f' height="{_SCALE * placement.WIDTH}" rx="{_SCALE * placement.CORNER}"'
            ' fill="#e4efe4" stroke="black" stroke-width="0.2"/>',
            _text(_EDGE, _EDGE - 2, _ABOVE),
            *(line for pad in found for line in _dot(pad)),
            _text(_EDGE, _table(0), _BELOW),
            *(line for number, pad in enumerate(found) for line in _row(number, pad)),
            "</svg>\n",
        ]
    )


def _dot(pad: Pad) -> list[str]:
    x, y = _EDGE + _SCALE * (placement.LENGTH - pad.x), _EDGE + _SCALE * pad.y
    dash = "" if pad.back else ' stroke-dasharray="0.4 0.3"'
    above = pad.y < placement.MIDDLE
    return [
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{0.75 * _SCALE}" fill="#d9a400"'
        f' stroke="black" stroke-width="0.2"{dash}/>',
        _text(x, y + (-2.0 if above else 3.6), pad.name, 1.8, "middle"),
    ]


def _row(number: int, pad: Pad) -> list[str]:
    side = "back" if pad.back else "front"
    cells = (pad.name, pad.part, f"{pad.x:.2f}", f"{pad.y:.2f}", side, _USES.get(pad.name, ""))
    return [_text(_EDGE + at, _table(number + 1), cell) for at, cell in zip(_COLUMNS, cells, strict=True)]


def _table(row: int) -> float:
    return _EDGE + _SCALE * placement.WIDTH + 7 + row * _ROW


def _text(x: float, y: float, text: str, size: float = 2.6, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" text-anchor="{anchor}">{html.escape(text)}</text>'
    )


def main() -> None:
    """Write the drawing."""
    OUTPUT.write_text(svg(pads(BOARD.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
