"""The files for ordering the board, committed in `hardware/fabrication`.

`make hardware` builds them into build/hardware. `python -m hardware build/hardware pictures` also copies them
here, with the checksums of their sources, so that a test notices when they are out of date.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from hardware import dimensions
from hardware.board import kicad
from hardware.board.order import ANGLES
from hardware.board.parts import TABLE
from hardware.kits.wiring import IN_CASE_OF, KITS

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "fabrication"
SUMS = FOLDER / "SOURCES"
#: File names by their folder in build/hardware.
FILES = {
    "board": (
        "single-gerbers.zip",
        "single-positions.csv",
        "single-positions-jlcpcb.csv",
        "single-bom.csv",
        "panel-gerbers.zip",
        "panel-positions.csv",
        "panel-positions-jlcpcb.csv",
        "panel-bom.csv",
        "panel.pdf",
        "by-hand.csv",
        "assembly-front.pdf",
        "oven-base.dxf",
        "oven-spacer.dxf",
    ),
    "case": ("shell.stl", "lid.stl", "button.stl", "pipe.stl"),
    "cases": tuple(f"{kit}-{part}.stl" for kit in KITS.keys() - IN_CASE_OF for part in ("base", "lid")),
}
_MADE_FROM = (
    kicad.BOARD,
    TABLE,
    ANGLES,
    dimensions.TABLE,
    HERE / "board" / "assembly.py",
    HERE / "board" / "placement.py",
    HERE / "board" / "panel.py",
    HERE / "board" / "oven.py",
    HERE / "case" / "parts.py",
    HERE / "case" / "icon.py",
    HERE / "kits" / "boards.toml",
    HERE / "kits" / "cases.py",
)


def sums() -> str:
    """Return the SHA-256 of each source of the committed files, one on a line."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(HERE).as_posix()}"
        for path in _MADE_FROM
    ]
    return "\n".join(lines) + "\n"


def attach(built: Path) -> None:
    """Copy the files from `built` (build/hardware). Raise FileNotFoundError if one is missing."""
    FOLDER.mkdir(exist_ok=True)
    for folder, names in FILES.items():
        for name in names:
            shutil.copy(built / folder / name, FOLDER)
    SUMS.write_text(sums(), encoding="ascii", newline="\n")
