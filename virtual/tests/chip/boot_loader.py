"""A chip in its boot loader: how to plug it in so, and a minimal mass storage driver for what it shows.

It comes up there if its BOOT button is held, or it has nothing to start. The driver is of Bulk-Only Transport
1.0, with SBC's WRITE.
"""

from __future__ import annotations

import struct
from array import array

from totpkey_virtual.chip.descriptors import BULK, ENDPOINT, IN
from totpkey_virtual.chip.key import ChipKey
from virtual.tests.chip.usb_backend import ChipBackend

#: The chip select of QSPI, which the button pulls low (RP2040 datasheet 2.8.1).
SELECT = 1


def plug_in_boot_loader(key: ChipKey) -> None:
    key.plug()
    key._running().qspi[SELECT].set_input_value(False)
    _await(key)


def plug_in_blank(key: ChipKey) -> None:
    key.plug()
    _await(key)


def _await(key: ChipKey) -> None:
    assert key.run_until(lambda: key.usb.enumeration is not None, 5)
    assert key.usb.enumeration is not None
    assert key.usb.enumeration.product == "RP2 Boot"


BLOCK = 512
#: Blocks of the boot loader's drive in which a file may lie; it looks at each block's content only.
_ANYWHERE = 5000
_CBW, _CSW = struct.Struct("<IIIBBB16s"), struct.Struct("<IIIB")
_CBW_SIGN, _CSW_SIGN = 0x43425355, 0x53425355
_WRITE_10 = 0x2A
#: The largest number of blocks in one command.
_MOST = 0xFFFF


class MassStorage(ChipBackend):
    """The first bulk pipes of an enumerated key."""

    patience = 60

    def write(self, data: bytes) -> None:
        """Write whole blocks, as of a file, in one command, the first since the key was plugged in.

        After a status, our model of the controller and the ROM disagree about whose turn the pipe's second
        buffer is. Raises OSError if the board disappears.
        """
        count = len(data) // BLOCK
        assert count <= _MOST
        command = struct.pack(">BBIBHB", _WRITE_10, 0, _ANYWHERE, 0, count, 0)
        pipes = self._pipes()
        wrapped = _CBW.pack(_CBW_SIGN, 1, len(data), 0, 0, len(command), command)
        for part in (wrapped, data):
            self.bulk_write(None, pipes[0], 0, part, 0)
        self.bulk_read(None, pipes[IN], 0, status := array("B", bytes(_CSW.size)), 0)
        assert _CSW.unpack(status) == (_CSW_SIGN, 1, 0, 0)

    def _pipes(self) -> dict[int, int]:
        """The addresses of the first bulk endpoints, by direction."""
        bulk = [raw[2] for raw in self._of(ENDPOINT) if raw[3] & 3 == BULK]
        return {address & IN: address for address in reversed(bulk)}
