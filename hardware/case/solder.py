"""The solder on the board, which the case has to clear as it clears the parts. Needs build123d.

Each pad of a fitted part carries a fillet over all of its copper, as high as the part or at most 0.6 mm. Each
soldered hole has a cone on both sides. Pads are read from the board's file, in the case's frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, radians, sin
from typing import NamedTuple

from build123d import Align, Box, Cone, Part, Pos

from hardware.board import electrical
from hardware.board.models import MODELS
from hardware.board.parts import load
from hardware.board.placement import THICKNESS
from hardware.board.sexpr import Node, child, children, numbers, properties

#: How high a fillet climbs, and how far a cone stands out of its hole, in mm.
FILLET, CONE = 0.6, 0.8
#: The cone's end is so much narrower than its ring.
_TAPER = 0.3
_LOW = (Align.CENTER, Align.CENTER, Align.MIN)
_HIGH = (Align.CENTER, Align.CENTER, Align.MAX)


class Pad(NamedTuple):
    """A soldered pad: its centre, y down from the board's corner, and its size along x and y, in mm."""

    ref: str
    name: str
    x: float
    y: float
    width: float
    height: float
    hole: bool


def pads(tree: Node) -> Iterator[Pad]:
    """Return each pad of the board that gets solder."""
    parts = load()
    for footprint in children(tree, "footprint"):
        part = parts[properties(footprint)["Reference"]]
        if not part.mpn:
            continue
        for pad in children(footprint, "pad"):
            if pad[2] != "np_thru_hole" and str(pad[1]):
                yield _pad(part.ref, pad, footprint)


def _pad(ref: str, pad: Node, footprint: Node) -> Pad:
    x, y, turn = (*numbers(child(pad, "at")), 0.0)[:3]
    own, size = radians(turn), numbers(child(pad, "size"))
    width, height = (abs(a * cos(own)) + abs(b * sin(own)) for a, b in (size, size[::-1]))
    middle = electrical.placed(footprint, x, y)
    return Pad(ref, f"{ref} pad {pad[1]}", *middle, width, height, pad[2] == "thru_hole")


def solder() -> dict[str, Part]:
    """Return the solder of each pad by name. Two pads of one name are one body."""
    found: dict[str, Part] = {}
    heights = {ref: _height(part.footprint) for ref, part in load().items() if part.mpn}
    for pad in pads(electrical.board()):
        name = f"the solder of {pad.name}"
        body = _cones(pad) if pad.hole else _fillet(pad, min(FILLET, heights[pad.ref]))
        found[name] = found[name] + body if name in found else body
    return found


def _height(footprint: str) -> float:
    return max(float(shape.bounding_box().max.Z) for shape in MODELS[footprint.split(":")[1]]())


def _fillet(pad: Pad, height: float) -> Part:
    return Pos(pad.x, -pad.y, THICKNESS) * Box(pad.width, pad.height, height, align=_LOW)


def _cones(pad: Pad) -> Part:
    """Return the cones above and below a ring, as long boxes would be for a slot: widened cones."""
    radius = min(pad.width, pad.height) / 2
    along = max(pad.width, pad.height) / 2 - radius
    body = Part()
    for step in (-along, 0.0, along):
        dx, dy = (step, 0.0) if pad.width > pad.height else (0.0, step)
        at = Pos(pad.x + dx, -pad.y - dy, 0)
        body += at * Pos(0, 0, THICKNESS) * Cone(radius, radius - _TAPER, CONE, align=_LOW)
        body += at * Cone(radius - _TAPER, radius, CONE, align=_HIGH)
    return body
