"""Build a case for each kit, its cell behind two screws: `python -m hardware.kits.cases FOLDER`.

The boards of a kit lie in a row on ledges, their fronts level. x runs along the row from the first board's
left edge, y across it from the middle line, z up from the floor; mm. A base and a lid meet at the boards'
fronts. Screws and their O-rings are those of the stick's case. Needs build123d and trimesh.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from build123d import Align, Box, Cylinder, Part, Pos, Rot, Text, extrude, fillet

from hardware.case.icon import icon
from hardware.dimensions import bought, mm

WALL = FLOOR = ROOF = 1.2
#: Between a board and the walls; the width of the ledges.
GAP, LEDGE = 0.3, 1.0
#: Gap and wall in front of a board with a plug: 11.8 of its 12.7 mm stay free.
CLOSE, FRONT = 0.1, 0.8
#: Room for a screw, and for the plugs of a lead, beside a board.
ROOM = 8.0
_HEAD = mm("screw", "head") / 2 + 0.15
_POST = _HEAD + 0.8
_POCKET, _CORE = 1.2, 0.8
#: What of the roof stays over a screw, so that none comes through; and the room before its tip.
_OVER, _TIP = 0.8, 0.1
#: The smallest hole that a cell goes through on edge, with some room; by the numbers in its name.
_CELL_SIZES = {"CR1220": 12.0, "CR2032": 19.5}
#: A cell on edge is so thick at least.
_ON_EDGE = 1.6
#: The hole for a finger at the Trinkey's BOOT: its length and height, and how deep the dish around it is.
_FINGER_HOLE, _DISH = (11.5, 6.0), 0.4
#: A fingertip is a ball of this radius, whose pulp gives way by so much; how far the switch goes down. In mm.
_FINGERTIP, _PULP, _TRAVEL = 7.0, 0.5, 0.3
#: The icon's middle on the underside, from the boards' middle line, above the letters.
_ICON = 3.2
_UP = (Align.CENTER, Align.CENTER, Align.MIN)
_LOW = (Align.MIN, Align.MIN, Align.MIN)


@dataclass(frozen=True)
class Opening:
    """A rectangular hole through the walls. `filled`: a part stands in it, so nothing can come out."""

    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]
    filled: bool = False


@dataclass(frozen=True)
class Kit:
    """The boards of a case by their names in boards.toml, and whether it has a plug, a button or a lead."""

    boards: tuple[str, ...]
    plug: bool = False
    button: bool = False
    lead: bool = False


KITS = {
    "trinkey-qt2040": Kit(("trinkey-qt2040", "ds3231-stemma"), plug=True),
    "macropad": Kit(("ds3231-stemma",), lead=True),
    "pico": Kit(("pico", "zs-042"), button=True),
    "rp2040-one": Kit(("zs-042",), lead=True),
}


class Case:
    """The base and the lid of one kit."""

    def __init__(self, kit: Kit) -> None:
        self.kit, self.data = kit, [bought(name) for name in kit.boards]
        self.starts = self._row()
        self.half = max(board["width"] for board in self.data) / 2 + GAP
        #: The height of the boards' fronts, and of the ceiling.
        self.top = max(board["under"] + board["thickness"] for board in self.data)
        self.ceiling = self.top + max(board["above"] for board in self.data)
        self.left = -CLOSE if kit.plug else -GAP if kit.button else -ROOM
        self.right = self.starts[-1] + self.data[-1]["length"] + ROOM
        #: Where the holes for the screws end, and where their heads lie.
        self.bottom = self.ceiling + ROOF - _OVER
        self.seat = self.bottom - _TIP - mm("screw", "length")

    def _row(self) -> list[float]:
        starts = [0.0]
        for board in self.data[:-1]:
            starts.append(starts[-1] + board["length"] + 1.5 * ROOM)
        return starts

    def boards(self) -> dict[str, Part]:
        """Return each bare board, and the room of its cell below it."""
        found = {}
        for name, board, x in zip(self.kit.boards, self.data, self.starts, strict=True):
            low, width = self.top - board["thickness"], board["width"]
            found[name] = _box((x, x + board["length"]), (-width / 2, width / 2), (low, self.top))
            if "cell" in board:
                middle, half = board["cell"], width / 2 - LEDGE - 0.2
                across = (x + middle[0] - half, x + middle[0] + half)
                found[f"{name}'s cell"] = _box(across, (-half, half), (low - board["under"] + 0.1, low))
        return found

    def posts(self) -> list[tuple[float, float]]:
        """Return the two screws' places: beside the middle line, along which leads and wires run."""
        aside = self.half - _POST + WALL / 2
        if len(self.starts) == 1:
            return [(self.left + _POST - 0.3, -aside), (self.right - _POST + 0.3, aside)]
        ends = self.starts[0] + self.data[0]["length"], self.starts[1]
        gap = (ends[0] + ends[1]) / 2
        return [(gap, -aside), (self.right - _POST + 0.3, aside)]

    def openings(self) -> list[Opening]:
        """Return the holes in the walls: for plug, buttons, USB socket, and a lead."""
        found = []
        if self.kit.plug:
            board = self.data[0]
            half, low = board["plug"]["half"] + 0.3, self.top - board["thickness"] - 0.3
            found.append(Opening((self.left - FRONT - 1, 0), (-half, half), (low, self.top + 0.8), True))
            x = board["reset"][0]
            side = (self.half - 0.5, self.half + 2)
            found.append(Opening((x - 1, x + 1), side, (self.top, self.top + 3.0)))
            found.append(self.finger_hole())
            x, y = board["light"]
            found.append(
                Opening((x - 1.5, x + 1.5), (y - 1.5, y + 1.5), (self.ceiling - 1, self.ceiling + 2))
            )
        if self.kit.button:
            # The Pico's micro-USB socket hangs over its edge; its LED lies beside it.
            found.append(Opening((self.left - 2, 0), (-5.5, 5.5), (self.top - 1.5, self.top + 3.5), True))
            found.append(Opening((3.0, 6.0), (5.0, 8.0), (self.ceiling - 1, self.ceiling + 2)))
        if self.kit.lead:
            found.append(Opening((self.left - 2, self.left + 1), (-3, 3), (self.top, self.top + 3.0)))
        return found

    def finger_hole(self) -> Opening:
        """Return the hole at the Trinkey's BOOT, whose plunger looks out of the board's side."""
        (x, _), (length, height) = self.data[0]["boot"], _FINGER_HOLE
        side = (-self.half - 2, -self.half + 0.5)
        return Opening((x - length / 2, x + length / 2), side, (self.ceiling - height, self.ceiling))

    def _dish(self) -> Part:
        """Return what is cut off the outside around the finger's hole."""
        hole, rim = self.finger_hole(), self.half + WALL
        along = (hole.x[0] - 1.5, hole.x[1] + 1.5)
        return _box(along, (-rim - 1, -rim + _DISH), (hole.z[0] - 1.5, self.ceiling + ROOF + 1))

    def base(self) -> Part:
        front = FRONT if self.kit.plug else WALL
        body = self._hull((-FLOOR, self.top), front)
        body -= _box((self.left, self.right), (-self.half, self.half), (0, self.top + 1))
        for board, x in zip(self.data, self.starts, strict=True):
            inner, ledge = board["width"] / 2 - LEDGE, self.top - board["thickness"]
            for sides in ((inner, self.half), (-self.half, -inner)):
                body += _box((x, x + board["length"]), sides, (0, ledge))
            body += self._stops(board, x)
        for x, y in self.posts():
            body += Pos(x, y, 0) * Cylinder(_POST, self.top, align=_UP)
        body = body - self._screw_holes() - self._holes()
        return body - self._warning()

    def _stops(self, board: dict[str, Any], x: float) -> Part:
        """Return low stops at the four corners, which keep a board from sliding along the row."""
        found, edge = Part(), board["width"] / 2
        for start in (x - 1.2, x + board["length"] + 0.2):
            for y in ((edge - 3, self.half), (-self.half, -edge + 3)):
                found += _box((start, start + 1.0), y, (0, self.top - 0.1))
        room = _box((self.left, self.right), (-self.half, self.half), (0, self.top))
        return found & room

    def lid(self) -> Part:
        front = FRONT if self.kit.plug else WALL
        body = self._hull((self.top, self.ceiling + ROOF), front)
        body -= _box((self.left, self.right), (-self.half, self.half), (self.top - 1, self.ceiling))
        for board, x in zip(self.data, self.starts, strict=True):
            edge, end = board["width"] / 2, x + board["length"]
            for along in ((x, x + 1.4), (end - 1.4, end)):
                for sides in ((edge - 1.2, self.half + 0.1), (-self.half - 0.1, -edge + 1.2)):
                    body += _box(along, sides, (self.top + 0.15, self.ceiling + 0.1))
        for x, y in self.posts():
            at = Pos(x, y, self.top)
            body += at * Cylinder(_POST - 0.45, self.ceiling - self.top + 0.1, align=_UP)
            body -= at * Cylinder(_CORE, self.bottom - self.top, align=_UP)
        if self.kit.button:
            body = self._button_place(body)
        return body - self._holes()

    def _button_place(self, body: Part) -> Part:
        """Add a pocket below the lid for a push-button of 6 x 6 mm, whose plunger comes through."""
        x = (self.starts[0] + self.data[0]["length"] + self.starts[1]) / 2
        frame = Box(8.6, 8.6, 2.0, align=_UP) - Box(6.2, 6.2, 2.0, align=_UP)
        body += Pos(x, 0, self.ceiling - 1.9) * frame
        return body - Pos(x, 0, self.ceiling - 1) * Cylinder(1.9, ROOF + 2, align=_UP)

    def _hull(self, z: tuple[float, float], front: float) -> Part:
        rim = self.half + WALL
        body = _box((self.left - front, self.right + WALL), (-rim, rim), z)
        upright = [edge for edge in body.edges() if abs(edge.tangent_at(0).Z) > 0.9]
        return fillet(upright, 0.7 if self.kit.plug else 1.5)

    def _holes(self) -> Part:
        cut = Part()
        for opening in self.openings():
            cut += _box(opening.x, opening.y, opening.z)
        return cut + self._dish() if self.kit.plug else cut

    def _screw_holes(self) -> Part:
        cut = Part()
        for x, y in self.posts():
            at = Pos(x, y, 0)
            cut += at * Pos(0, 0, -FLOOR - 1) * Cylinder(_HEAD, self.seat + FLOOR + 1, align=_UP)
            cut += at * Pos(0, 0, -FLOOR) * Cylinder(mm("screw", "thread") / 2 + 0.15, 30, align=_UP)
            ring = Cylinder(mm("screw", "ring") / 2 + 0.15, _POCKET + 1, align=_UP)
            cut += at * Pos(0, 0, self.top - _POCKET) * ring
        return cut

    def screws(self) -> Part:
        """Return both screws in their seats, the longest ones, with their O-rings."""
        found = Part()
        for x, y in self.posts():
            at, head = Pos(x, y, 0), mm("screw", "head_height")
            found += at * Pos(0, 0, self.seat - head) * Cylinder(mm("screw", "head") / 2, head, align=_UP)
            shank = Cylinder(mm("screw", "thread") / 2, self.top - self.seat, align=_UP)
            root = Cylinder(0.78, self.seat + mm("screw", "length") - self.top, align=_UP)
            ring = Cylinder(mm("screw", "ring") / 2, mm("screw", "ring_height"), align=_UP)
            found += at * Pos(0, 0, self.seat) * shank + at * Pos(0, 0, self.top) * root
            found += at * Pos(0, 0, self.top - _POCKET) * ring
        return found

    def _warning(self) -> Part:
        """Return the letters of the warning, cut 0.4 mm deep into the underside below the cell."""
        x, board = next(
            (x, board) for x, board in zip(self.starts, self.data, strict=True) if "cell" in board
        )
        at = Pos(x + board["cell"][0], 0, -FLOOR + 0.4) * Rot(180, 0, 0)
        cut = at * Pos(0, _ICON, 0) * icon(1.4)
        for line, y in ((f"WARNING  {board['cell_name']} INSIDE", -3.0), ("KEEP AWAY FROM CHILDREN", -5.9)):
            cut += at * Pos(0, y, 0) * extrude(Text(line, font_size=1.8, font="DejaVu Sans"), amount=1)
        return cut

    def parts(self) -> dict[str, Part]:
        return {"base": self.base(), "lid": self.lid()}


