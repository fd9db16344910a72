"""Draw the key in its case: `python -m hardware.case.picture CASE_FOLDER FOLDER`.

KiCad, which is required, has the ray tracer. The parts of the case are attached to a copy of the board as
further models of the plug.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from hardware.board import kicad
from hardware.board.placement import PLACES, THICKNESS
from hardware.board.sexpr import Quoted, children, parse, properties, write
from hardware.staging import stage

#: How far each part is lifted in each picture, in mm.
_LIFTED = {
    "key": {"shell": 0.0, "lid": 0.0, "button": 0.0, "pipe": 0.0},
    "exploded": {"shell": -14.0, "lid": 15.0, "button": 22.0, "pipe": 15.0},
}
_VIEWS = {"key": ("313,0,314", "0.8"), "exploded": ("312,0,326", "0.66")}
_WIDTH = 1300


def _with_case(case: Path, lifted: dict[str, float]) -> str:
    """Return the board's file with the case's parts as models of its plug."""
    tree = parse(kicad.BOARD.read_text(encoding="utf-8").replace("${KIPRJMOD}", str(kicad.HERE)))
    plug = next(item for item in children(tree, "footprint") if properties(item)["Reference"] == "J1")
    # A model uses its footprint's frame, which is turned by 180 degrees and begins on top of the board.
    place = PLACES["J1"]
    for name, height in lifted.items():
        at = ["xyz", place.x, -place.y, height - THICKNESS]
        turn = [["offset", at], ["scale", ["xyz", 1, 1, 1]], ["rotate", ["xyz", 0, 0, 180]]]
        plug.append(["model", Quoted(case.resolve() / f"{name}.step"), *turn])
    return write(tree) + "\n"


def main(case: str, folder: str) -> int:
    for name, lifted in _LIFTED.items():
        with tempfile.TemporaryDirectory() as scratch:
            board = Path(scratch) / "case.kicad_pcb"
            board.write_text(_with_case(Path(case), lifted), encoding="utf-8")
            turn, zoom = _VIEWS[name]
            look = ("--perspective", "--rotate", turn, "--zoom", zoom, "-w", "1500", "--height", "1000")
            options = ("--background", "transparent", "--quality", "high", "--light-camera", "0.35", *look)
            picture = Path(folder) / f"{name}.png"
            kicad.run("pcb", "render", *options, "-o", picture, board)
            stage(picture, _WIDTH)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
