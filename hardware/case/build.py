"""Build the case and check it: `python -m hardware.case.build FOLDER` writes STL and STEP of each part.

Needs build123d and trimesh.
"""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path
from typing import Any

from build123d import Align, Box, Color, Part, Pos, export_step, export_stl

from hardware.board.models import MODELS
from hardware.board.parts import load
from hardware.board.placement import CORNER, LENGTH, PLACES, THICKNESS, WIDTH

from . import parts

COLOURS = {
    "shell": Color(0.16, 0.17, 0.20),
    "lid": Color(0.16, 0.17, 0.20),
    "button": Color(0.05, 0.42, 0.30),
    "pipe": Color(0.55, 0.95, 0.70, 0.8),
}
#: Smaller overlaps than this, in cubic mm, are the kernel's own rounding.
_NOTHING = 1e-3


def board() -> dict[str, Part]:
    """The bare board and a box around each part on it, which is never smaller than the part."""
    flat = (Align.MIN, Align.MAX, Align.MIN)
    found = {"board": Box(LENGTH - CORNER, WIDTH, THICKNESS, align=flat)}
    found["tail"] = Pos(LENGTH - CORNER, -CORNER, 0) * Box(CORNER, WIDTH - 2 * CORNER, THICKNESS, align=flat)
    for ref, part in load().items():
        if part.mpn:
            found[ref] = _around(ref, part.footprint.split(":")[1])
    return found


def _around(ref: str, footprint: str) -> Part:
    place = PLACES[ref]
    boxes = [shape.bounding_box() for shape in MODELS[footprint]()]
    low = [min(getattr(box.min, axis) for box in boxes) for axis in "XYZ"]
    high = [max(getattr(box.max, axis) for box in boxes) for axis in "XYZ"]
    size = [b - a for a, b in zip(low, high, strict=True)]
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    for _ in range(place.turn // 90):
        size[:2], middle[:2] = [size[1], size[0]], [-middle[1], middle[0]]
    z = -middle[2] if place.back else THICKNESS + middle[2]
    return Pos(place.x + middle[0], -place.y + middle[1], z) * Box(*size)


def case() -> dict[str, Part]:
    return {"shell": parts.shell(), "lid": parts.lid(), "button": parts.button(), "pipe": parts.pipe()}


def collisions(printed: dict[str, Part]) -> list[str]:
    """Each pair of things that would want the same room."""
    inside = board()
    pairs = [(a, printed[a], b, printed[b]) for a, b in combinations(printed, 2)]
    pairs += [(a, printed[a], b, inside[b]) for a in printed for b in inside]
    return [f"{a} and {b} overlap" for a, one, b, other in pairs if _shared(one, other) > _NOTHING]


def _shared(one: Any, other: Any) -> float:
    a, b = one.bounding_box(), other.bounding_box()
    if any(getattr(a.max, k) <= getattr(b.min, k) or getattr(b.max, k) <= getattr(a.min, k) for k in "XYZ"):
        return 0.0
    common = one & other
    return float(common.volume) if common else 0.0


def leaks(folder: Path, printed: dict[str, Part]) -> list[str]:
    """Each part whose STL is not a closed surface in one piece."""
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
    wrong = collisions(printed) + leaks(target, printed)
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"the case fits around the board; its parts are in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
