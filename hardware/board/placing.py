"""Helpers to put parts onto the schematic, for the blocks of `drawing`."""

from __future__ import annotations

from .parts import Part
from .sheet import Sheet

#: The positions of the texts of a horizontal and of a vertical part, relative to its centre, in mm.
_ABOVE = {"ref": (-3.6, -2.0), "value": (0.8, -2.0)}
_BESIDE = {"ref": (1.6, -0.9), "value": (1.6, 1.1)}


class Placing:
    """A sheet and the parts for it. Positions are in mm from the sheet's upper left corner."""

    def __init__(self, parts: dict[str, Part], sheet: Sheet) -> None:
        self._parts = parts
        self.sheet = sheet

    def _place(self, ref: str, x: float, y: float, turn: int = 0, /, **texts: tuple[float, float]) -> None:
        self.sheet.part(self._parts[ref], x, y, turn, **texts)

    def _upright(self, ref: str, x: float, y: float) -> None:
        self._place(ref, x, y, **_BESIDE)

    def _lying(self, ref: str, x: float, y: float) -> None:
        self._place(ref, x, y, 90, **_ABOVE)

    def _drop(self, ref: str, x: float, top: float) -> None:
        """Place a part with its upper pin at `top` and its lower pin at ground."""
        self._upright(ref, x, top + 3)
        self.sheet.power("GND", x, top + 6)

    def _stub(self, ref: str, number: int, length: float, net: str) -> None:
        """Draw a short wire from a pin to its net's name."""
        x, y = self.sheet.pin(ref, number)
        self.sheet.wire((x, y), (x + length, y))
        self.sheet.label(net, x + length, y, "left" if length < 0 else "right")
