"""The place of each part, in mm from the board's upper left corner. The plug is at the left edge.

`turn` is in degrees counter-clockwise. The front faces the person; only bare test pads are on the back.
"""

from __future__ import annotations

from typing import NamedTuple

#: The board's length and width, and the radius of its whole corner at the tail.
LENGTH, WIDTH, CORNER = 69.5, 13.8, 2.0
#: Its other corner at the tail is left out, for the case's screw: from this x on, up to this y.
NOTCH = (66.7, 4.6)
THICKNESS = 1.6
#: The position on KiCad's paper of the board's upper left corner, in mm.
ORIGIN = (100.0, 80.0)


class Place(NamedTuple):
    x: float
    y: float
    turn: int = 0
    back: bool = False


MIDDLE = WIDTH / 2

#: The plug's footprint marks the board's edge 5.625 mm behind its origin (Molex drawing SD-48037-004).
PLACES = {
    "J1": Place(-5.625, MIDDLE, 180),
    # USB
    "U5": Place(9.6, MIDDLE, 0),
    "R1": Place(20.4, 5.5, 270),
    "R2": Place(22.0, 5.5, 0),
    # Supply and supervisor
    "C1": Place(7.6, 11.5, 90),
    "R14": Place(6.35, 12.4, 270),
    "U3": Place(10.4, 11.5, 0),
    "C2": Place(13.2, 11.5, 90),
    "R4": Place(11.9, 2.5, 90),
    "U4": Place(14.6, 2.5, 0),
    "C3": Place(17.1, 2.0, 90),
    # Flash, and the boot button behind its pinhole
    "U2": Place(18.6, 10.5, 0),
    "C14": Place(21.0, 7.05, 180),
    "R5": Place(12.6, 8.35, 0),
    "R6": Place(12.6, 9.3, 0),
    "SW2": Place(20.5, 2.3, 0),
    # Controller, and the parts that must be close to it
    "U1": Place(29.9, MIDDLE, 90),
    "C10": Place(24.7, 3.75, 180),
    "C11": Place(24.7, 4.8, 180),
    "C8": Place(24.2, 6.5, 180),
    "C12": Place(24.2, 7.43, 180),
    "C7": Place(27.3, 1.85, 90),
    "C6": Place(30.9, 1.85, 90),
    "C5": Place(35.9, 6.35, 0),
    "C13": Place(35.9, 5.3, 0),
    "C4": Place(27.3, 11.95, 270),
    "C9": Place(31.5, 11.95, 270),
    # Crystal
    "R3": Place(36.9, 7.9, 180),
    "Y1": Place(36.8, 10.6, 0),
    "C15": Place(33.9, 11.95, 270),
    "C16": Place(39.5, 9.6, 270),
    # Secure element, whose place may stay empty
    "U7": Place(40.6, 4.8, 0),
    "C18": Place(37.5, 3.6, 270),
    "C19": Place(40.9, 7.95, 0),
    "C20": Place(43.27, 2.07, 0),
    "R13": Place(38.85, 7.95, 180),
    # Clock and cell
    "U6": Place(50.65, 11.1, 180),
    "R7": Place(43.3, 12.15, 90),
    "R8": Place(42.2, 11.8, 90),
    "R16": Place(49.95, 3.8, 90),
    "R17": Place(46.6, 12.55, 0),
    "C17": Place(48.3, 12.1, 270),
    "C21": Place(52.6, 12.54, 270),
    "R15": Place(51.5, 3.8, 270),
    "BT1": Place(59.4, MIDDLE, 180),
    # Button and light
    "SW1": Place(46.25, MIDDLE, 90),
    "R9": Place(51.4, 1.4, 90),
    "D1": Place(67.75, 11.32, 270),
    "R10": Place(45.12, 2.15, 0),
    "R11": Place(47, 2.15, 0),
    "R12": Place(48.88, 2.15, 0),
    # Back
    "TP7": Place(9.0, 2.9, 0, True),
    "TP1": Place(12.5, 2.9, 0, True),
    "TP5": Place(33.3, 2.25, 0, True),
    "TP3": Place(34.6, 4.5, 0, True),
    "TP4": Place(35.9, 2.25, 0, True),
    "TP6": Place(18.5, 10.9, 0, True),
    "TP2": Place(22.0, 10.9, 0, True),
    "TP8": Place(47.8, 11.8, 0, True),
}
