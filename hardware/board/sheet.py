"""A sheet of a schematic: places symbols, draws wires, and writes KiCad's file.

Positions are in grid units of 1.27 mm from the sheet's upper left corner, y down. Identifiers are derived
from what they name, so the same drawing always gives the same file.
"""

from __future__ import annotations

import uuid
from collections import Counter
from itertools import pairwise
from typing import Any

from hardware.board import sexpr
from hardware.board.parts import Part
from hardware.board.sexpr import Node, Quoted, child, children, properties, write

GRID = 1.27
Point = tuple[float, float]
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://totpkey.example/hardware/board")
_Q = Quoted
#: Stands in the title blocks of schematic and layout.
LICENCE = "Licence: CERN-OHL-P-2.0"


class Sheet:
    """One A3 sheet."""

    def __init__(self, project: str, title: str, revision: str, date: str, comment: str) -> None:
        self._project = project
        self._root = self._uuid("root")
        self._heading = (title, revision, date, comment)
        self._symbols: dict[str, Node] = {}
        self._placed: list[Node] = []
        self._graphics: list[Node] = []
        self._wires: list[tuple[Point, Point]] = []
        self._pins: dict[tuple[str, str], Point] = {}
        self._labels: set[Point] = set()
        self._power_count = 0

    # Parts

    def part(
        self,
        part: Part,
        x: float,
        y: float,
        turn: int = 0,
        ref: Point | None = None,
        value: Point | None = None,
    ) -> None:
        """Place `part` with its centre at x, y, turned `turn` degrees counter-clockwise.

        `ref` and `value` are where its texts begin.
        """
        drawn = self._symbol(part.symbol)
        at_ref, at_value = ref or (2, -1), value or (2, 1)
        fields = {"Footprint": part.footprint, "Datasheet": part.datasheet or "~"}
        fields["Description"] = properties(drawn).get("Description", "")
        if part.mpn:
            fields |= {"Manufacturer": part.maker, "MPN": part.mpn}
        texts = [
            # Text turns with its symbol; turning it once more makes it horizontal again.
            _property("Reference", part.ref, (x + at_ref[0], y + at_ref[1]), turn=turn % 180),
            _property("Value", part.value, (x + at_value[0], y + at_value[1]), turn=turn % 180),
        ]
        texts += [_property(name, text, (x, y), hidden=True) for name, text in fields.items()]
        self._place(part.ref, part.symbol, (x, y), turn, texts, bool(part.mpn), part.fitted)

    def power(self, name: str, x: float, y: float, turn: int = 0) -> None:
        """Place a power symbol ("GND", "+3V3") or PWR_FLAG with its pin at x, y."""
        self._power_count += 1
        ref = f"#{'FLG' if name == 'PWR_FLAG' else 'PWR'}{self._power_count:02}"
        below = name == "GND" or turn == 180
        text = _property("Value", name, (x, y + (3.2 if below else -2.7)), justify="")
        if name == "GND":
            text = _property("Value", name, (x, y), hidden=True)
        hidden = [
            _property("Reference", ref, (x, y), hidden=True),
            _property("Footprint", "", (x, y), hidden=True),
        ]
        hidden.append(_property("Datasheet", "~" if name == "PWR_FLAG" else "", (x, y), hidden=True))
        self._place(ref, f"power:{name}", (x, y), turn, [hidden[0], text, *hidden[1:]], False)

    def pin(self, ref: str, number: str | int) -> Point:
        return self._pins[ref, str(number)]

    # Lines

    def wire(self, *points: Point) -> None:
        """Draw a wire through `points`, each straight above, below or beside the previous one."""
        for start, end in pairwise(points):
            if start[0] != end[0] and start[1] != end[1]:
                raise ValueError(f"a wire runs aslant from {start} to {end}")
            self._wires.append((start, end))

    def label(self, name: str, x: float, y: float, side: str = "left") -> None:
        """Place a net's name at the end of a wire; the text is on `side` of that point."""
        turn, justify = (180, "right") if side == "left" else (0, "left")
        self._labels.add((x, y))
        node = [
            "label",
            _Q(name),
            _at(x, y, turn),
            _effects(f"{justify} bottom"),
            self._id(f"label {name} {x} {y}"),
        ]
        self._placed.append(node)

    def unused(self, ref: str, *numbers: str | int) -> None:
        for number in numbers:
            x, y = self.pin(ref, number)
            self._placed.append(["no_connect", _at(x, y), self._id(f"nc {ref} {number}")])

    # Annotations

    def block(self, title: str, x: float, y: float, right: float, bottom: float) -> None:
        """Draw a frame with a title in its upper left corner."""
        stroke = ["stroke", ["width", 0.2], ["type", "dash"], ["color", 110, 110, 110, 1]]
        corners = [["start", *_mm(x, y)], ["end", *_mm(right, bottom)]]
        self._graphics.append(
            ["rectangle", *corners, stroke, ["fill", ["type", "none"]], self._id(f"block {title}")]
        )
        self.text(title, x + 1.5, y + 3.2, 2.2, bold=True)

    def text(self, text: str, x: float, y: float, size: float = 1.5, bold: bool = False) -> None:
        font: Node = ["font", ["size", size, size]] + ([["bold", "yes"]] if bold else [])
        effects = ["effects", font, ["justify", "left", "top" if "\n" in text else "bottom"]]
        node = [
            "text",
            _Q(text),
            ["exclude_from_sim", "no"],
            _at(x, y, 0),
            effects,
            self._id(f"text {x} {y}"),
        ]
        self._graphics.append(node)

    def file(self) -> str:
        """Return the content of the .kicad_sch file."""
        title, revision, date, comment = self._heading
        block: Node = ["title_block", ["title", _Q(title)], ["date", _Q(date)], ["rev", _Q(revision)]]
        block += [["company", _Q("totpkey")], ["comment", 1, _Q(comment)], ["comment", 2, _Q(LICENCE)]]
        body: Node = [
            "kicad_sch",
            ["version", 20250114],
            ["generator", _Q("totpkey")],
            ["generator_version", _Q("9.0")],
        ]
        body += [
            ["uuid", _Q(self._root)],
            ["paper", _Q("A3")],
            block,
            ["lib_symbols", *self._symbols.values()],
        ]
        body += self._graphics + [self._junction(point) for point in self._crossings()]
        body += [self._wire(*ends) for ends in self._pieces()] + self._placed
        body += [["sheet_instances", ["path", _Q("/"), ["page", _Q("1")]]], ["embedded_fonts", "no"]]
        return write(body) + "\n"

    def _symbol(self, lib_id: str) -> Node:
        if lib_id not in self._symbols:
            self._symbols[lib_id] = sexpr.symbol(lib_id)
        return self._symbols[lib_id]

    def _place(
        self,
        ref: str,
        lib_id: str,
        at: Point,
        turn: int,
        texts: list[Node],
        bought: bool,
        fitted: bool = True,
    ) -> None:
        drawn = self._symbol(lib_id)
        for pin in sexpr.pins(drawn):
            self._pins[ref, pin.number] = turned(at, turn, pin.x / GRID, pin.y / GRID)
        flags = [["exclude_from_sim", "no"], ["in_bom", "yes" if bought else "no"]]
        flags += [["on_board", "no" if ref.startswith("#") else "yes"]]
        flags += [["dnp", "no" if fitted else "yes"]]
        if ref.startswith("#"):
            flags = [
                [name, str(child(drawn, name)[1])] for name in ("exclude_from_sim", "in_bom", "on_board")
            ] + [["dnp", "no"]]
        instance = ["path", _Q("/" + self._root), ["reference", _Q(ref)], ["unit", 1]]
        node: Node = [
            "symbol",
            ["lib_id", _Q(lib_id)],
            _at(*at, turn),
            ["unit", 1],
            *flags,
            self._id(ref),
            *texts,
        ]
        node += [["pin", _Q(pin.number), self._id(f"{ref} {pin.number}")] for pin in sexpr.pins(drawn)]
        node.append(["instances", ["project", _Q(self._project), instance]])
        self._placed.append(node)

    def _wire(self, start: Point, end: Point) -> Node:
        points = ["pts", ["xy", *_mm(*start)], ["xy", *_mm(*end)]]
        return [
            "wire",
            points,
            ["stroke", ["width", 0], ["type", "default"]],
            self._id(f"wire {start} {end}"),
        ]

    def _junction(self, point: Point) -> Node:
        return [
            "junction",
            _at(*point),
            ["diameter", 0],
            ["color", 0, 0, 0, 0],
            self._id(f"junction {point}"),
        ]

    def _pieces(self) -> list[tuple[Point, Point]]:
        """Return the wires, cut at pins, labels and ends of others, since KiCad joins only at ends."""
        marks = {point for ends in self._wires for point in ends} | set(self._pins.values()) | self._labels
        pieces = []
        for start, end in self._wires:
            stops = sorted({start, end} | {point for point in marks if _inside(point, start, end)})
            pieces += list(pairwise(stops))
        return pieces

    def _crossings(self) -> list[Point]:
        """Return where three or more ends of wires and pins meet."""
        ends = Counter(point for piece in self._pieces() for point in piece)
        pins = Counter(self._pins.values())
        return sorted(point for point, number in ends.items() if number + min(pins[point], 1) >= 3)

    def _id(self, name: str) -> Node:
        return ["uuid", _Q(self._uuid(name))]

    def _uuid(self, name: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, f"{self._project} {name}"))


