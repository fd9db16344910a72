"""The fixture that holds the panel and its plugs level in the oven: `python -m hardware.board.oven FOLDER`.

A sunk plug hangs over the board's edge by 15 mm, reaches below the board, and would tip before its solder is
solid. Two bare plates hold it: on a base of any flat sheet lies a spacer that is as thick as the plug
reaches below the board, with windows under the plugs and under their soldered tabs. The panel lies on the
spacer, the plugs on the base. Both are drawn as DXF for a board house or a laser, in mm from the panel's
lower left corner.
Needs ezdxf.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from hardware.dimensions import mm

from .panel import BAR, BOARDS, PITCH, SPACE, WINDOW
from .placement import LENGTH, MIDDLE, PLACES, WIDTH

#: Between a plug and its window's sides, and how far a window reaches under the board, for the tabs; in mm.
ROOM, UNDER = 1.2, 5.5
#: The panel's holes for pins, from its edges, and the pins' holes in both plates.
TOOLING, PIN = 3.35, 2.0
#: What a spacer of FR-4 may be off, and the board (a house's 10 % are 0.16; ask for 0.05), in mm.
SPACER_TOLERANCE, BOARD_TOLERANCE = 0.08, 0.05
#: So far a tail may stand off its pad: paste of 0.12 mm, and what the solder climbs (memory).
LEVEL = 0.15


class Box(NamedTuple):
    """A rectangle from the panel's lower left corner, y up, in mm."""

    left: float
    low: float
    right: float
    high: float


def thickness() -> float:
    """Return how thick the spacer is: how far the plug's shell reaches below the board's underside, in mm."""
    return mm("plug", "shell_height") - mm("plug", "tails_below_top") - mm("plug", "board_thickness")


def outline() -> Box:
    """Return the panel's outline."""
    width = 2 * BAR + WINDOW + LENGTH + WINDOW
    return Box(0.0, 0.0, width, 2 * BAR + 2 * SPACE + BOARDS * WIDTH + (BOARDS - 1) * (PITCH - WIDTH))


def board_corner(number: int) -> tuple[float, float]:
    """Return the lower left corner of a board; the first is the uppermost."""
    low = outline().high - BAR - SPACE - WIDTH - number * PITCH
    return BAR + WINDOW, low


def plugs() -> list[Box]:
    """Return the outline of each plug's part before its board."""
    half, tip = mm("plug", "shell_width") / 2, PLACES["J1"].x - mm("plug", "shell_length") / 2
    corners = [board_corner(number) for number in range(BOARDS)]
    return [Box(x + tip, y + MIDDLE - half, x, y + MIDDLE + half) for x, y in corners]


def windows() -> list[Box]:
    """Return the spacer's windows: each lets a plug down to the base, and leaves its tabs' solder free."""
    return [Box(plug.left - ROOM, plug.low - ROOM, plug.right + UNDER, plug.high + ROOM) for plug in plugs()]


def pins() -> list[tuple[float, float]]:
    low, (_, _, right, high) = TOOLING, outline()
    return [(x, y) for x in (low, right - low) for y in (low, high - low)]


def faults() -> list[str]:
    """Return what would not hold a plug level."""
    wrong = []
    most = SPACER_TOLERANCE + BOARD_TOLERANCE
    if most > LEVEL:
        wrong.append(f"spacer and board together may be {most:.2f} mm off, more than {LEVEL} mm")
    for plug, window in zip(plugs(), windows(), strict=True):
        if not (window.left < plug.left and window.low < plug.low and window.high > plug.high):
            wrong.append("a plug lies on the spacer")
    for (*_, high), (_, low, *_) in zip(windows()[1:], windows()[:-1], strict=True):
        if low - high < 3:
            wrong.append("the spacer is too narrow between two plugs")
    return wrong


def draw(folder: Path) -> None:
    """Write oven-base.dxf and oven-spacer.dxf."""
    import ezdxf

    for name, cuts in (("base", []), ("spacer", windows())):
        drawing = ezdxf.new("R2010", units=4)
        space = drawing.modelspace()
        for left, low, right, high in (outline(), *cuts):
            space.add_lwpolyline([(left, low), (right, low), (right, high), (left, high)], close=True)
        for place in pins():
            space.add_circle(place, PIN / 2)
        drawing.saveas(folder / f"oven-{name}.dxf")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
    print(thickness(), outline(), faults())
