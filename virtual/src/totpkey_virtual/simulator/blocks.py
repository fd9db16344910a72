"""The drive as a block device, with CircuitPython's cache of one flash sector, without a journal.

CircuitPython ports/raspberrypi/supervisor/internal_flash.c and supervisor/shared/flash.c
"""

from __future__ import annotations

from totpkey_volume.fat_format import SECTOR as BLOCK

from ..flash import DRIVE_START, SECTOR
from .flash import Flash
from .machine import SECOND, Machine

_WRITE_BACK = SECOND


class BlockDevice:
    """Blocks of 512 bytes. A written block stays in the cache until another flash sector is written, anything
    is read, `flush` is called, or a second has passed."""

    def __init__(self, flash: Flash, machine: Machine) -> None:
        self._flash = flash
        self._machine = machine
        #: The address of the cached sector; None without one.
        self._address: int | None = None
        self._cache = bytearray()
        self._write_back_due = False

    @property
    def size(self) -> int:
        return len(self._flash.cells) - DRIVE_START

    @property
    def generation(self) -> int | None:
        """Equal only while all blocks read as before. None while the cache is yet to be written back."""
        return self._flash.generation if self._address is None else None

    def read(self, block: int, count: int = 1) -> bytes:
        if self._address is not None:
            self.flush()
        start = DRIVE_START + block * BLOCK
        return bytes(self._flash.cells[start : start + count * BLOCK])

    def has(self, block: int, data: bytes) -> bool:
        """Whether flash holds `data` from that block on."""
        return self._flash.cells.startswith(data, DRIVE_START + block * BLOCK)

    def write(self, block: int, data: bytes) -> None:
        for offset in range(0, len(data), BLOCK):
            self._write_one(DRIVE_START + block * BLOCK + offset, data[offset : offset + BLOCK])
        if not self._write_back_due:
            self._write_back_due = True
            self._machine.after(_WRITE_BACK, self._write_back)

    def _write_one(self, address: int, data: bytes) -> None:
        sector = address & ~(SECTOR - 1)
        if self._address != sector:
            self.flush()
            self._cache = self._flash.cells[sector : sector + SECTOR]
            self._address = sector
        self._cache[address - sector : address - sector + BLOCK] = data

    def flush(self) -> None:
        """Write the cached sector to flash, changed or not."""
        if self._address is not None:
            address, self._address = self._address, None
            self._flash.rewrite_sector(address, bytes(self._cache), self._machine.hush)

    def drop(self) -> None:
        """Lose the cache, as when the chip resets."""
        self._address = None

    def _write_back(self) -> None:
        self._write_back_due = False
        self.flush()
