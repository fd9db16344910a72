"""The simulated key that `totpkey web --simulate` offers to the page."""

from __future__ import annotations

from pathlib import Path

from totpkey.link.transport import SerialTransport, Transport
from totpkey.web.keys import Found, FoundKey, no_such_key
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.key import VirtualKey


class SimulatedKeys:
    """One virtual key, with its serial port at `port` while it has one."""

    def __init__(self, key: VirtualKey, port: Path) -> None:
        self._simulated = key
        self._port = port

    def found(self) -> Found:
        enumeration = self._simulated.usb.enumeration
        if enumeration is None:
            return Found((), everyday=False)
        if not enumeration.has_serial or not self._port.exists():
            return Found((), everyday=not enumeration.has_serial)
        board = self._simulated.board
        name = f"{BOARDS[board].name} (simulated)"
        return Found(
            (FoundKey(enumeration.serial_number.lower(), name, "", board, "simulated"),), everyday=False
        )

    def open(self, key: str) -> Transport:
        if key not in {found.key for found in self.found().keys}:
            raise no_such_key()
        return SerialTransport(str(self._port))
