"""A minimal mass storage driver (Bulk-Only Transport 1.0, SBC's WRITE) for tests."""

from __future__ import annotations

import struct
from collections.abc import Callable

from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.chip.usb_controller import Handshake

BLOCK = 512
#: Blocks of the boot loader's drive in which a file may lie; it looks at each block's content only.
_ANYWHERE = 5000
_PACKET = 64
_CBW, _CSW = 0x43425355, 0x53425355
_WRITE_10 = 0x2A
_ENDPOINT, _IN, _BULK = 5, 0x80, 2
#: The largest number of blocks in one command.
_MOST = 0xFFFF


class MassStorage:
    """The first bulk pipes of an enumerated key."""

    def __init__(self, key: ChipKey) -> None:
        self._key = key
        self._out, self._in = _bulk_endpoints(key)
        self._to_send = bytearray()
        self._received = bytearray()
        self._reading = False
        host = key._cable()
        self._controller, self._bus = host._controller, host.bus

    def write(self, data: bytes) -> None:
        """Write whole blocks, as of a file, in one command, the first since the key was plugged in.

        After a status, our model of the controller and the ROM disagree about whose turn the pipe's second
        buffer is.
        """
        count = len(data) // BLOCK
        assert count <= _MOST
        command = struct.pack(">BBIBHB", _WRITE_10, 0, _ANYWHERE, 0, count, 0)
        # Restore the computer's own handlers at the end.
        kept = self._bus.on_slot, self._bus.wants_slots
        self._bus.on_slot = self._move
        self._bus.wants_slots = lambda: bool(self._to_send) or self._reading
        try:
            self._command(command, data)
        finally:
            self._bus.on_slot, self._bus.wants_slots = kept

    def _command(self, command: bytes, data: bytes) -> None:
        self._transfer(struct.pack("<IIIBBB16s", _CBW, 1, len(data), 0, 0, len(command), command))
        self._transfer(data)
        assert struct.unpack("<IIIB", self._status()) == (_CSW, 1, 0, 0)

    def _transfer(self, data: bytes) -> None:
        self._to_send += data
        self._bus.keep_busy()
        self._await(lambda: not self._to_send)

    def _status(self) -> bytes:
        self._received.clear()
        self._reading = True
        self._bus.keep_busy()
        self._await(lambda: not self._reading)
        return bytes(self._received)

    def _await(self, condition: Callable[[], bool]) -> None:
        """Raise ConnectionError if the board disappears or takes more than a minute."""
        if not self._key.run_until(condition, 60):
            raise ConnectionError("the board is gone, or takes nothing")

    def _move(self) -> bool:
        if self._to_send:
            packet = bytes(self._to_send[:_PACKET])
            taken = self._controller.give(self._out, packet) is Handshake.ACK
            if taken:
                del self._to_send[: len(packet)]
            return taken
        packet_in = self._controller.take(self._in)
        if isinstance(packet_in, bytes):
            self._received += packet_in
            # A status fits one packet.
            self._reading = False
            return True
        return False


def _bulk_endpoints(key: ChipKey) -> tuple[int, int]:
    """Return the numbers of the first OUT and the first IN endpoint from the configuration descriptor."""
    raw = key.control(0x80, 6, 0x0200, 0, length=255) or b""
    found: dict[bool, int] = {}
    while raw:
        if raw[1] == _ENDPOINT and raw[3] & 3 == _BULK:
            found.setdefault(bool(raw[2] & _IN), raw[2] & 0x0F)
        raw = raw[raw[0] :]
    return found[False], found[True]
