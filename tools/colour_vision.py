"""How a light of three LEDs looks to people with protanopia and deuteranopia.

The matrices are those of Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color
Vision Deficiency, IEEE TVCG 15 (2009), for severity 1.0. They apply to linear light, which is what an LED's
duty is. They are made for the primaries of a screen (sRGB). An LED's are purer, so this shows which colours
fall together, and not how far apart the others look on a desk.
"""

from __future__ import annotations

from collections.abc import Sequence

Light = tuple[float, ...]
_Matrix = tuple[Light, Light, Light]

MATRICES: dict[str, _Matrix] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
#: From linear sRGB to CIE XYZ (IEC 61966-2-1).
_XYZ: _Matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def seen(colour: Sequence[float], eye: str) -> Light:
    """Return the colour that looks to a usual eye as `colour` does to this one."""
    return tuple(max(0.0, part) for part in _times(MATRICES[eye], colour))


def hue(colour: Sequence[float]) -> tuple[float, float]:
    """Return the chromaticity u', v' (CIE 1976). Two that differ by some 0.004 can just be told apart."""
    x, y, z = _times(_XYZ, colour)
    whole = x + 15 * y + 3 * z
    return 4 * x / whole, 9 * y / whole


def _times(matrix: _Matrix, colour: Sequence[float]) -> Light:
    return tuple(sum(factor * part for factor, part in zip(row, colour, strict=True)) for row in matrix)
