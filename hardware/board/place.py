"""Put the parts onto a board, and tell the router what lies where.

Needs KiCad's Python: `/usr/bin/python3 -m hardware.board.place OUT.kicad_pcb OUT.json`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pcbnew

from .drawing import OUTPUT as SCHEMATIC
from .placement import CORNER, LENGTH, PLACES, THICKNESS, UNDER_CONTROLLER, WIDTH
from .sexpr import Node, child, children, parse

FOOTPRINTS = Path("/usr/share/kicad/footprints")
#: The board's upper left corner on KiCad's paper.
ORIGIN = (100.0, 80.0)


def point(x: float, y: float) -> Any:
    return pcbnew.VECTOR2I(pcbnew.FromMM(ORIGIN[0] + x), pcbnew.FromMM(ORIGIN[1] + y))


def netlist() -> Node:
    """KiCad's own netlist of the schematic."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net"
        command = ["kicad-cli", "sch", "export", "netlist", "--format", "kicadsexpr", "-o", str(path)]
        subprocess.run([*command, str(SCHEMATIC)], check=True, capture_output=True)
        return parse(path.read_text(encoding="utf-8"))


def placed(nets: Node) -> Any:
    """A board with its outline and all parts, their pads on their nets."""
    board = pcbnew.BOARD()
    board.GetDesignSettings().SetBoardThickness(pcbnew.FromMM(THICKNESS))
    of_pad = _nets(board, nets)
    for part in children(child(nets, "components"), "comp"):
        _add(board, part, of_pad)
    _outline(board)
    return board


def _nets(board: Any, nets: Node) -> dict[tuple[str, str], Any]:
    of_pad = {}
    for net in children(child(nets, "nets"), "net"):
        info = pcbnew.NETINFO_ITEM(board, str(child(net, "name")[1]))
        board.Add(info)
        for node in children(net, "node"):
            of_pad[str(child(node, "ref")[1]), str(child(node, "pin")[1])] = info
    return of_pad


def _add(board: Any, part: Node, of_pad: dict[tuple[str, str], Any]) -> None:
    ref = str(child(part, "ref")[1])
    library, name = str(child(part, "footprint")[1]).split(":")
    footprint = pcbnew.FootprintLoad(str(FOOTPRINTS / f"{library}.pretty"), name)
    place = PLACES[ref]
    footprint.SetFPID(pcbnew.LIB_ID(library, name))
    footprint.SetReference(ref)
    footprint.SetValue(str(child(part, "value")[1]))
    footprint.SetPath(pcbnew.KIID_PATH("/" + str(child(part, "tstamps")[1])))
    footprint.SetSheetname("/")
    footprint.SetSheetfile(SCHEMATIC.name)
    board.Add(footprint)
    footprint.SetPosition(point(place.x, place.y))
    if place.back:
        footprint.Flip(footprint.GetPosition(), pcbnew.FLIP_DIRECTION_LEFT_RIGHT)
    footprint.SetOrientationDegrees(place.turn)
    for pad in footprint.Pads():
        if (ref, pad.GetNumber()) in of_pad:
            pad.SetNet(of_pad[ref, pad.GetNumber()])


def _outline(board: Any) -> None:
    r, right, bottom = CORNER, LENGTH, WIDTH
    lines = [
        ((0, 0), (right - r, 0)),
        ((right, r), (right, bottom - r)),
        ((right - r, bottom), (0, bottom)),
        ((0, bottom), (0, 0)),
    ]
    for start, end in lines:
        _edge(board, start, end, None)
    bend = r * (1 - 2**-0.5)
    _edge(board, (right - r, 0), (right, r), (right - bend, bend))
    _edge(board, (right, bottom - r), (right - r, bottom), (right - bend, bottom - bend))


def _edge(
    board: Any, start: tuple[float, float], end: tuple[float, float], middle: tuple[float, float] | None
) -> None:
    shape = pcbnew.PCB_SHAPE(board)
    if middle:
        shape.SetShape(pcbnew.SHAPE_T_ARC)
        shape.SetArcGeometry(point(*start), point(*middle), point(*end))
    else:
        shape.SetShape(pcbnew.SHAPE_T_SEGMENT)
        shape.SetStart(point(*start))
        shape.SetEnd(point(*end))
    shape.SetLayer(pcbnew.Edge_Cuts)
    shape.SetWidth(pcbnew.FromMM(0.1))
    board.Add(shape)


def pads(board: Any) -> list[dict[str, Any]]:
    """Each pad as its bounding box in mm on the board, its net, and the copper layers it is on (0 front, 1
    back)."""
    found = []
    for footprint in board.GetFootprints():
        for pad in footprint.Pads():
            box = pad.GetBoundingBox()
            layers = [i for i, layer in enumerate((pcbnew.F_Cu, pcbnew.B_Cu)) if pad.IsOnLayer(layer)]
            hole = pad.GetAttribute() in (pcbnew.PAD_ATTRIB_PTH, pcbnew.PAD_ATTRIB_NPTH)
            sides = (box.GetLeft(), box.GetTop(), box.GetRight(), box.GetBottom())
            left, top, right, bottom = (pcbnew.ToMM(value) for value in sides)
            corners = [left - ORIGIN[0], top - ORIGIN[1], right - ORIGIN[0], bottom - ORIGIN[1]]
            found.append(
                {
                    "name": f"{footprint.GetReference()}.{pad.GetNumber()}",
                    "net": pad.GetNetname(),
                    "box": [round(value, 4) for value in corners],
                    "layers": [0, 1] if hole else layers,
                    "hole": hole,
                    "round": pad.GetShape() == pcbnew.PAD_SHAPE_CIRCLE,
                }
            )
    return [pad for pad in found if pad["layers"]]


def main(board_path: str, json_path: str) -> None:
    board = placed(netlist())
    pcbnew.SaveBoard(board_path, board)
    middle = PLACES["U1"]
    vias = [[middle.x + x, middle.y + y] for x, y in UNDER_CONTROLLER]
    data = {"size": [LENGTH, WIDTH], "corner": CORNER, "pads": pads(board), "ground vias": vias}
    Path(json_path).write_text(json.dumps(data), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
