"""The files that an order needs, attached to the repository: `hardware/fabrication`.

`make hardware` makes them anew each time in build/hardware; `python -m hardware build/hardware pictures`
also puts them here, with the sums of what they were made from, so that a test sees when they are stale.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from hardware import dimensions
from hardware.board import kicad
from hardware.board.parts import TABLE

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "fabrication"
SUMS = FOLDER / "SOURCES"
#: By the folder of build/hardware that they are in.
FILES = {
    "board": (
        "gerbers.zip",
        "panel.zip",
        "panel.pdf",
        "bom.csv",
        "positions.csv",
        "assembly-front.pdf",
        "assembly-back.pdf",
    ),
    "case": ("shell.stl", "lid.stl", "button.stl", "pipe.stl"),
}
_MADE_FROM = (
    kicad.BOARD,
    TABLE,
    dimensions.TABLE,
    HERE / "board" / "placement.py",
    HERE / "board" / "panel.py",
    HERE / "case" / "parts.py",
)


def sums() -> str:
    """The SHA-256 of each file that the attached ones are made from, one a line."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(HERE).as_posix()}"
        for path in _MADE_FROM
    ]
    return "\n".join(lines) + "\n"


def attach(built: Path) -> None:
    """Copy the files from `built` (build/hardware). Raises FileNotFoundError if one was not made."""
    FOLDER.mkdir(exist_ok=True)
    for folder, names in FILES.items():
        for name in names:
            shutil.copy(built / folder / name, FOLDER)
    SUMS.write_text(sums(), encoding="ascii", newline="\n")
