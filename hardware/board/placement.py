"""Where each part lies, in mm from the upper left corner of the board, whose left edge carries the plug.

`turn` is in degrees to the left. The front faces the person; the back carries the cell and the test pads.
"""

from __future__ import annotations

from typing import NamedTuple

#: Size of the board, and the radius of its two corners at the tail.
LENGTH, WIDTH, CORNER = 59.0, 18.0, 2.0
THICKNESS = 1.6


class Place(NamedTuple):
    x: float
    y: float
    turn: int = 0
    back: bool = False


MIDDLE = WIDTH / 2

#: The plug's footprint marks the board's edge 5.625 mm behind its origin (Molex drawing SD-48037-001).
PLACES = {
    "J1": Place(-5.625, MIDDLE, 180),
    # Supply, between plug and controller
    "U3": Place(9.7, 3.4, 0),
    "C1": Place(6.6, 2.5, 90),
    "C2": Place(12.8, 3.4, 90),
    "U4": Place(15.6, 3.2, 0),
    "C3": Place(13.7, 5.9, 180),
    "R4": Place(16.2, 5.9, 0),
    # USB
    "U5": Place(10.6, 8.2, 0),
    "R2": Place(16.6, 7.2, 0),
    "R1": Place(16.6, 8.4, 0),
    # Controller and what must be close to it
    "U1": Place(25.5, 9.0, 90),
    "C10": Place(18.6, 4.0, 180),
    "C11": Place(18.6, 5.4, 180),
    "C8": Place(18.6, 9.6, 180),
    "C12": Place(18.6, 10.8, 180),
    "C7": Place(22.9, 3.7, 90),
    "C6": Place(26.5, 3.7, 90),
    "C5": Place(30.9, 8.7, 0),
    "C13": Place(30.9, 7.4, 0),
    "C4": Place(22.9, 14.3, 270),
    "C9": Place(26.5, 14.3, 270),
    # Flash
    "U2": Place(12.9, 13.6, 0),
    "C14": Place(18.6, 12.2, 180),
    "R6": Place(8.4, 17.2, 0),
    "R5": Place(11.0, 17.2, 0),
    # Crystal
    "R3": Place(32.1, 10.0, 0),
    "Y1": Place(32.4, 13.0, 0),
    "C15": Place(29.5, 14.4, 270),
    "C16": Place(35.1, 12.2, 270),
    # Clock
    "U6": Place(41.9, 9.0, 180),
    "R7": Place(30.4, 16.9, 0),
    "R8": Place(33.1, 16.9, 0),
    "C17": Place(46.3, 15.5, 180),
    # Button and light
    "SW1": Place(51.9, 9.0, 90),
    "R9": Place(55.9, 14.6, 90),
    "D1": Place(57.2, 9.0, 270),
    "R10": Place(54.5, 2.9, 90),
    "R11": Place(55.7, 2.9, 90),
    "R12": Place(56.9, 2.9, 90),
    # Back
    "BT1": Place(41.5, MIDDLE, 0, True),
    "TP7": Place(9.0, 3.5, 0, True),
    "TP1": Place(12.5, 3.5, 0, True),
    "TP5": Place(16.0, 3.5, 0, True),
    "TP3": Place(9.0, 14.5, 0, True),
    "TP4": Place(12.5, 14.5, 0, True),
    "TP6": Place(18.5, 15.0, 0, True),
    "TP2": Place(22.0, 15.0, 0, True),
}
