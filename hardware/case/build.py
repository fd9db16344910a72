"""Build the case and check it: `python -m hardware.case.build FOLDER` writes STL and STEP of each part.

Needs build123d and trimesh.
"""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path
from typing import Any

from build123d import Align, Box, Color, Compound, Cylinder, Part, Pos, export_step, export_stl

from hardware.board.models import MODELS
from hardware.board.parts import load
from hardware.board.placement import CORNER, LENGTH, NOTCH, PLACES, THICKNESS, WIDTH
from hardware.case import parts, solder, strength
from hardware.dimensions import mm

COLOURS = {
    "shell": Color(0.16, 0.17, 0.20),
    "lid": Color(0.16, 0.17, 0.20),
    "button": Color(0.05, 0.42, 0.30),
    "pipe": Color(0.55, 0.95, 0.70, 0.8),
}
#: Overlaps below this volume, in cubic mm, are rounding errors of the geometry kernel.
_NOTHING = 1e-3
#: The root of an M2 thread (ISO 724: 1.567).
_ROOT = 1.567
#: So much the retainer may stand higher than its drawing says.
_OVER_CELL = 0.3
#: Where letters are cut into a part: the heights of their ends.
LETTERS = {
    "shell": (parts.BOTTOM, parts.BOTTOM + parts.LETTERS),
    "lid": (parts.HIGH - parts.LETTERS, parts.HIGH),
}


def board() -> dict[str, Part]:
    """Return the bare board, its parts: the plug in detail, and a box around each other part."""
    flat = (Align.MIN, Align.MAX, Align.MIN)
    found = {"board": Box(NOTCH[0], WIDTH, THICKNESS, align=flat)}
    tail = (LENGTH - NOTCH[0], WIDTH - CORNER - NOTCH[1], THICKNESS)
    found["tail"] = Pos(NOTCH[0], -NOTCH[1], 0) * Box(*tail, align=flat)
    for ref, part in load().items():
        if part.mpn:
            found[ref] = _around(ref, part.footprint.split(":")[1])
    found["J1"] = plug()
    found["BT1"] = holder()
    found["screw"] = screw()
    return found


def screw() -> Part:
    """Return the longest screw in its seat, with its O-ring. In the lid it is as thick as a thread's core."""
    up = (Align.CENTER, Align.CENTER, Align.MIN)
    at = Pos(parts.SCREW[0], -parts.SCREW[1], 0)
    seat, lid = parts.SEAT, THICKNESS + 0.1
    head = Pos(0, 0, seat - mm("screw", "head_height")) * Cylinder(
        mm("screw", "head") / 2, mm("screw", "head_height"), align=up
    )
    shank = Pos(0, 0, seat) * Cylinder(mm("screw", "thread") / 2, lid - seat, align=up)
    root = Pos(0, 0, lid) * Cylinder(_ROOT / 2, seat + mm("screw", "short") - lid, align=up)
    ring = Pos(0, 0, parts.POCKET) * Cylinder(mm("screw", "ring") / 2, mm("screw", "ring_height"), align=up)
    return at * (head + shank + root + ring)


def plug() -> Part:
    """Return the plug's outline from its drawing: sunk in front of the board, above it behind the edge."""
    place, length, full = PLACES["J1"], mm("plug", "shell_length"), mm("plug", "full_height_length")
    width, tip = mm("plug", "shell_width"), place.x - mm("plug", "shell_length") / 2
    flat = (Align.MIN, Align.CENTER, Align.MIN)
    front = Pos(tip, -place.y, parts.PLUG_LOW) * Box(full, width, mm("plug", "shell_height"), align=flat)
    over = Box(length - full, width, mm("plug", "tails_below_top"), align=flat)
    return front + Pos(tip + full, -place.y, THICKNESS) * over


def holder() -> Part:
    """Return the cell in its holder: a box around the retainer, and its feet, which are flat."""
    place, high, feet = PLACES["BT1"], mm("holder", "height"), mm("holder", "feet")
    long, above = mm("holder", "length"), mm("holder", "above_middle")
    flat = (Align.CENTER, Align.CENTER, Align.MIN)
    body = Box(long, 2 * above, high, align=flat) + Box(feet, 3.3, 0.5, align=flat)
    return Pos(place.x, -place.y, THICKNESS) * body


