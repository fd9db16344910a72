"""The memory that RP2040's processor shares with its USB controller (RP2040 datasheet 4.1.2.5).

Only what a firmware can learn from it of the keyboard: the control words of the endpoints, and one report.
"""

from __future__ import annotations

from collections.abc import Callable

START, LENGTH = 0x50100000, 0x1000

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
        self.cells = bytearray(LENGTH)
        self._touched = touched
        self._control = 0

    def __len__(self) -> int:
        return LENGTH

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
