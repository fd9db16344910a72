"""RP2040's registers that note each edge of a pin (datasheet 2.19.6.1), for the pins of a button and of keys.

Only what the firmware uses of them: whether a pin is low, and whether it fell.
"""

from __future__ import annotations

from .wiring import Wiring

START, LENGTH = 0x400140F0, 16
_LOW, _FELL = 1, 4


class PinMemory:
    """Their content. What is written to an edge's bit clears it."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        #: The pins by their numbers, which are not the board's.
        self.pins = dict(enumerate((wiring.board.button, *wiring.board.keys)))

    def __getitem__(self, place: slice) -> bytes:
        noted = 0
        for number, pin in self.pins.items():
            low = 0 if self._wiring.level(pin, True) else _LOW
            noted |= (low | (_FELL if pin in self._wiring.fallen else 0)) << 4 * number
        return noted.to_bytes(LENGTH, "little")[place]

    def __setitem__(self, place: slice, value: bytes) -> None:
        cleared = int.from_bytes(value, "little") << 8 * place.start
        self._wiring.fallen -= {pin for number, pin in self.pins.items() if cleared >> 4 * number & _FELL}
