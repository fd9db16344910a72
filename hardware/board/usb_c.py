"""Draw what a USB-C plug would take, beside the USB-A plug: `python -m hardware.board.usb_c FILE.svg`.

Sizes of the USB-A stick are the board's own. Those of USB-C are of the USB Type-C specification and of
straddle-mounted plugs, written down without the papers at hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hardware.board.placement import MIDDLE, PLACES, THICKNESS, WIDTH
from hardware.dimensions import mm

#: USB-C, all from memory: the plug's shell (width, height, free length), its grip at most, the board that it
#: straddles, and how far its body reaches over the board.
SHELL, FREE, GRIP, BOARD, BODY = (8.25, 2.40), 6.65, (12.35, 6.50), 0.8, 3.0
_SCALE, _LEFT = 11.0, 250.0
_INK, _SOFT, _BOARD, _METAL, _NEW = "#23262d", "#6a7385", "#cfe3d5", "#c3c8d1", "#f3d9b1"
_SIZE = (1000, 640)


def _rect(x: float, y: float, width: float, height: float, fill: str, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width * _SCALE:.1f}" height="{height * _SCALE:.1f}"'
        f' fill="{fill}" stroke="{_INK}" stroke-width="1.5"{dash}/>'
    )


def _text(x: float, y: float, words: str, size: int = 15, colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}">{words}</text>'


def _top(
    y: float, plug: tuple[float, float, float], width: float, grip: tuple[float, float], fill: str
) -> list[str]:
    """Draw a stick's front from above.

    `plug`: its shell's width and length, before the board and over it. `grip`: its width, how far it reaches
    before the board.
    """
    middle = y + MIDDLE * _SCALE
    across, before, over = plug
    found = [_rect(_LEFT, middle - width / 2 * _SCALE, 40, width, _BOARD)]
    shell = (_LEFT - before * _SCALE, middle - across / 2 * _SCALE)
    found.append(_rect(*shell, before + over, across, fill))
    at = (_LEFT - grip[1] * _SCALE, middle - grip[0] / 2 * _SCALE)
    found.append(_rect(*at, 40 + grip[1], grip[0], "none", dashed=True))
    return found


def _side(y: float, board: float, low: float, height: float, before: float, fill: str) -> list[str]:
    """Draw it from the side: `low` is the shell's underside below the board's, `y` the board's underside."""
    found = [_rect(_LEFT, y - board * _SCALE, 40, board, _BOARD)]
    return [*found, _rect(_LEFT - before * _SCALE, y + (low - height) * _SCALE, before, height, fill)]


def picture() -> str:
    before = mm("plug", "shell_length") / 2 - PLACES["J1"].x
    tall, width = mm("plug", "shell_height"), mm("plug", "shell_width")
    low = tall - mm("plug", "tails_below_top") - THICKNESS
    over = mm("plug", "shell_length") - before
    c_low = (SHELL[1] - BOARD) / 2
    drawn = [
        _text(20, 34, "USB-A, as it is", 18),
        *_top(60, (width, before, over), WIDTH, (mm("port", "grip_width"), 3.0), _METAL),
        *_side(275, THICKNESS, low, tall, before, _METAL),
        _text(720, 90, f"board {WIDTH} × {THICKNESS} mm"),
        _text(720, 114, f"shell {width:g} × {tall:g} mm, sunk {low:.1f} mm"),
        _text(720, 138, f"grip {mm('port', 'grip_width'):g} × {mm('port', 'grip_height'):g} mm"),
        _text(720, 162, "4 contacts: VBUS, D−, D+, GND"),
        _text(20, 340, "USB-C, what it takes", 18),
        *_top(366, (SHELL[0], FREE, BODY), GRIP[0] - 2.2, (GRIP[0], 0.0), _NEW),
        *_side(580, BOARD, c_low, SHELL[1], FREE, _NEW),
        _text(720, 376, f"1  board {BOARD} mm thick: the plug straddles it"),
        _text(720, 400, f"2  neck {GRIP[0] - 2.2:.1f} mm wide in a grip of {GRIP[0]:g} × {GRIP[1]:g}"),
        _text(720, 424, "3  R18, 5.1 kΩ from CC to ground"),
        _text(720, 448, "4  VBUS and GND at both rows, D+ and D−"),
        _text(720, 472, "    of one row alone; the rest stays open"),
        _text(720, 496, "5  cell 2.0 mm and holder 3.4 mm: the case"),
        _text(720, 520, "    is wider and higher 30 mm behind the plug"),
        _text(720, 544, "6  another panel, fixture, case and pictures"),
        _text(
            20, 625, "Dashed: the grip that a port leaves room for. USB-C sizes are from memory.", 14, _SOFT
        ),
    ]
    size = f'viewBox="0 0 {_SIZE[0] + 100} {_SIZE[1]}"'
    ground = f'<rect width="{_SIZE[0] + 100}" height="{_SIZE[1]}" fill="#ffffff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans, sans-serif">'
    return "\n".join([head, ground, *drawn, "</svg>\n"])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")