def _around(ref: str, footprint: str) -> Part:
    place = PLACES[ref]
    boxes = [shape.bounding_box() for shape in MODELS[footprint]()]
    low = [min(getattr(box.min, axis) for box in boxes) for axis in "XYZ"]
    high = [max(getattr(box.max, axis) for box in boxes) for axis in "XYZ"]
    size = [b - a for a, b in zip(low, high, strict=True)]
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    if place.back:
        middle[0] = -middle[0]
    for _ in range(place.turn // 90):
        size[:2], middle[:2] = [size[1], size[0]], [-middle[1], middle[0]]
    z = -middle[2] if place.back else THICKNESS + middle[2]
    return Pos(place.x + middle[0], -place.y + middle[1], z) * Box(*size)


def case() -> dict[str, Part]:
    return {"shell": parts.shell(), "lid": parts.lid(), "button": parts.button(), "pipe": parts.pipe()}


def collisions(printed: dict[str, Part]) -> list[str]:
    """Return each pair of parts that overlap."""
    inside = board()
    pairs = [(a, printed[a], b, printed[b]) for a, b in combinations(printed, 2)]
    pairs += [(a, printed[a], b, inside[b]) for a in printed for b in inside]
    wrong = [f"{a} and {b} overlap" for a, one, b, other in pairs if _shared(one, other) > _NOTHING]
    return wrong + [line for name, part in printed.items() for line in solder_in_the_way(name, part)]


def solder_in_the_way(name: str, part: Part) -> list[str]:
    """Return the pads whose solder `part` overlaps. All solder is cut at once: each cut takes a second."""
    found = solder.solder()
    common = part & Compound(children=list(found.values()))
    solids = [solid for solid in common.solids() if solid.volume > _NOTHING] if common else []
    return sorted(
        {
            f"{name} and {pad} overlap"
            for pad, body in found.items()
            for solid in solids
            if body.is_inside(solid.center())
        }
    )


def clearances(printed: dict[str, Part]) -> list[str]:
    """Return what is nearer to the plug, the button or a neighbouring port than the case's figures say."""
    wrong = []
    case_front = printed["shell"] + printed["lid"]
    box = (case_front & _before(mm("port", "neighbour_length"))).bounding_box()
    for axis, middle, room in (("Y", -PLACES["J1"].y, "grip_width"), ("Z", parts.PLUG_MIDDLE, "grip_height")):
        reach = max(getattr(box.max, axis) - middle, middle - getattr(box.min, axis))
        if reach > mm("port", room) / 2 + _NOTHING:
            wrong.append(f"the first 30 mm reach {reach:.2f} mm from the plug's middle ({axis})")
    free = mm("plug", "shell_length") - mm("plug", "shell_length") / 2 - PLACES["J1"].x - parts.FRONT
    if free < mm("port", "free_length"):
        wrong.append(f"only {free:.2f} mm of the plug are free")
    for name in ("shell", "lid"):
        distance = printed[name].distance_to(plug())
        if distance < parts.PLUG_GAP - _NOTHING:
            wrong.append(f"{name} is {distance:.2f} mm from the plug, not {parts.PLUG_GAP} mm")
    above = parts.HIGH_CEILING - THICKNESS - mm("holder", "height")
    if above < _OVER_CELL:
        wrong.append(f"the lid is {above:.2f} mm above the cell's holder")
    travel = parts.CEILING - 0.1 - parts.FLANGE - THICKNESS - mm("button", "body_height")
    if travel < parts.REST + mm("button", "travel"):
        wrong.append(f"the button's flange meets the switch after {travel:.2f} mm")
    return wrong


def _before(length: float) -> Part:
    """Return everything within the first `length` mm of the case."""
    return Pos(-parts.FRONT - 1, 0, 0) * Box(
        length + 1, 200, 200, align=(Align.MIN, Align.CENTER, Align.CENTER)
    )


def _shared(one: Any, other: Any) -> float:
    a, b = one.bounding_box(), other.bounding_box()
    if any(getattr(a.max, k) <= getattr(b.min, k) or getattr(b.max, k) <= getattr(a.min, k) for k in "XYZ"):
        return 0.0
    common = one & other
    return float(common.volume) if common else 0.0


def leaks(folder: Path, printed: dict[str, Part]) -> list[str]:
    """Return each part whose STL is not one closed surface."""
    import trimesh

    wrong = []
    for name in printed:
        mesh = trimesh.load(folder / f"{name}.stl")
        if not mesh.is_watertight or mesh.volume <= 0 or mesh.body_count != 1:
            wrong.append(f"{name}.stl is not one watertight body")
    return wrong


def main(folder: str) -> int:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    printed = case()
    for name, part in printed.items():
        part.color, part.label = COLOURS[name], name
        export_stl(part, str(target / f"{name}.stl"), tolerance=0.02)
        export_step(part, str(target / f"{name}.step"))
    wrong = collisions(printed) + clearances(printed) + leaks(target, printed)
    measured = {name: strength.thinnest(target / f"{name}.stl", LETTERS.get(name)) for name in printed}
    wrong += [line for name in printed for line in strength.faults(target / f"{name}.stl", LETTERS.get(name))]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        figures = ", ".join(f"{name} {wall.thickness:.2f} mm" for name, wall in measured.items())
        print(f"the case fits around the board; its parts are in {folder}; thinnest walls: {figures}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
