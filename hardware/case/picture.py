"""Draw the key for its pages, on light and on dark: `python -m hardware.case.picture CASE_FOLDER FOLDER`.

Each scene gives NAME.jpg and NAME-dark.jpg. The case's parts are the STL files that build.py wrote, whatever
their number; board and parts come from KiCad, with the models of hardware/board/models.py.

The key in use is in a laptop's edge with two USB-A ports and another plug in the second one, in the case's
frame (parts.py): the first port takes the key's plug. A plug and its grip are USB's (dimensions.toml). The
laptop, and 18 mm from port to port, are our own: no standard says how far apart ports are, only that a grip
may be 16 mm wide. Needs build123d.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from build123d import Align, Axis, Box, Circle, Cylinder, Part, Plane, Pos, Rot, Spline, fillet, sweep

from hardware.board import kicad
from hardware.board.placement import MIDDLE
from hardware.case import build, parts
from hardware.case.render import GROUNDS, Body, Surface, View, bounds, linear, take
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


WIDTH, _PASSES = 1100, 4
#: How far each part of the opened case is lifted, in mm; a part that is not named stays.
_LIFTED = {"shell": -15.0, "lid": 15.0, "button": 23.0, "pipe": 15.0}
_VIEWS = {"key": View(-38, 30), "open": View(-52, 28), "board": View(-55, 42), "port": View(-33, 33)}
_COPPER = Surface((0.90, 0.66, 0.28), 0.22, metal=True)
_METAL = Surface((0.72, 0.73, 0.75), 0.2, metal=True)
_MASK = Surface((0.006, 0.007, 0.009), 0.45, opaque=0.92)
#: What KiCad names the layers of a board's model.
_LAYERS = {"copper": _COPPER, "pad": _COPPER, "soldermask": _MASK}
_ALUMINIUM = Surface((0.50, 0.51, 0.53), 0.38, metal=True)
_BLACK, _TONGUE = Surface((0.014, 0.014, 0.016), 0.35), Surface((0.03, 0.03, 0.035), 0.3)
_GRIP = Surface((0.34, 0.35, 0.37), 0.35)


def case(folder: Path, lifted: dict[str, float], lit: bool = True) -> list[Body]:
    """Return the printed parts as build.py coloured them. The clear one, if `lit`, shines."""
    import trimesh

    found = []
    for name, colour in build.COLOURS.items():
        red, green, blue, opaque = tuple(colour)
        shines = 1.1 if opaque < 1 and lit else 0.0
        mesh = trimesh.load(folder / f"{name}.stl")
        mesh.apply_translation((0, 0, lifted.get(name, 0.0)))
        found.append(Body(mesh, Surface(linear((red, green, blue)), 0.3, glow=shines)))
    return found


def board() -> list[Body]:
    """Return the board with its parts, in the case's frame."""
    import trimesh

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "board.glb"
        layers = [f"--include-{what}" for what in ("pads", "silkscreen", "soldermask", "tracks", "zones")]
        kicad.run("pcb", "export", "glb", "--subst-models", "--force", *layers, "-o", path, kicad.BOARD)
        scene = trimesh.load(path)
    # glTF counts metres, y up. The mask covers the whole board, whose upper left corner is the case's origin.
    low, _ = scene.geometry[next(name for name in scene.geometry if "soldermask" in name)].bounds
    corner = trimesh.transformations.translation_matrix((-low[0], 0, -low[2]))
    turn = [[1000, 0, 0, 0], [0, 0, -1000, 0], [0, 1000, 0, 0], [0, 0, 0, 1]]
    kinds: dict[Surface, list[Any]] = {}
    for node in scene.graph.nodes_geometry:
        place, name = scene.graph[node]
        mesh = scene.geometry[name].copy()
        mesh.apply_transform(turn @ corner @ place)
        kinds.setdefault(_surface(name, mesh.visual.material.baseColorFactor), []).append(mesh)
    return [Body(trimesh.util.concatenate(meshes), surface) for surface, meshes in kinds.items()]


def _surface(name: str, colour: Any) -> Surface:
    """Return a layer's own surface, else that of the colour, whose greys are the models' metal."""
    for layer, surface in _LAYERS.items():
        if f"_{layer}" in name:
            return surface
    red, green, blue = (float(part) / 255 for part in colour[:3])
    metal = max(abs(part - own) for part, own in zip((red, green, blue), _models_metal(), strict=True)) < 0.01
    return _METAL if metal else Surface((red, green, blue), 0.4)


def _models_metal() -> tuple[float, float, float]:
    from hardware.board.models import METAL

    red, green, blue, _ = tuple(METAL)
    return linear((red, green, blue))


def _solid(shape: Any, surface: Surface) -> Body:
    import trimesh

    points, faces = shape.tessellate(0.01, 0.1)
    return Body(trimesh.Trimesh([tuple(point) for point in points], faces), surface)


def _laptop() -> list[Body]:
    grip, shell = neighbour()
    found = [(body(), _ALUMINIUM), (grip, _GRIP), (shell, _METAL), (cable(), _GRIP)]
    found += [(part, _BLACK) for part in caps()]
    found += [(part, _TONGUE) for part in contacts()] + [(part, _METAL) for part in shells()]
    return [_solid(part, surface) for part, surface in found]


def scenes(folder: Path) -> dict[str, Callable[[], tuple[list[Body], Any]]]:
    """Return each scene's bodies, and the points that its picture must show (None: all of them)."""

    def closed() -> list[Body]:
        return case(folder, {}) + board()

    def port() -> tuple[list[Body], Any]:
        key, (low, high) = closed(), bounds(case(folder, {}))
        ends = (low[0] - 34, DESK), (high[0] + 4, high[2] + 2)
        across = low[1] - 16, high[1] + PITCH + 16
        return key + _laptop(), [(x, y, z) for x, z in ends for y in across]

    return {
        "key": lambda: (closed(), None),
        "open": lambda: (case(folder, _LIFTED, lit=False) + board(), None),
        "board": lambda: (board(), None),
        "port": port,
    }


def main(folder: str, target: str, *only: str) -> int:
    from PIL import Image

    for name, scene in scenes(Path(folder)).items():
        if only and name not in only:
            continue
        bodies, frame = scene()
        for ground, studio in GROUNDS.items():
            light = take(bodies, studio, _VIEWS[name], WIDTH, _PASSES, frame)
            Image.fromarray(light).save(Path(target) / f"{name}{ground}.jpg", quality=88, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
