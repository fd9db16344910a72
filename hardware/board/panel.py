"""Put five boards into a frame for an assembler's machine: `python -m hardware.board.panel FOLDER`.

KiKit does it. It needs KiCad's own Python, so it has its own environment (PANEL_VENV). The plugs reach 15 mm
over the boards' edge into a window of the frame; no bridge is at that edge. Bars between the boards let each
bridge stand where its board has no copper. KiCad's design rules check the panel as they check the board.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from . import kicad, order, project
from .placement import ORIGIN, WIDTH

#: Where `make hardware` installs KiKit.
KIKIT = Path(os.environ.get("PANEL_VENV", "build/panel-venv")) / "bin" / "kikit"
BOARDS = 5
#: In mm: from a board to the next bar, the bars between boards, the frame's bars, the window for the plugs.
SPACE, RIB, BAR, WINDOW = 2, 3, 6, 17
#: From one board to the next, in mm.
PITCH = WIDTH + 2 * SPACE + RIB
#: How wide a bridge is, how far its holes reach into the board, how near copper may come to its ends, in mm.
BRIDGE, DEEP, ASIDE = 3.0, 0.35, 0.25


class Bridge(NamedTuple):
    """The middle of a bridge: x from the board's left edge, at its upper edge or else its lower one."""

    x: float
    upper: bool


#: Where no copper is near the edge, and no ceramic capacitor stands across a bridge.
BRIDGES = (Bridge(10.4, True), Bridge(60.0, True), Bridge(8.7, False), Bridge(41.7, False))
_OPTIONS = {
    # The origin of the plug's footprint is outside the board; without this KiKit would leave it out.
    "source": "auto; tolerance: 16mm",
    "layout": f"grid; rows: {BOARDS}; cols: 1; hspace: {SPACE}mm; vspace: {SPACE}mm;"
    f" hbackbone: {RIB}mm; hbonecut: false; renameref: {{orig}}_{{n}}",
    "tabs": "annotation",
    "cuts": "mousebites; drill: 0.5mm; spacing: 0.8mm; offset: 0.1mm",
    "framing": f"frame; width: {BAR}mm; hspace: {WINDOW}mm; vspace: {SPACE}mm; cuts: none",
    "tooling": "4hole; hoffset: 3.35mm; voffset: 3.35mm; size: 2mm",
    # A fiducial's copper begins 3.35 mm from the panel's edge, so that a machine's rails leave it free.
    "fiducials": "3fid; hoffset: 8.5mm; voffset: 3.85mm; coppersize: 1mm; opening: 2mm",
    "post": "millradius: 1mm; refillzones: true; origin: bl",
}


def panel(board: Path, folder: Path) -> Path:
    """Write the panel of `board` as a KiCad board to `folder`; return its path.

    Raise kicad.Missing without KiKit, and RuntimeError if KiKit fails.
    """
    if not KIKIT.exists():
        raise kicad.Missing(f"KiKit is not at {KIKIT}, so there is no panel: `make hardware` installs it")
    made = folder / "panel.kicad_pcb"
    with tempfile.TemporaryDirectory() as scratch:
        marked = Path(scratch) / "marked.kicad_pcb"
        marked.write_text(with_bridges(board.read_text(encoding="utf-8")), encoding="utf-8")
        marked.with_suffix(".kicad_pro").write_text(json.dumps(project.content()), encoding="utf-8")
        options = [word for name, value in _OPTIONS.items() for word in (f"--{name}", value)]
        command = [str(KIKIT), "panelize", *options, str(marked), str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"KiKit: {done.stderr[-2000:]}")
    made.with_suffix(".kicad_pro").write_text(json.dumps(project.of_panel()), encoding="utf-8")
    return made


def with_bridges(text: str) -> str:
    """Return a board's file with KiKit's marks for the bridges."""
    body, end = text.rstrip()[:-1], ")\n"
    return body + "".join(_mark(bridge) for bridge in BRIDGES) + end


def _mark(bridge: Bridge) -> str:
    """Return a footprint that KiKit takes for a bridge: its arrow points from outside into the board."""
    y, turn = (-0.5, 270) if bridge.upper else (WIDTH + 0.5, 90)
    effects = "(effects (font (size 1 1) (thickness 0.15)))"
    return (
        f'\t(footprint "kikit:Tab" (layer "F.Cu") (at {ORIGIN[0] + bridge.x} {ORIGIN[1] + y} {turn})'
        " (attr board_only exclude_from_pos_files exclude_from_bom)"
        f' (fp_text user "KIKIT: width: {BRIDGE}mm" (at 0 0) (layer "Dwgs.User") {effects}))\n'
    )


def faults(made: Path) -> list[str]:
    """Return what KiCad's design rules say against the panel."""
    return [f"panel: {line}" for line in kicad.board_errors(made, parity=False)]


def files(board: Path, folder: Path) -> list[str]:
    """Write the panel's gerbers, drill files, positions and drawing; return its faults."""
    made = panel(board, folder)
    kicad.fabrication(made, folder, "panel-gerbers")
    order.positions(made, folder / "panel-positions.csv")
    layers = ("--mode-single", "--black-and-white", "--layers", "F.Fab,F.Mask,Edge.Cuts")
    kicad.run("pcb", "export", "pdf", *layers, "-o", folder / "panel.pdf", made)
    wrong = faults(made)
    for name in ("panel.kicad_prl", "panel.kicad_dru"):
        (folder / name).unlink(missing_ok=True)
    return wrong


if __name__ == "__main__":
    for line in files(kicad.BOARD, Path(sys.argv[1])):
        print(line, file=sys.stderr)
