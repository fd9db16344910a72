"""Draw where a jig's pins touch the stick's board.

`python -m extensions.board_test.jig.drawing` writes pads.svg.

The places come from the board's own file, so the drawing follows the board.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import NamedTuple

from hardware.board import assembly, parts, placement

OUTPUT = Path(__file__).resolve().parent / "pads.svg"

#: The button, and the number of a pad of it that a press connects to ground.
_SWITCH, _HIGH = "SW1", 2
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


def pads() -> list[Pad]:
    """Return the test pads of the board, and the pad of its button, by their names."""
    table = parts.load()
    found = [
        Pad(ref, table[ref].value, place.x, place.y, True)
        for ref, place in placement.PLACES.items()
        if ref.startswith("TP")
    ]
    (switch,) = (shape for shape in assembly.shapes() if shape.label.ref == _SWITCH)
    x, y = (round((min(side) + max(side)) / 2, 2) for side in zip(*switch.pads[_HIGH], strict=True))
    return sorted([*found, Pad(_SWITCH, "BUTTON", x, y, False)], key=lambda pad: pad.name)


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
    OUTPUT.write_text(svg(pads()), encoding="utf-8")


if __name__ == "__main__":
    main()