def _box(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> Part:
    return Pos(x[0], y[0], z[0]) * Box(x[1] - x[0], y[1] - y[0], z[1] - z[0], align=_LOW)


def faults(case: Case, printed: dict[str, Part]) -> list[str]:
    """Return what overlaps, and each opening that the cell could come out of."""
    inside = case.boards() | {"screws": case.screws()}
    wrong = [
        f"{name} and {other} overlap"
        for name, part in printed.items()
        for other, shape in inside.items()
        if _shared(part, shape) > 1e-3
    ]
    for x, y in case.posts():
        cover = Pos(x, y, case.ceiling + ROOF - _OVER) * Cylinder(_CORE, _OVER, align=_UP)
        if cover.volume - _shared(printed["lid"], cover) > 1e-3:
            wrong.append(f"less than {_OVER} mm of the lid are over a screw")
    smallest = min(_CELL_SIZES[board["cell_name"]] for board in case.data if "cell" in board)
    for opening in case.openings():
        sizes = sorted(end - start for start, end in (opening.x, opening.y, opening.z))
        if not opening.filled and sizes[2] >= smallest and sizes[1] >= _ON_EDGE:
            wrong.append(f"the cell can come out of {opening}")
    if case.kit.plug and (short := out_of_reach(case)) > 0:
        wrong.append(f"a finger ends {short:.2f} mm before it has pressed BOOT")
    if _shared(printed["base"], printed["lid"]) > 1e-3:
        wrong.append("base and lid overlap")
    return wrong


def out_of_reach(case: Case) -> float:
    """Return by how many mm a fingertip ends before the end of BOOT's way; negative if it reaches further."""
    hole = case.finger_hole()
    half = min(hole.x[1] - hole.x[0], hole.z[1] - hole.z[0]) / 2
    goes_in = _FINGERTIP - (_FINGERTIP**2 - half**2) ** 0.5 + _PULP
    return float(case.half + WALL - _DISH + case.data[0]["plunger"] + _TRAVEL - goes_in)


def _shared(one: Any, other: Any) -> float:
    common = one & other
    return float(common.volume) if common else 0.0


def main(folder: str) -> int:
    """Write STL and STEP of each part, and say what is wrong."""
    import trimesh
    from build123d import export_step, export_stl

    target, wrong = Path(folder), []
    target.mkdir(parents=True, exist_ok=True)
    for kit, made in KITS.items():
        case = Case(made)
        printed = case.parts()
        wrong += [f"{kit}: {line}" for line in faults(case, printed)]
        for name, part in printed.items():
            part.label = f"{kit} {name}"
            export_stl(part, str(target / f"{kit}-{name}.stl"), tolerance=0.02)
            export_step(part, str(target / f"{kit}-{name}.step"))
            mesh = trimesh.load(target / f"{kit}-{name}.stl")
            if not mesh.is_watertight or mesh.body_count != 1:
                wrong.append(f"{kit}-{name}.stl is not one watertight body")
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"the kits fit into their cases, whose parts are in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
