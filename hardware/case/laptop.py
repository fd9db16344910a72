"""A laptop's edge with two USB-A ports and another plug in the second one, for the picture of a key in use.

Frame: that of the case (parts.py); the first port takes the key's plug. Needs build123d. A plug and its grip
are USB's (dimensions.toml). The laptop, and 18 mm from port to port, are our own: no standard says how far
apart ports are, only that a grip may be 16 mm wide.
"""

from __future__ import annotations

from build123d import Align, Axis, Box, Circle, Cylinder, Part, Plane, Pos, Rot, Spline, fillet, sweep

from hardware.board.placement import MIDDLE
from hardware.case import parts
from hardware.dimensions import mm

#: Between the middles of two ports.
PITCH = 18.0
#: A receptacle's opening, with the room that a plug has in it.
_OPENING = (mm("plug", "shell_width") + 0.5, mm("plug", "shell_height") + 0.62)
_DEPTH, _WIDE, _THICK = 130.0, 240.0, 15.0
_FOOT = 1.5
#: The edge stands this far before the key's front.
_EDGE = -parts.FRONT - 0.3
#: The desk, which carries laptop and cable.
DESK = parts.PLUG_MIDDLE - _THICK / 2 - _FOOT
_TAIL = (Align.MAX, Align.CENTER, Align.CENTER)
_FRONT = (Align.MIN, Align.CENTER, Align.CENTER)
_UP = (Align.CENTER, Align.CENTER, Align.MIN)


def ports() -> list[Pos]:
    """Return the middles of both ports at the laptop's edge: the key's, and its neighbour's."""
    return [Pos(_EDGE, -MIDDLE + PITCH * number, parts.PLUG_MIDDLE) for number in (0, 1)]


def body() -> Part:
    """Return the laptop's lower half: ports in its edge, a sunk field for the keys on top."""
    shape = Pos(_EDGE, 40, parts.PLUG_MIDDLE) * Box(_DEPTH, _WIDE, _THICK, align=_TAIL)
    shape = fillet(shape.edges(), 2.4)
    for place in ports():
        shape -= place * Box(14.0, *_OPENING, align=_TAIL)
    return shape - _field(1.0)


def _field(depth: float) -> Part:
    top = parts.PLUG_MIDDLE + _THICK / 2
    return Pos(_EDGE - 14, 40, top) * Box(100, 190, 2 * depth, align=_TAIL)


def caps() -> list[Part]:
    """Return the keyboard's caps."""
    top = parts.PLUG_MIDDLE + _THICK / 2 - 1.0
    cap = Box(15.6, 15.6, 1.2, align=(Align.CENTER, Align.CENTER, Align.MIN))
    cap = fillet(cap.edges().filter_by(Axis.Z), 1.5)
    cap = fillet(cap.faces().sort_by(Axis.Z)[-1].edges(), 0.4)
    return [
        Pos(_EDGE - 24.5 - 18.5 * row, -44.5 + 18.5 * column, top) * cap
        for row in range(5)
        for column in range(10)
    ]


def contacts() -> list[Part]:
    """Return the tongue in each port."""
    return [place * Pos(-1, 0, 1.1) * Box(12.0, 11.1, 1.84, align=_TAIL) for place in ports()]


def shells() -> list[Part]:
    """Return the metal lining of each port."""
    size = Box(13.0, *_OPENING, align=_TAIL)
    hollow = Box(14.0, _OPENING[0] - 0.5, _OPENING[1] - 0.5, align=_TAIL)
    return [place * (size - Pos(0.5, 0, 0) * hollow) for place in ports()]


def neighbour() -> tuple[Part, Part]:
    """Return the other plug's grip, as large as USB lets it be, and its metal shell."""
    place = ports()[1] * Pos(0.3, 0, 0)
    grip = Box(
        mm("port", "neighbour_length"), mm("port", "grip_width"), mm("port", "grip_height"), align=_FRONT
    )
    grip = fillet(grip.edges(), 1.6)
    collar = Pos(mm("port", "neighbour_length") - 1, 0, 0) * Rot(0, 90, 0) * Cylinder(3.2, 10, align=_UP)
    collar = fillet(collar.faces().sort_by(Axis.X)[-1].edges(), 0.8)
    shell = Box(12.0, mm("plug", "shell_width"), mm("plug", "shell_height"), align=_TAIL)
    return place * (grip + collar), place * shell


def cable() -> Part:
    """Return the neighbour's cable, which sinks to the desk and runs away."""
    start = (ports()[1] * Pos(mm("port", "neighbour_length") + 7, 0, 0)).position
    low = DESK + 2.0 - start.Z
    points = [(0, 0, 0), (14, 0.5, -0.8), (40, 9, low), (70, 34, low), (120, 60, low)]
    line = Spline([start + point for point in points], tangents=[(1, 0, 0), (1, 0.4, 0)])
    return sweep(Plane(origin=line @ 0, z_dir=line % 0) * Circle(2.0), path=line)
