"""The flash chip of a simulated key, with the NVM and the drive of CircuitPython.

The drive is a real FAT volume, so a power cut damages the same data as on the board. The region of
CircuitPython itself stays blank.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path

from totpkey.volume import fat, fat_reader, layout

from ..flash import DRIVE_START, ERASED, MB, NVM_START, PAGE, SECTOR, FlashCells
from . import sources, timing

NVM_BYTES = 4096

#: Lets that many ns of device time pass. Raises Halt once the chip has stopped.
Spend = Callable[[int], None]


@lru_cache(maxsize=4)
def _volume(files: tuple[tuple[str, bytes], ...], size: int, alone: tuple[str, ...]) -> bytes:
    """The drive of a new key. Most keys of one process have the same."""
    return fat.build(dict(files), size, alone)


class Flash(FlashCells):
    """All that the key holds when unplugged."""

    def __init__(self, folder: Path, megabytes: int, alone: Collection[str] = ()) -> None:
        """A drive with the files in `folder`, except `source`, as on real keys.

        Files in `alone` share no flash sector with others. Raises FileNotFoundError without the folder, and
        VolumeFull.
        """
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a drive folder; `make drive` writes one to build/drive")
        files = fat.folder(folder)
        sources.know(folder, files)
        self._folder = folder
        self._original = layout.on_a_key(files)
        super().__init__(bytearray([ERASED]) * (megabytes * MB))
        size = megabytes * MB - DRIVE_START
        self.cells[DRIVE_START:] = _volume(tuple(self._original.items()), size, tuple(alone))

    @property
    def files(self) -> Mapping[str, bytes]:
        """The drive's files as they are in flash, by path."""
        return fat_reader.read(bytes(self.cells[DRIVE_START:]))

    @property
    def nvm(self) -> bytearray:
        return self.cells[NVM_START:DRIVE_START]

    def source_name(self, path: str, content: bytes) -> str:
        """The name for tracebacks: that of the real file, while the drive holds it unchanged."""
        if self._original.get(path.lstrip("/")) == content:
            return str(self._folder / path.lstrip("/"))
        return path

    def rewrite_sector(self, address: int, content: bytes, spend: Spend) -> None:
        """Erase the 4 KB sector at `address` and program it with `content`."""
        spend(0)
        self.erase(address)
        spend(timing.ERASE)
        for offset in range(0, SECTOR, PAGE):
            self.program(address + offset, content[offset : offset + PAGE])
            spend(timing.PROGRAM)

    def write_nvm(self, start: int, data: bytes, spend: Spend) -> None:
        """Store `data` at `start`. Bytes that are not blank need an erase of the sector first.

        CircuitPython common-hal/nvm/ByteArray.c
        """
        content = self.nvm
        if any(byte != ERASED for byte in content[start : start + len(data)]):
            content[start : start + len(data)] = data
            self.rewrite_sector(NVM_START, bytes(content), spend)
            return
        end = start + len(data)
        spend(0)
        while start < end:
            stop = min(end, (start // PAGE + 1) * PAGE)
            self.program(NVM_START + start, data[len(data) - (end - start) : len(data) - (end - stop)])
            spend(timing.PROGRAM)
            start = stop
