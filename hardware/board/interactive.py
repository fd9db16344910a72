"""The board's interactive parts list, one web page: `python -m hardware.board.interactive FOLDER`.

A person who places parts by hand chooses a row; the page shows where its parts lie and which pad is pin 1.
InteractiveHtmlBom makes it, in the Python that has KiCad's modules (see panel.py). The page holds that
program's own script, so it is not kept in the repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hardware.board import kicad
from hardware.board.panel import KIKIT
from hardware.board.parts import load

TOOL = KIKIT.parent / "generate_interactive_bom"
NAME = "parts.html"


def page(board: Path, folder: Path) -> Path:
    """Write the page of `board` to `folder`; return its path.

    Raise kicad.Missing without the tool, and RuntimeError if it fails.
    """
    if not TOOL.exists():
        raise kicad.Missing(f"InteractiveHtmlBom is not at {TOOL}: `make hardware` installs it")
    options = (
        "--no-browser",
        "--no-compression",
        "--dest-dir",
        str(folder.resolve()),
        "--name-format",
        Path(NAME).stem,
    )
    shown = ("--show-fields", "Value,Footprint,MPN", "--extra-fields", "MPN", "--highlight-pin1", "all")
    parts = load()
    left_out = ",".join(sorted(ref for ref, part in parts.items() if not (part.mpn and part.fitted)))
    command = [str(TOOL.resolve()), *options, *shown, "--blacklist", left_out, str(board)]
    quiet = {**os.environ, "INTERACTIVE_HTML_BOM_NO_DISPLAY": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    made = folder / NAME
    if not made.exists():
        raise RuntimeError(f"InteractiveHtmlBom: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return made


if __name__ == "__main__":
    print(page(kicad.BOARD, Path(sys.argv[1])))
