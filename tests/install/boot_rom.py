"""The RP2040's boot ROM, as far as files dragged onto RPI-RP2 are concerned.

Written from the ROM's published source, `bootrom/virtual_disk.c`. Blocks may arrive in any order. A sector is
erased before the first of the 16 blocks whose numbers differ only in the lowest four bits. The chip restarts
when all blocks have arrived.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from totpkey_virtual.flash import FlashCells
from totpkey_volume.circuitpython import SECTOR
from totpkey_volume.uf2 import BLOCK, FLASH_BASE

INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
_BLOCKS_A_SECTOR = 16


def write(image: bytes, flash: FlashCells) -> Iterator[int]:
    """Process each block of a UF2 as the ROM does, and yield how many are done."""
    erased: set[int] = set()
    seen: set[int] = set()
    for at in range(0, len(image), BLOCK):
        _, _, _, address, length, number, _, _ = struct.unpack_from("<8I", image, at)
        if number not in seen:
            if number // _BLOCKS_A_SECTOR not in erased:
                erased.add(number // _BLOCKS_A_SECTOR)
                flash.erase((address - FLASH_BASE) & ~(SECTOR - 1))
            flash.program(address - FLASH_BASE, image[at + 32 : at + 32 + length])
        seen.add(number)
        yield len(seen)


def written(image: bytes, before: bytes) -> bytes:
    """Return the contents of a flash that held `before`, after the image was dragged onto the board."""
    flash = FlashCells(bytearray(before))
    for _ in write(image, flash):
        pass
    return bytes(flash.cells)


class FakeDrive:
    """RPI-RP2 as a folder. With a complete image in it, it disappears, and `restart` receives the flash."""

    def __init__(self, folder: Path, flash: bytes, restart: Callable[[bytes], None]) -> None:
        folder.mkdir(parents=True)
        (folder / "INFO_UF2.TXT").write_text(INFO, encoding="ascii", newline="")
        self.folder = folder
        self.restart = restart
        self._flash = flash

    def look(self) -> None:
        """Do what the ROM does as soon as it can. Call it while a command waits."""
        for image in self.folder.glob("*.uf2"):
            data = image.read_bytes()
            if len(data) >= BLOCK and len(data) >= BLOCK * struct.unpack_from("<8I", data)[6]:
                for file in list(self.folder.iterdir()):
                    file.unlink()
                self.restart(written(data, self._flash))
