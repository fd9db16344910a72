"""Check the board, then write all files for a board house: `python -m hardware.board.outputs FOLDER`.

FOLDER receives gerbers and drill files (also zipped), parts list and positions for assembly (order.py), their
drawing (assembly.py) and page (interactive.py), the fixture for the oven (oven.py), the schematic as PDF, and
the board as STEP; with `pictures` it also receives renders.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from hardware.board import assembly, electrical, fitting, interactive, kicad, order, oven, panel
from hardware.board.kicad import BOARD, SCHEMATIC
from hardware.board.parts import load

_VIEWS = {
    "front": ("basic", "--side", "top", "--zoom", "1.42", "-w", "2600", "--height", "1030"),
    "back": ("basic", "--side", "bottom", "--zoom", "1.42", "-w", "2600", "--height", "1030"),
}
_WIDTH = 1300


def check() -> list[str]:
    """Return all faults of schematic and board."""
    return kicad.rule_errors() + kicad.board_errors() + electrical.faults() + fitting.faults(load())


def files(folder: Path) -> list[str]:
    """Write the files that a board house and an assembler need; return the panel's faults."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        board = fitting.fitted(Path(scratch))
        kicad.fabrication(board, folder, "single-gerbers")
        order.positions(board, folder / "single-positions.csv")
        wrong = panel.files(board, folder)
    kicad.run("sch", "export", "pdf", "-o", folder / "schematic.pdf", SCHEMATIC)
    kicad.run("pcb", "export", "step", "--subst-models", "--force", "-o", folder / "board.step", BOARD)
    order.parts_lists(folder, panel.BOARDS)
    assembly.draw(folder / "assembly-front.pdf")
    interactive.page(BOARD, folder)
    oven.draw(folder)
    return wrong + oven.faults()


def pictures(folder: Path) -> None:
    """Write renders of the board, and the schematic as PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    from hardware.staging import stage

    for name, view in _VIEWS.items():
        picture = folder / f"{name}.png"
        render = ("--background", "transparent", "--quality", *view)
        kicad.run("pcb", "render", *render, "-o", picture, BOARD)
        stage(picture, _WIDTH)
    kicad.run("sch", "export", "pdf", "-o", folder / "schematic.pdf", SCHEMATIC)


def main(folder: str, *what: str) -> int:
    try:
        wrong = check() or files(Path(folder))
        for line in wrong:
            print(line, file=sys.stderr)
        if wrong:
            return 1
        if "pictures" in what:
            pictures(Path(folder))
    except kicad.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"USB pair: {electrical.summary()}")
    print(f"schematic and board are clean; everything for a board house is in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
