"""Draw the key for its pages, on light and on dark: `python -m hardware.case.picture CASE_FOLDER FOLDER`.

Each scene gives NAME.jpg and NAME-dark.jpg. The case's parts are the STL files that build.py wrote, whatever
their number; board and parts come from KiCad, with the models of hardware/board/models.py.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardware.board import kicad
from hardware.case import build, laptop
from hardware.case.render import GROUNDS, Body, Surface, View, bounds, linear, take

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
    grip, shell = laptop.neighbour()
    found = [(laptop.body(), _ALUMINIUM), (grip, _GRIP), (shell, _METAL), (laptop.cable(), _GRIP)]
    found += [(part, _BLACK) for part in laptop.caps()]
    found += [(part, _TONGUE) for part in laptop.contacts()] + [(part, _METAL) for part in laptop.shells()]
    return [_solid(part, surface) for part, surface in found]


def scenes(folder: Path) -> dict[str, Callable[[], tuple[list[Body], Any]]]:
    """Return each scene's bodies, and the points that its picture must show (None: all of them)."""

    def closed() -> list[Body]:
        return case(folder, {}) + board()

    def port() -> tuple[list[Body], Any]:
        key, (low, high) = closed(), bounds(case(folder, {}))
        ends = (low[0] - 34, laptop.DESK), (high[0] + 4, high[2] + 2)
        across = low[1] - 16, high[1] + laptop.PITCH + 16
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