def turned(at: Point, turn: int, x: float, y: float) -> Point:
    """Return where a symbol's point x, y (y up) is on the sheet (y down), turned to the left about `at`."""
    x, y = {0: (x, y), 90: (-y, x), 180: (-x, -y), 270: (y, -x)}[turn]
    return round(at[0] + x, 4), round(at[1] - y, 4)


def _inside(point: Point, start: Point, end: Point) -> bool:
    """Return whether `point` is on a wire, excluding its ends."""
    (x, y), (left, right), (top, bottom) = point, sorted((start[0], end[0])), sorted((start[1], end[1]))
    return left <= x <= right and top <= y <= bottom and point not in (start, end)


def _mm(x: float, y: float) -> tuple[float, float]:
    return round(x * GRID, 4), round(y * GRID, 4)


def _at(x: float, y: float, turn: int | None = None) -> Node:
    return ["at", *_mm(x, y)] + ([] if turn is None else [turn])


def _effects(justify: str, hidden: bool = False) -> Node:
    node: Node = ["effects", ["font", ["size", 1.27, 1.27]]]
    if justify:
        node.append(["justify", *justify.split()])
    return [*node, ["hide", "yes"]] if hidden else node


def _property(
    name: str, text: str, at: Point, justify: str = "left", hidden: bool = False, turn: int = 0
) -> Node:
    return ["property", _Q(name), _Q(text), _at(*at, turn), _effects("" if hidden else justify, hidden)]


def references(schematic: Node) -> dict[str, Any]:
    """Return the symbols of a schematic by reference."""
    return {properties(item)["Reference"]: item for item in children(schematic, "symbol")}
