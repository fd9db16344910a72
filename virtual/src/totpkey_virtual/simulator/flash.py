"""The flash chip of a simulated key, with the NVM and the drive of CircuitPython.

The drive is a real FAT volume, so a power cut damages the same data as on the board. The region of
CircuitPython itself stays blank.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from totpkey_virtual.flash import DRIVE_START, ERASED, MB, NVM_START, PAGE, SECTOR, FlashCells
from totpkey_virtual.simulator import sources, timing
from totpkey_volume import fat, fat_reader, layout

#: Lets that many ns of device time pass. Raises Halt once the chip has stopped.
Spend = Callable[[int], None]


#: A file's path, when it was written, in ns of Unix time, and its size. While these are as before, so is its
#: content, unless it was written just now.
_Stamp = tuple[str, int, int]
#: A file may be written twice within this many ns without a difference in its stamp.
_JUST_NOW = 2_000_000_000


class _NewKey(NamedTuple):
    """The drive's files on a new key, by path, the sources of its modules, and its flash."""

    files: Mapping[str, bytes]
    of_modules: sources.Sources
    cells: bytes


def _stamps(folder: Path) -> tuple[_Stamp, ...]:
    found = [(path, os.stat(path)) for _, path in fat.walk(folder)]
    # What was moved or copied here may have been written long ago.
    return tuple((path, max(file.st_mtime_ns, file.st_ctime_ns), file.st_size) for path, file in found)


@lru_cache(maxsize=4)
def _new_key(folder: Path, megabytes: int, alone: tuple[str, ...], stamps: tuple[_Stamp, ...]) -> _NewKey:
    """A new key of the files with these stamps. Most keys of one process begin alike."""
    files = fat.folder(folder)
    on_key = layout.on_a_key(files)
    drive = _volume(tuple(on_key.items()), megabytes * MB - DRIVE_START, alone)
    return _NewKey(on_key, sources.find(folder, files), bytes([ERASED]) * DRIVE_START + drive)


@lru_cache(maxsize=4)
def _volume(files: tuple[tuple[str, bytes], ...], size: int, alone: tuple[str, ...]) -> bytes:
    """The drive of a new key. Folders that were copied hold the same."""
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
        stamps = _stamps(folder)
        last_written = max((written for _, written, _ in stamps), default=0)
        known = time.time_ns() - last_written > _JUST_NOW
        new = (_new_key if known else _new_key.__wrapped__)(folder, megabytes, tuple(alone), stamps)
        self._folder = folder
        self._original = new.files
        sources.know(new.of_modules)
        super().__init__(bytearray(new.cells))
        self.erase_nanos[SECTOR], self.program_nanos = timing.ERASE, timing.PROGRAM

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
        spend(self.erase_nanos[SECTOR])
        for offset in range(0, SECTOR, PAGE):
            self.program(address + offset, content[offset : offset + PAGE])
            spend(self.program_nanos)

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
            spend(self.program_nanos)
            start = stop
