"""The four printed parts. Needs build123d.

Frame: x and y as on the board's front with y up (so the board lies at negative y), z from the board's
underside; mm.
"""

from __future__ import annotations

from build123d import Align, Axis, Box, Cylinder, Part, Pos, Rot, Text, extrude, fillet

from hardware.board.placement import LENGTH, MIDDLE, PLACES, THICKNESS, WIDTH

WALL, GAP, SLIDE = 1.6, 0.25, 0.15
#: Room below the board for the cell in its holder, and above it for the plug's shell.
BELOW, ABOVE = 3.8, 4.8
FLOOR, ROOF = 1.4, 1.4
#: The front wall reaches this far before the board: 12 mm of the plug stay free (USB 2.0, figure 6-7 asks
#: 11.75).
FRONT = 3.0
SPLIT = 3.4
#: The plug's shell, 12.0 by 4.5 mm, stands on the board.
PLUG = (12.0, 4.5)
_LOW = (Align.MIN, Align.MIN, Align.MIN)
_MID = (Align.MIN, Align.CENTER, Align.MIN)
_TOP = THICKNESS + ABOVE
BUTTON_RADIUS, FLANGE_RADIUS = 3.9, 4.6
WINDOW = (5.0, 2.0)
_WINDOW_AT = THICKNESS + 0.3
_TAIL = LENGTH + GAP


def _block(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> Part:
    """A box between the given corners; y counts down the board, as its layout does."""
    size = (x[1] - x[0], y[1] - y[0], z[1] - z[0])
    return Pos(x[0], -y[1], z[0]) * Box(*size, align=_LOW)


def _outside(low: float, high: float) -> Part:
    rim = GAP + WALL
    body = _block((-FRONT, LENGTH + rim), (-rim, WIDTH + rim), (low, high))
    return fillet(body.edges().filter_by(Axis.Z), 3.0)


def _openings() -> Part:
    """The holes that shell and lid share: the plug's, and the window for the light."""
    plug = _block(
        (-FRONT - 1, 1),
        (MIDDLE - PLUG[0] / 2 - 0.2, MIDDLE + PLUG[0] / 2 + 0.2),
        (THICKNESS - 0.2, THICKNESS + PLUG[1] + 0.2),
    )
    half = WINDOW[0] / 2 + 0.1
    low = _WINDOW_AT - 0.1
    window = _block(
        (_TAIL - 0.5, _TAIL + WALL + 1), (MIDDLE - half, MIDDLE + half), (low, low + WINDOW[1] + 0.2)
    )
    return plug + window


def shell() -> Part:
    """The lower part: the board lies on ledges along its sides."""
    body = _outside(-BELOW - FLOOR, SPLIT)
    body = fillet(body.faces().sort_by(Axis.Z)[0].edges(), 0.8)
    body -= _block((-GAP, _TAIL), (-GAP, WIDTH + GAP), (0, SPLIT + 1))
    body -= _block((-GAP, _TAIL), (1.0, WIDTH - 1.0), (-BELOW, 1))
    return body - _openings() - _catches(0.55)


def lid() -> Part:
    """The upper part: its tongue reaches into the shell, holds the board down, and catches in two grooves."""
    body = _outside(SPLIT, _TOP + ROOF)
    body = fillet(body.faces().sort_by(Axis.Z)[-1].edges(), 0.8)
    body -= _block((-GAP, _TAIL), (-GAP, WIDTH + GAP), (SPLIT - 1, _TOP))
    inner = GAP - SLIDE
    for y in ((-inner, 1.0), (WIDTH - 1.0, WIDTH + inner)):
        body += _block((4.0, LENGTH - 5.0), y, (THICKNESS + 0.1, _TOP))
    body += _catches(0.4) & _block((0, LENGTH), (-GAP - 0.2, WIDTH + GAP + 0.2), (0, _TOP))
    for ref in ("R5", "R6", "R7", "R8"):
        place = PLACES[ref]
        body -= _block((place.x - 1.2, place.x + 1.2), (place.y - 1, WIDTH), (THICKNESS, SPLIT))
    switch = PLACES["SW1"]
    hole = Pos(switch.x, -switch.y, _TOP - 1) * Cylinder(BUTTON_RADIUS + 0.2, ROOF + 2, align=_align())
    return body - _openings() - hole - _name()


def _name() -> Part:
    """The letters, cut 0.4 mm deep into the lid's top."""
    letters = extrude(Text("totpkey", font_size=8, font="DejaVu Sans"), amount=1)
    return Pos(22, -MIDDLE, _TOP + ROOF - 0.4) * letters


def button() -> Part:
    """Captive below the lid; its stem rests just above the switch."""
    at = PLACES["SW1"]
    top = fillet(Cylinder(BUTTON_RADIUS, ROOF + 1.0, align=_align()).faces().sort_by(Axis.Z)[-1].edges(), 0.5)
    cap = Pos(at.x, -at.y, _TOP - 0.3) * top
    flange = Pos(at.x, -at.y, _TOP - 1.3) * Cylinder(FLANGE_RADIUS, 1.0, align=_align())
    stem = Pos(at.x, -at.y, THICKNESS + 1.8) * Cylinder(1.3, _TOP - 1.3 - THICKNESS - 1.8, align=_align())
    return cap + flange + stem


def pipe() -> Part:
    """The clear piece before the light; a flange keeps it from falling out of its window."""
    half = WINDOW[0] / 2
    window = _block(
        (_TAIL - 0.1, _TAIL + WALL + 0.2),
        (MIDDLE - half, MIDDLE + half),
        (_WINDOW_AT, _WINDOW_AT + WINDOW[1]),
    )
    flange = _block(
        (_TAIL - 0.55, _TAIL - 0.05),
        (MIDDLE - half - 0.8, MIDDLE + half + 0.8),
        (THICKNESS + 0.1, _WINDOW_AT + WINDOW[1] + 0.8),
    )
    return window + flange


def _catches(radius: float) -> Part:
    """Rods along both sides: bumps on the tongue, grooves in the shell."""
    rods = Part()
    for x in (16.0, 42.0):
        for y in (-GAP + 0.1, WIDTH + GAP - 0.1):
            rods += Pos(x, -y, SPLIT - 0.8) * Rot(0, 90, 0) * Cylinder(radius, 6.0)
    return rods


def _align() -> tuple[Align, Align, Align]:
    return (Align.CENTER, Align.CENTER, Align.MIN)
