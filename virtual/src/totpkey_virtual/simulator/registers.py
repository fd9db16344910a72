"""RP2040's registers and shared memory, as far as a firmware reads them.

Of the memory that the processor shares with the USB controller (datasheet 4.1.2.5): what can be learnt from
it of the keyboard, the control words of the endpoints, and one report. Of the registers that note each edge
of a pin (2.19.6.1), for the pins of a button and of keys: whether a pin is low, and whether it fell.
"""

from __future__ import annotations

from collections.abc import Callable

from totpkey_virtual.simulator.wiring import Wiring

DPRAM_START, DPRAM_LENGTH = 0x50100000, 0x1000

#: Control words of endpoints and buffers, 8 bytes for each endpoint: 4 for IN, 4 for OUT.
_CONTROLS, _BUFFER_CONTROLS = 8, 0x80
#: Enabled, an interrupt for each buffer, interrupt transfers.
_INTERRUPT_ENDPOINT = 0xAC000000
_AVAILABLE, _FULL = 1 << 10, 1 << 15
#: Where TinyUSB begins to assign buffers.
_IN_BUFFER, _OUT_BUFFER = 0x180, 0x1C0


class UsbMemory:
    """Its content. `touched` is called whenever the firmware reads or writes."""

    def __init__(self, touched: Callable[[], None]) -> None:
        self.cells = bytearray(DPRAM_LENGTH)
        self._touched = touched
        self._control = 0

    def __len__(self) -> int:
        return DPRAM_LENGTH

    def __getitem__(self, place: int) -> int:
        self._touched()
        return self.cells[place]

    def __setitem__(self, place: int, value: int) -> None:
        self._touched()
        self.cells[place] = value

    def reset_bus(self) -> None:
        """Disable all endpoints but 0, as TinyUSB does at a reset."""
        self.cells[_CONTROLS:_BUFFER_CONTROLS] = bytes(_BUFFER_CONTROLS - _CONTROLS)

    def open_keyboard(self, endpoint: int) -> None:
        """Enable the keyboard's endpoint, as the configuration does."""
        at = 8 * endpoint
        self._store(at, _INTERRUPT_ENDPOINT | _IN_BUFFER)
        self._store(at + 4, _INTERRUPT_ENDPOINT | _OUT_BUFFER)
        self._control = _BUFFER_CONTROLS + at
        self._store(self._control, 0)

    def put(self, packet: bytes) -> None:
        """Hand a packet to the controller."""
        self.cells[_IN_BUFFER : _IN_BUFFER + len(packet)] = packet
        self._store(self._control, _AVAILABLE | _FULL | len(packet))

    def take(self) -> bytes:
        """Give the packet to the computer's poll."""
        length = self.cells[self._control] & 0x3F
        self._store(self._control, length)
        return bytes(self.cells[_IN_BUFFER : _IN_BUFFER + length])

    def _store(self, place: int, word: int) -> None:
        self.cells[place : place + 4] = word.to_bytes(4, "little")


EDGES_START, EDGES_LENGTH = 0x400140F0, 16
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
        return noted.to_bytes(EDGES_LENGTH, "little")[place]

    def __setitem__(self, place: slice, value: bytes) -> None:
        cleared = int.from_bytes(value, "little") << 8 * place.start
        self._wiring.fallen -= {pin for number, pin in self.pins.items() if cleared >> 4 * number & _FELL}
