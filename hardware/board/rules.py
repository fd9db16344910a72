"""What the board keeps to, in mm: a usual board house's rules for two layers, and the widths of our
tracks."""

from __future__ import annotations

#: The least that the house is asked for; KiCad's checks use these (see project.py).
TRACK, GAP, DRILL, RING = 0.15, 0.15, 0.3, 0.15
HOLE_TO_HOLE, COPPER_TO_EDGE = 0.5, 0.3

VIA = DRILL + 2 * RING
#: A supply track must run out between two others at 0.4 mm pitch.
WIDTHS = {"signal": 0.2, "supply": 0.22, "input": 0.4, "ground": 0.25}
