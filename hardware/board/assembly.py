"""The drawing for who places the parts, six times as large as the board. Needs matplotlib.

Each part has its outline, its pads and its name; a dot marks pin 1 where a part can be turned wrongly. What
is not fitted is crossed out. A list below it gives the values.
"""

from __future__ import annotations

from math import cos, radians, sin
from pathlib import Path
from typing import Any, NamedTuple

from . import electrical
from .drawing import REVISION, TITLE
from .parts import load
from .placement import CORNER, LENGTH, NOTCH, WIDTH
from .sexpr import Node, child, children, has, moved, numbers, properties

SCALE = 6
Point = tuple[float, float]
#: In mm on the board: the widest that a letter is against its height, and the highest that letters are.
_ASPECT, _HIGHEST = 0.72, 0.9
#: Parts with two pads that can be turned wrongly.
_POLAR = ("D", "BT")
#: From the paper's edges to the board, and the room for the list below it, in mm on the board.
_LEFT, _RIGHT, _ABOVE, _BELOW = 18.0, 3.0, 5.0, 15.0


class Label(NamedTuple):
    """A part's name: its middle, y down from the board's corner; the letters' height; whether they stand."""

    ref: str
    x: float
    y: float
    height: float
    upright: bool

    def box(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of the letters, at most."""
        along, across = self.height * _ASPECT * len(self.ref) / 2, self.height / 2
        dx, dy = (across, along) if self.upright else (along, across)
        return self.x - dx, self.y - dy, self.x + dx, self.y + dy


class Shape(NamedTuple):
    """A part as it is drawn: lines of its body, its pads, the middle of its first pad, and its name."""

    lines: list[list[Point]]
    pads: list[list[Point]]
    first: Point | None
    label: Label
    fitted: bool


def shapes() -> list[Shape]:
    """Return each part that the table can fit. Bare test pads on the back are none."""
    table = load()
    found = []
    for footprint in children(electrical.board(), "footprint"):
        part = table[properties(footprint)["Reference"]]
        if part.mpn:
            found.append(_shape(part.ref, footprint, part.fitted))
    return found


def _shape(ref: str, footprint: Node, fitted: bool) -> Shape:
    lines = [[electrical.placed(footprint, *point) for point in line] for line in _outline(footprint)]
    pads = [pad for pad in children(footprint, "pad") if has(pad, "layers") and _on_front(pad)]
    corners = [[electrical.placed(footprint, *point) for point in _corners(pad, footprint)] for pad in pads]
    first = next((pad for pad in pads if str(pad[1]) in ("1", "A1")), None)
    marked = first if len(pads) > 2 or ref.startswith(_POLAR) else None
    middle = None
    if marked is not None:
        x, y = numbers(child(marked, "at"))[:2]
        middle = electrical.placed(footprint, x, y)
    points = [point for line in (lines or corners) for point in line]
    return Shape(lines, corners, middle, _label(ref, points), fitted)


def _on_front(pad: Node) -> bool:
    return any(str(name) in ("F.Cu", "*.Cu") for name in child(pad, "layers")[1:])


def _outline(footprint: Node) -> list[list[Point]]:
    """Return the lines of its body, in the footprint's own frame."""
    found: list[list[Point]] = []
    for item in footprint:
        if not (isinstance(item, list) and has(item, "layer") and str(child(item, "layer")[1]) == "F.Fab"):
            continue
        if item[0] in ("fp_line", "fp_rect"):
            (ax, ay), (bx, by) = (_point(child(item, name)) for name in ("start", "end"))
            corners = [(ax, ay), (bx, by)]
            found.append(
                corners if item[0] == "fp_line" else [(ax, ay), (bx, ay), (bx, by), (ax, by), (ax, ay)]
            )
        elif item[0] == "fp_poly":
            corners = [_point(point) for point in children(child(item, "pts"), "xy")]
            found.append([*corners, corners[0]])
        elif item[0] == "fp_circle":
            (x, y), (ex, ey) = (_point(child(item, name)) for name in ("center", "end"))
            radius = ((ex - x) ** 2 + (ey - y) ** 2) ** 0.5
            turns = [radians(10 * step) for step in range(37)]
            found.append([(x + radius * cos(turn), y + radius * sin(turn)) for turn in turns])
        elif item[0] == "fp_arc":
            found.append([_point(child(item, name)) for name in ("start", "mid", "end")])
    return found


def _point(node: Node) -> Point:
    x, y = numbers(node)[:2]
    return x, y


def _corners(pad: Node, footprint: Node) -> list[Point]:
    """Return a pad's corners in the footprint's frame. A pad's own turn counts from the board's axes."""
    width, height = numbers(child(pad, "size"))[:2]
    x, y, turn = (*numbers(child(pad, "at")), 0.0)[:3]
    place = ["at", x, y, turn - (*numbers(child(footprint, "at")), 0.0)[2]]
    sides = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return [moved(place, dx * width / 2, dy * height / 2) for dx, dy in sides]


def _label(ref: str, points: list[Point]) -> Label:
    """Return a part's name in its middle, as high as its body allows."""
    xs, ys = zip(*points, strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    long, short = max(width, height), min(width, height)
    letters = min(0.8 * short, 0.95 * long / (_ASPECT * len(ref)), _HIGHEST)
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return Label(ref, x, y, letters, height > width * 1.2)


def values() -> list[str]:
    """Return the list below the drawing: each value with the parts that have it, and what stays empty."""
    found: dict[tuple[str, bool], list[str]] = {}
    for part in load().values():
        if part.mpn:
            found.setdefault((part.value, part.fitted), []).append(part.ref)
    return [
        f"{' '.join(refs)}: {value}" + ("" if fitted else " (stays empty)")
        for (value, fitted), refs in found.items()
    ]


def draw(path: Path) -> None:
    """Write the drawing as PDF."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    size = (_LEFT + LENGTH + _RIGHT, _ABOVE + WIDTH + _BELOW)
    figure = pyplot.figure(figsize=[SCALE * side / 25.4 for side in size])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-_LEFT, LENGTH + _RIGHT)
    axes.set_ylim(WIDTH + _BELOW, -_ABOVE)
    _board(axes)
    for shape in shapes():
        _part(axes, shape)
    title = f"{TITLE}, revision {REVISION}: front, {SCALE}:1"
    title += ". All parts are on this side. Dots: pin 1. No cell in BT1."
    _write(axes, title, 0, -_ABOVE / 2, 0.7)
    lines = values()
    rows = -(-len(lines) // 3)
    for index, line in enumerate(lines):
        column, row = divmod(index, rows)
        _write(axes, line, column * LENGTH / 3 - _LEFT * (column == 0) / 2, WIDTH + 2.2 + row * 1.2, 0.5)
    figure.savefig(path, format="pdf", metadata={"CreationDate": None})
    pyplot.close(figure)


def _board(axes: Any) -> None:
    corner = [
        (LENGTH - CORNER + CORNER * sin(radians(a)), WIDTH - CORNER + CORNER * cos(radians(a)))
        for a in range(90, -1, -10)
    ]
    outline = [(0, 0), (NOTCH[0], 0), NOTCH, (LENGTH, NOTCH[1]), *corner, (0, WIDTH), (0, 0)]
    axes.plot(*zip(*outline, strict=True), color="black", linewidth=1.2)


def _part(axes: Any, shape: Shape) -> None:
    colour = "black" if shape.fitted else "0.6"
    for pad in shape.pads:
        axes.fill(*zip(*pad, strict=True), color="0.85", linewidth=0)
    for line in shape.lines:
        axes.plot(*zip(*line, strict=True), color=colour, linewidth=0.5)
    if shape.first is not None:
        axes.plot(*shape.first, marker="o", color=colour, markersize=SCALE * 0.22 / 25.4 * 72)
    if not shape.fitted:
        xs, ys = zip(*(point for line in shape.lines for point in line), strict=True)
        for ends in ((min(ys), max(ys)), (max(ys), min(ys))):
            axes.plot((min(xs), max(xs)), ends, color=colour, linewidth=0.5)
    label = shape.label
    turn = 90 if label.upright else 0
    _write(axes, label.ref, label.x, label.y, label.height, turn=turn, middle=True, colour=colour)


def _write(
    axes: Any,
    text: str,
    x: float,
    y: float,
    height: float,
    turn: int = 0,
    middle: bool = False,
    colour: str = "black",
) -> None:
    """Write letters, `height` mm high on the board as capitals are: a capital is 0.73 of the font's size."""
    points = height * SCALE / 25.4 * 72 / 0.73
    across = "center" if middle else "left"
    axes.text(
        x,
        y,
        text,
        fontsize=points,
        rotation=turn,
        ha=across,
        va="center_baseline" if not turn else "center",
        color=colour,
        family="DejaVu Sans",
    )
