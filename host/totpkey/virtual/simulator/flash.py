"""Flash memory: the drive's files and the NVM sector, as they survive without power.

Counts erases and programs by sectors of 4 KB. A sector is written whole or not at all; torn writes are
the emulated chip's to show.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..key import FlashUse
from . import timing

SECTOR_BYTES = 4096
PAGE_BYTES = 256
PAGES_PER_SECTOR = SECTOR_BYTES // PAGE_BYTES
NVM_BYTES = 4096
ERASED = 0xFF

#: Sectors rewritten, besides a file's data, for its directory entry and for a change of its clusters.
ENTRY_SECTORS = 1
CHAIN_SECTORS = 2


class Flash:
    """All that the chip holds when unplugged. `files` maps paths such as "/lib/x.py" to their content."""

    def __init__(self, files: dict[str, bytes], folder: Path | None = None) -> None:
        self.files = files
        self.directories = {"/"} | {parent for path in files for parent in parents(path)}
        self.nvm = bytearray([ERASED]) * NVM_BYTES
        self.use = FlashUse()
        self._folder = folder
        self._original = dict(files)

    @classmethod
    def of_folder(cls, folder: Path) -> Flash:
        """A copy of the drive that lies in `folder`. Raises FileNotFoundError if there is no such folder."""
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a drive folder; `make drive` writes one to build/drive")
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return cls({"/" + path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}, folder)

    def save(self, folder: Path) -> None:
        """Write the drive's files to `folder`, where `of_folder` finds them again."""
        for path, content in self.files.items():
            target = folder / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def source_name(self, path: str) -> str:
        """The name to show in tracebacks: that of the real file while the drive still holds it unchanged."""
        if self._folder is not None and self.files[path] == self._original.get(path):
            return str(self._folder / path.lstrip("/"))
        return path

    def count_sectors(self, sectors: int) -> None:
        """Note that `sectors` whole sectors were erased and programmed."""
        self.use.erases += sectors
        self.use.programs += sectors * PAGES_PER_SECTOR

    def write_nvm(self, start: int, data: bytes, spend: Callable[[int], None]) -> None:
        """Store `data` at `start`. Only fresh bytes can be programmed without erasing the sector first.

        CircuitPython common-hal/nvm/ByteArray.c
        """
        fresh = all(byte == ERASED for byte in self.nvm[start : start + len(data)])
        pages = len({(start + index) // PAGE_BYTES for index in range(len(data))})
        spend(pages * timing.PAGE if fresh else timing.SECTOR)
        if fresh:
            self.use.programs += pages
        else:
            self.count_sectors(1)
        self.nvm[start : start + len(data)] = data


def parents(path: str) -> list[str]:
    """The directories above `path`, the root left out: "/a/b/c" gives "/a" and "/a/b"."""
    parts = path.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[: index + 1]) for index in range(len(parts))]


def changed_sectors(old: bytes, new: bytes) -> int:
    """How many 4 KB pieces of a file differ."""
    length = max(len(old), len(new))
    return sum(
        old[start : start + SECTOR_BYTES] != new[start : start + SECTOR_BYTES]
        for start in range(0, length, SECTOR_BYTES)
    )
