"""The board's limits in mm: a typical board house's rules for two layers, and the widths of our tracks."""

from __future__ import annotations

#: The smallest values that the house must support; KiCad's checks use them (see project.py).
TRACK, GAP, DRILL, RING = 0.15, 0.15, 0.3, 0.15
HOLE_TO_HOLE, COPPER_TO_EDGE = 0.5, 0.3

VIA = DRILL + 2 * RING
#: A supply track must fit between two others at a pitch of 0.4 mm.
WIDTHS = {"signal": 0.2, "supply": 0.22, "input": 0.4, "ground": 0.25}
