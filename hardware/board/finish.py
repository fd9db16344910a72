"""Put tracks, ground planes and lettering onto the placed board, and save it beside the schematic.

Needs KiCad's Python: `/usr/bin/python3 -m hardware.board.finish ROUTED.json`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pcbnew

from .parts import load
from .place import netlist, placed, point
from .placement import LENGTH, MIDDLE, PLACES, WIDTH
from .project import main as write_project
from .rules import COPPER_TO_EDGE, DRILL, GROUND, VIA

OUTPUT = Path(__file__).resolve().parent / "totpkey.kicad_pcb"
#: Model files of the parts, by footprint; made by models.py.
MODELS = "${KIPRJMOD}/models/"
#: What the house is asked for; KiCad's Python cannot set it.
_STACKUP = """\
		(stackup
			(layer "F.SilkS" (type "Top Silk Screen") (color "White"))
			(layer "F.Paste" (type "Top Solder Paste"))
			(layer "F.Mask" (type "Top Solder Mask") (color "Black") (thickness 0.01))
			(layer "F.Cu" (type "copper") (thickness 0.035))
			(layer "dielectric 1" (type "core") (thickness 1.51) (material "FR4") (epsilon_r 4.5))
			(layer "B.Cu" (type "copper") (thickness 0.035))
			(layer "B.Mask" (type "Bottom Solder Mask") (color "Black") (thickness 0.01))
			(layer "B.Paste" (type "Bottom Solder Paste"))
			(layer "B.SilkS" (type "Bottom Silk Screen") (color "White"))
			(copper_finish "ENIG")
			(dielectric_constraints no)
		)
"""
#: Text, place, size and whether on the back. No letter has a via in it: a hole makes an "a" of an "o".
_LETTERING = [
    ("totpkey", 49.5, 2.15, 1.3, False),
    ("rev 1", 24.2, 1.1, 0.9, False),
    ("CR1220  + up", 41.5, 16.9, 1.0, True),
    ("totpkey stick  rev 1", 24.6, 1.8, 0.8, True),
    ("MIT licence", 25.2, 11.8, 0.9, True),
]


def main(routed: str) -> None:
    board = placed(netlist())
    data = json.loads(Path(routed).read_text(encoding="utf-8"))
    for track in data["tracks"]:
        _track(board, track)
    for net, x, y in data["vias"]:
        _via(board, net, x, y)
    for layer in (pcbnew.F_Cu, pcbnew.B_Cu):
        _plane(board, layer)
    _lettering(board)
    _fields(board)
    write_project()
    pcbnew.SaveBoard(str(OUTPUT), board)
    # Loaded again with its rules, so that the planes keep to them.
    board = pcbnew.LoadBoard(str(OUTPUT))
    pcbnew.ZONE_FILLER(board).Fill(board.Zones())
    pcbnew.SaveBoard(str(OUTPUT), board)
    write_project()
    text = OUTPUT.read_text(encoding="utf-8")
    OUTPUT.write_text(text.replace("(setup\n", "(setup\n" + _STACKUP, 1), encoding="utf-8")


def _track(board: Any, data: dict[str, Any]) -> None:
    track = pcbnew.PCB_TRACK(board)
    x1, y1, x2, y2 = data["ends"]
    track.SetStart(point(x1, y1))
    track.SetEnd(point(x2, y2))
    track.SetWidth(pcbnew.FromMM(data["width"]))
    track.SetLayer((pcbnew.F_Cu, pcbnew.B_Cu)[data["layer"]])
    track.SetNet(board.FindNet(data["net"]))
    board.Add(track)


def _via(board: Any, net: str, x: float, y: float) -> None:
    via = pcbnew.PCB_VIA(board)
    via.SetPosition(point(x, y))
    via.SetDrill(pcbnew.FromMM(DRILL))
    via.SetWidth(pcbnew.F_Cu, pcbnew.FromMM(VIA))
    via.SetNet(board.FindNet(net))
    board.Add(via)


def _plane(board: Any, layer: int) -> None:
    zone = pcbnew.ZONE(board)
    zone.SetLayer(layer)
    zone.SetNet(board.FindNet(GROUND))
    rim = COPPER_TO_EDGE + 0.1
    outline = zone.Outline()
    outline.NewOutline()
    for x, y in ((rim, rim), (LENGTH - rim, rim), (LENGTH - rim, WIDTH - rim), (rim, WIDTH - rim)):
        outline.Append(point(x, y))
    zone.SetLocalClearance(pcbnew.FromMM(0.2))
    zone.SetMinThickness(pcbnew.FromMM(0.2))
    zone.SetThermalReliefGap(pcbnew.FromMM(0.2))
    zone.SetThermalReliefSpokeWidth(pcbnew.FromMM(0.3))
    zone.SetIslandRemovalMode(pcbnew.ISLAND_REMOVAL_MODE_ALWAYS)
    board.Add(zone)


def _lettering(board: Any) -> None:
    texts = list(_LETTERING)
    for ref, part in load().items():
        if not part.mpn:
            place = PLACES[ref]
            # Towards the middle; but neighbours whose names are long stand apart.
            side = 1 if place.y < MIDDLE or part.value == "SWDIO" else -1
            texts.append((part.value, place.x, place.y + 1.6 * side, 0.8, True))
    for text, x, y, size, back in texts:
        item = pcbnew.PCB_TEXT(board)
        item.SetText(text)
        item.SetPosition(point(x, y))
        item.SetLayer(pcbnew.B_SilkS if back else pcbnew.F_SilkS)
        item.SetMirrored(back)
        item.SetTextSize(pcbnew.VECTOR2I(pcbnew.FromMM(size), pcbnew.FromMM(size)))
        item.SetTextThickness(pcbnew.FromMM(min(0.15, size * 0.15)))
        board.Add(item)


def _fields(board: Any) -> None:
    """References go onto the drawing for assembly; each part gets its maker's number and its model."""
    for footprint in board.GetFootprints():
        part = load()[footprint.GetReference()]
        footprint.Reference().SetVisible(False)
        footprint.Value().SetVisible(False)
        for name, text in (("Manufacturer", part.maker), ("MPN", part.mpn), ("Datasheet", part.datasheet)):
            if text:
                footprint.SetField(name, text)
                footprint.GetFieldByName(name).SetVisible(False)
        footprint.Models().clear()
        if part.mpn:
            model = pcbnew.FP_3DMODEL()
            model.m_Filename = MODELS + part.footprint.split(":")[1] + ".step"
            footprint.Add3DModel(model)


if __name__ == "__main__":
    main(sys.argv[1])
