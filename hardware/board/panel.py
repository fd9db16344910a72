"""Put five boards into a frame for an assembler's machine: `python -m hardware.board.panel FOLDER`.

KiKit does it. It needs KiCad's own Python, so it has its own environment (PANEL_VENV). The plugs reach 15 mm
over the boards' edge into a window of the frame; no bridge is at that edge.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import kicad
from .kicad import BOARD

#: Where `make hardware` installs KiKit.
KIKIT = Path(os.environ.get("PANEL_VENV", "build/panel-venv")) / "bin" / "kikit"
BOARDS = 5
#: In mm: the space between boards, the width of the frame's bars, and the window for the plugs.
SPACE, BAR, WINDOW = 2, 5, 17
_OPTIONS = {
    # The origin of the plug's footprint is outside the board; without this KiKit would leave it out.
    "source": "auto; tolerance: 16mm",
    "layout": f"grid; rows: {BOARDS}; cols: 1; hspace: {SPACE}mm; vspace: {SPACE}mm",
    "tabs": "fixed; vwidth: 3mm; vcount: 2; hcount: 0",
    "cuts": "mousebites; drill: 0.5mm; spacing: 0.8mm; offset: 0.1mm",
    "framing": f"frame; width: {BAR}mm; hspace: {WINDOW}mm; vspace: {SPACE}mm; cuts: none",
    "tooling": "4hole; hoffset: 2.5mm; voffset: 2.5mm; size: 2mm",
    "fiducials": "3fid; hoffset: 6.5mm; voffset: 2.5mm; coppersize: 1mm; opening: 2mm",
    "post": "millradius: 1mm",
}


def panel(folder: Path) -> Path:
    """Write the panel as a KiCad board to `folder`; return its path. Raise RuntimeError if KiKit fails."""
    made = folder / "panel.kicad_pcb"
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / BOARD.name
        for path in (BOARD, BOARD.with_suffix(".kicad_pro")):
            shutil.copy(path, scratch)
        options = [word for name, value in _OPTIONS.items() for word in (f"--{name}", value)]
        command = [str(KIKIT), "panelize", *options, str(copy), str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"KiKit: {done.stderr[-2000:]}")
    return made


def files(folder: Path) -> None:
    """Write the panel's gerbers, drill files and drawing, or report that KiKit is missing."""
    from .outputs import fabrication

    if not KIKIT.exists():
        print(f"no panel: KiKit is not at {KIKIT} (make hardware installs it)", file=sys.stderr)
        return
    made = panel(folder)
    fabrication(made, folder, "panel")
    layers = ("--mode-single", "--black-and-white", "--layers", "F.Fab,F.Mask,Edge.Cuts")
    kicad.run("pcb", "export", "pdf", *layers, "-o", folder / "panel.pdf", made)
    for name in ("panel.kicad_pro", "panel.kicad_prl", "panel.kicad_dru"):
        (folder / name).unlink(missing_ok=True)


if __name__ == "__main__":
    files(Path(sys.argv[1]))
