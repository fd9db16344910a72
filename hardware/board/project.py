"""KiCad's project file, which contains the design rules: `python -m hardware.board.project`.

It writes totpkey.kicad_pro. The board's limits in mm are a typical board house's rules for two layers, and
the widths of our tracks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: The smallest values that the house must support; KiCad's checks use them (see project.py).
TRACK, GAP, DRILL, RING = 0.15, 0.15, 0.3, 0.15
HOLE_TO_HOLE, COPPER_TO_EDGE = 0.5, 0.3

VIA = DRILL + 2 * RING
#: A supply track must fit between two others at a pitch of 0.4 mm.
WIDTHS = {"signal": 0.2, "supply": 0.22, "input": 0.4, "ground": 0.25}


OUTPUT = Path(__file__).resolve().parent / "totpkey.kicad_pro"

_RULES = {
    "min_clearance": GAP,
    "min_track_width": TRACK,
    "min_through_hole_diameter": DRILL,
    "min_via_diameter": VIA,
    "min_via_annular_width": RING,
    "min_hole_to_hole": HOLE_TO_HOLE,
    "min_hole_clearance": 0.25,
    "min_copper_edge_clearance": COPPER_TO_EDGE,
    "min_connection": TRACK,
    "min_silk_clearance": 0.0,
    "min_text_height": 0.8,
    "min_text_thickness": 0.12,
    "min_resolved_spokes": 1,
    "solder_mask_to_copper_clearance": 0.0,
    "use_height_for_length_calcs": True,
}
#: Everything is an error except for part outlines on the silk screen, which a board house clips.
_SEVERITIES = {
    "hole_to_hole": "error",
    "courtyards_overlap": "error",
    "footprint_symbol_mismatch": "error",
    "silk_edge_clearance": "ignore",
    "silk_over_copper": "ignore",
    "silk_overlap": "ignore",
    "starved_thermal": "error",
    "track_dangling": "error",
    "via_dangling": "error",
    # The models of the parts and the plug's position at the edge are our own.
    "lib_footprint_mismatch": "ignore",
}


def content() -> dict[str, Any]:
    default = {
        "name": "Default",
        "priority": 2147483647,
        "clearance": GAP,
        "track_width": WIDTHS["signal"],
        "via_diameter": VIA,
        "via_drill": DRILL,
        "microvia_diameter": 0.3,
        "microvia_drill": 0.1,
        "diff_pair_width": WIDTHS["signal"],
        "diff_pair_gap": GAP,
        "diff_pair_via_gap": 0.25,
        "wire_width": 6,
        "bus_width": 12,
        "line_style": 0,
        "pcb_color": "rgba(0, 0, 0, 0.000)",
        "schematic_color": "rgba(0, 0, 0, 0.000)",
    }
    settings = {
        "rules": _RULES,
        "rule_severities": _SEVERITIES,
        "track_widths": [0.0, *sorted(set(WIDTHS.values()))],
        "via_dimensions": [{"diameter": 0.0, "drill": 0.0}, {"diameter": VIA, "drill": DRILL}],
    }
    return {
        "board": {"design_settings": settings, "layer_presets": [], "viewports": []},
        "meta": {"filename": OUTPUT.name, "version": 3},
        "net_settings": {"classes": [default], "meta": {"version": 4}, "netclass_patterns": []},
        "schematic": {"meta": {"version": 1}},
        "text_variables": {},
    }


def of_panel() -> dict[str, Any]:
    """Return the same rules for the panel, whose footprints are copies and need no library.

    KiKit rounds the edges to some nanometres, which must not count.
    """
    found = content()
    settings = found["board"]["design_settings"]
    settings["rule_severities"] = {**_SEVERITIES, "lib_footprint_issues": "ignore"}
    settings["rules"] = {**_RULES, "min_copper_edge_clearance": COPPER_TO_EDGE - 0.001}
    return found


def main() -> None:
    OUTPUT.write_text(json.dumps(content(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
