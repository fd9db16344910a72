"""Line drawings of the kits' steps, from the boards' own figures: `python -m hardware.kits.steps FOLDER`.

It writes NAME-cell.svg, the cell and the clock's back, and NAME-case.svg, the kit and its case taken apart.
Needs build123d. Boards are drawn with the figures of boards.toml; what stands on them is only indicated.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from build123d import Align, Box, Color, Compound, Cylinder, ExportSVG, Part, Pos, Rot

from hardware.dimensions import bought, mm
from hardware.kits.cases import KITS, Case

_UP = (Align.CENTER, Align.CENTER, Align.MIN)
#: Sizes of what stands on the boards: a JST SH socket, a push-button, a chip of seven and one of ten mm.
_SOCKET, _SWITCH, _QFN, _SO16 = (4.2, 6.0, 2.9), (3.6, 2.6, 1.6), (7.0, 7.0, 0.9), (10.3, 7.5, 2.6)
_CELLS = {"CR1220": (mm("cell", "diameter"), mm("cell", "height")), "CR2032": (20.0, 3.2)}
#: How far parts are apart in the pictures.
_LIFT = {"board": 14.0, "lid": 30.0, "screw": -14.0, "cell": 9.0}
_WIDTH, _MARGIN = 900.0, 30.0


def _at(place: list[float], size: tuple[float, float, float], low: float) -> Part:
    return Pos(place[0], place[1], low) * Box(*size, align=_UP)


def board(name: str) -> list[Part]:
    """Return the board from its left edge, its underside at z = 0, with what stands on it."""
    data = bought(name)
    length, width, top = data["length"], data["width"], data["thickness"]
    plate = Pos(length / 2, 0, 0) * Box(length, width, top, align=_UP)
    if "plug" in data:
        reach, half = data["plug"]["left"], data["plug"]["half"]
        plate += Pos(reach / 2, 0, 0) * Box(-reach, 2 * half, top, align=_UP)
    for x, y in _holes(data):
        plate -= Pos(x, y, -1) * Cylinder(
            0.6 if name == "pico" or y == data.get("row", {}).get("y") else 1.25, 9
        )
    return [plate, *_parts(name, data, top)]


def _holes(data: dict[str, Any]) -> list[tuple[float, float]]:
    found = [(x, y) for x, y in data.get("holes", [])]
    if "row" in data:
        row = data["row"]
        found += [(row["first"] + row["pitch"] * number, row["y"]) for number in range(row["count"])]
    if data["length"] == 51.0:
        found += [(1.37 + 2.54 * number, side * 8.89) for number in range(20) for side in (-1, 1)]
    return found


def _parts(name: str, data: dict[str, Any], top: float) -> list[Part]:
    if name == "pico":
        socket, chip = _at([1.5, 0], (5.6, 8.0, 2.7), top), _at([26.0, 0], _QFN, top)
        return [socket, chip, _at([11.5, 3.0], (4.5, 3.5, 2.0), top)]
    if name == "zs-042":
        return [
            _at([20.0, 0], _SO16, top),
            *(_at([1.8, 2.54 * n - 6.35], (1, 1, 1.5), top) for n in range(6)),
        ]
    if name == "ds3231-stemma":
        return [_at(data["chip"], _SO16, top), *(_at(place, _SOCKET, top) for place in data["sockets"])]
    contacts = [_at([-7.0, y], (9.0, 1.2, 0.1), top) for y in (-3.5, -1.0, 1.0, 3.5)]
    switches = [_at(data[key], _SWITCH, top) for key in ("boot", "reset")]
    light = _at(data["light"], (1.5, 1.5, 0.6), top)
    return [_at(data["chip"], _QFN, top), _at(data["socket"], _SOCKET, top), light, *switches, *contacts]


def cell_scene(clock: str) -> list[Part]:
    """Return the clock with its back up, and the cell above its holder."""
    data = bought(clock)
    diameter, height = _CELLS[data["cell_name"]]
    x, y = data["cell"]
    depth = data["under"] - 1.0
    turned = [Rot(180, 0, 0) * part for part in board(clock)]
    side = diameter + 2.5
    ring = Box(side, side - 3, depth, align=_UP) - Pos(0, 0, 0.6) * Cylinder(diameter / 2 + 0.3, 9, align=_UP)
    cell = Cylinder(diameter / 2, height, align=_UP) + Cylinder(diameter / 2 - 1, height + 0.2, align=_UP)
    return [*turned, Pos(x, -y, 0) * ring, Pos(x, -y, _LIFT["cell"] + depth) * cell]


def case_scene(kit: str) -> list[Part]:
    """Return base, boards, lid and screws above each other."""
    case = Case(KITS[kit])
    printed = case.parts()
    shapes = [
        printed["base"],
        Pos(0, 0, _LIFT["lid"]) * printed["lid"],
        Pos(0, 0, _LIFT["screw"]) * case.screws(),
    ]
    for name, start, data in zip(case.kit.boards, case.starts, case.data, strict=True):
        low = case.top - data["thickness"] + _LIFT["board"]
        shapes += [Pos(start, 0, low) * part for part in board(name)]
    return shapes


def drawing(shapes: list[Part], title: str) -> str:
    """Return the visible edges of `shapes`, seen from the front, the left and above, as SVG."""
    scene = Compound(children=shapes)
    middle = scene.bounding_box().center()
    eye = (middle.X - 90, middle.Y - 150, middle.Z + 110)
    visible, _ = scene.project_to_viewport(eye, viewport_up=(0, 0, 1), look_at=middle)
    export = ExportSVG(scale=10, line_weight=0.2)
    export.add_layer("edges", line_color=Color(0.14, 0.15, 0.18))
    export.add_shape(visible, layer="edges")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.svg"
        export.write(str(path))
        text = path.read_text(encoding="utf-8")
    return _framed(text, title)


def _framed(text: str, title: str) -> str:
    """Put the drawing onto the light ground of the other pictures, with lines of an even width."""
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', text)[1].split())  # type: ignore[index]
    body = text[text.index("<g") : text.rindex("</svg>")]
    body = re.sub(r'stroke-width="[^"]+"', f'stroke-width="{1.3 * width / _WIDTH:.3f}"', body)
    body = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}", body)
    scale = (_WIDTH - 2 * _MARGIN) / width
    whole = height * scale + 2 * _MARGIN
    across, down = _MARGIN - left * scale, _MARGIN - top * scale
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {whole:.0f}" role="img">',
            f"<title>{title}</title>",
            f'<rect width="{_WIDTH:.0f}" height="{whole:.0f}" rx="14" fill="#f6f8fa"/>',
            f'<g transform="translate({across:.2f} {down:.2f}) scale({scale:.4f})">',
            body.strip(),
            "</g>",
            "</svg>",
            "",
        ]
    )


def main(folder: str) -> int:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, kit in KITS.items():
        cell = drawing(cell_scene(kit.boards[-1]), "The cell above its holder on the clock's back")
        case = drawing(case_scene(name), "Screws, base, boards and lid, in this order from below")
        (target / f"{name}-cell.svg").write_text(cell, encoding="utf-8")
        (target / f"{name}-case.svg").write_text(case, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
