"""The mounted CIRCUITPY drive: FatFs with its cache, and CircuitPython's rules on who may write.

What the firmware writes is seen by the firmware at once, and by the flash when the cache is written
back: on `flush` and `close`, with `os.sync`, when a run of Python starts or ends, or a second later.
"""

from __future__ import annotations

import errno
import io
import posixpath
from typing import TYPE_CHECKING

from . import timing
from .buffers import as_bytes
from .flash import CHAIN_SECTORS, ENTRY_SECTORS, Flash, changed_sectors
from .machine import SECOND, Machine

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_WRITE_BACK = SECOND
_DIRECTORY = 0x4000
_REGULAR_FILE = 0x8000
#: FAT keeps no time without a real-time clock: CircuitPython stamps files with this moment.
_TIMESTAMP = 946684800


class Drive:
    """The file system, from one power-on to the next."""

    def __init__(self, flash: Flash, machine: Machine) -> None:
        self._flash = flash
        self._machine = machine
        self.files = {path: bytearray(content) for path, content in flash.files.items()}
        #: Open files, and what the firmware holds of them; so kept, none is closed by Python's own tidying,
        #: which the chip does not have.
        self._open: dict[DriveFile, DriveFile | io.TextIOWrapper] = {}
        self._write_back_due = False
        self._mounted = True
        #: Whether the computer sees the drive; if so it is the computer that may write.
        self.usb_enabled = True
        self.writable_by_code = False
        #: boot.py may always write.
        self.unprotected = False

    @property
    def read_only(self) -> bool:
        return not (self.writable_by_code or self.unprotected)

    # Files

    def read(self, path: str) -> bytes | None:
        """A whole file, or None."""
        content = self.files.get(path)
        return None if content is None else bytes(content)

    def open(self, path: str, mode: str, encoding: str | None = None) -> DriveFile | io.TextIOWrapper:
        """`open()` of CircuitPython. Raises OSError with ENOENT, EEXIST, EACCES or EROFS."""
        self._prepare(path, mode)
        file = DriveFile(self, self._machine, path, mode)
        if "b" not in mode:
            self._open[file] = io.TextIOWrapper(file, encoding or "utf-8", newline="", write_through=True)
        return self._open.setdefault(file, file)

    def write(self, path: str, content: bytes) -> None:
        """Replace a whole file."""
        self._create(path)
        self.files[path][:] = content
        self.commit(path)

    def _prepare(self, path: str, mode: str) -> None:
        if self.is_directory(path):
            code = "ENOENT" if mode.startswith("r") else "EACCES"
            raise OSError(getattr(errno, code), code)
        if mode.startswith("r") and path not in self.files:
            raise OSError(errno.ENOENT, "ENOENT")
        if not mode.startswith("r") or "+" in mode:
            self._require_writable()
            self._require_directory(posixpath.dirname(path))
        if mode.startswith("x") and path in self.files:
            raise OSError(errno.EEXIST, "EEXIST")
        if mode.startswith(("w", "x")) or path not in self.files:
            self._create(path)

    def _create(self, path: str) -> None:
        """An empty file, on flash at once: what stood there is gone before the first byte is written."""
        if path in self.files:
            self.remove(path)
        self._rewrite(ENTRY_SECTORS)
        self.files[path] = bytearray()
        self._flash.files[path] = b""

    def touched(self) -> None:
        """Something was written: have it written back in a second."""
        if not self._write_back_due:
            self._write_back_due = True
            self._machine.after(_WRITE_BACK, self._write_back_later)

    def _write_back_later(self) -> None:
        self._write_back_due = False
        if self._mounted:
            for path in self.files:
                self._store(path)

    def commit(self, path: str) -> None:
        """Write one file back, its directory entry included."""
        self._machine.spend(self._store(path, entry=True) * timing.SECTOR)

    def closed(self, file: DriveFile) -> None:
        del self._open[file]
        if file.name in self.files:
            self.commit(file.name)

    def sync(self) -> None:
        """Write everything back but the directory entries of open files, as `os.sync` does."""
        open_paths = {file.name for file in self._open}
        for path in list(self.files):
            self._machine.spend(self._store(path, entry=path not in open_paths) * timing.SECTOR)

    def end_run(self) -> None:
        """A run of Python has ended: what it left open is written back, at the length it had on flash."""
        self.sync()
        for file in self._abandon():
            if file.name in self.files:
                self.files[file.name] = bytearray(self._flash.files[file.name])

    def unmount(self) -> None:
        """The chip resets: whatever is in the cache is lost."""
        self._mounted = False
        self._abandon()

    def _abandon(self) -> list[DriveFile]:
        files = list(self._open)
        for file in files:
            file.abandoned = True
        self._open.clear()
        return files

    def _store(self, path: str, entry: bool = False) -> int:
        """Bring the flash up to date and return how many sectors that took.

        Without its directory `entry` a file keeps its old length.
        """
        new, old = bytes(self.files[path]), self._flash.files[path]
        if not entry:
            new = new[: len(old)] + old[len(new) :]
        if new == old:
            return 0
        sectors = changed_sectors(old, new) + ENTRY_SECTORS
        if len(old) != len(new):
            sectors += CHAIN_SECTORS
        self._flash.files[path] = new
        self._flash.count_sectors(sectors)
        return sectors

    # Directories

    def is_directory(self, path: str) -> bool:
        return path in self._flash.directories

    def listdir(self, path: str) -> list[str]:
        self._require_directory(path)
        entries = [*self.files, *self._flash.directories - {"/"}]
        return sorted(posixpath.basename(entry) for entry in entries if posixpath.dirname(entry) == path)

    def stat(self, path: str) -> tuple[int, ...]:
        """The ten-tuple of `os.stat`. Raises OSError(ENOENT)."""
        if self.is_directory(path):
            return (_DIRECTORY, 0, 0, 0, 0, 0, 0, _TIMESTAMP, _TIMESTAMP, _TIMESTAMP)
        if path not in self.files:
            raise OSError(errno.ENOENT, "ENOENT")
        size = len(self.files[path])
        return (_REGULAR_FILE, 0, 0, 0, 0, 0, size, _TIMESTAMP, _TIMESTAMP, _TIMESTAMP)

    def mkdir(self, path: str) -> None:
        self._require_writable()
        self._require_directory(posixpath.dirname(path))
        if path in self.files or self.is_directory(path):
            raise OSError(errno.EEXIST, "EEXIST")
        self._rewrite(ENTRY_SECTORS + CHAIN_SECTORS)
        self._flash.directories.add(path)

    def rmdir(self, path: str) -> None:
        self._require_writable()
        if self.listdir(path):
            raise OSError(errno.EACCES, "EACCES")
        self._rewrite(ENTRY_SECTORS + CHAIN_SECTORS)
        self._flash.directories.discard(path)

    def remove(self, path: str) -> None:
        self._require_writable()
        if path not in self.files:
            raise OSError(errno.ENOENT, "ENOENT")
        self._rewrite(CHAIN_SECTORS)
        del self.files[path]
        del self._flash.files[path]

    def rename(self, old: str, new: str) -> None:
        """Not atomic: an existing `new` is removed first, and a cut in between leaves neither name for it.

        CircuitPython extmod/vfs_fat.c
        """
        self._require_writable()
        if old not in self.files:
            raise OSError(errno.ENOENT, "ENOENT")
        if new in self.files:
            self.remove(new)
        self.commit(old)
        self._rewrite(ENTRY_SECTORS)
        self.files[new] = self.files.pop(old)
        self._flash.files[new] = self._flash.files.pop(old)

    def _rewrite(self, sectors: int) -> None:
        self._machine.spend(sectors * timing.SECTOR)
        self._flash.count_sectors(sectors)

    def _require_directory(self, path: str) -> None:
        if not self.is_directory(path):
            raise OSError(errno.ENOENT, "ENOENT")

    def _require_writable(self) -> None:
        if self.read_only:
            raise OSError(errno.EROFS, "Read-only filesystem")


class DriveFile(io.RawIOBase):
    """One open file, unbuffered as FatFs is."""

    def __init__(self, drive: Drive, machine: Machine, path: str, mode: str) -> None:
        super().__init__()
        self._drive = drive
        self._machine = machine
        self.name = path
        #: The run that opened it is over. What Python does to it when it tidies up must reach nothing.
        self.abandoned = False
        self._content = drive.files[path]
        self._position = len(self._content) if mode.startswith("a") else 0
        self._readable = mode.startswith("r") or "+" in mode
        self._writable = not mode.startswith("r") or "+" in mode

    def readable(self) -> bool:
        """Always, to the layers above: a read that the mode forbids fails with EACCES, as on the chip."""
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._readable:
            raise OSError(errno.EACCES, "EACCES")
        self._machine.spend(timing.CALL)
        room = memoryview(buffer).cast("B")
        data = self._content[self._position : self._position + len(room)]
        room[: len(data)] = data
        self._position += len(data)
        return len(data)

    def write(self, buffer: ReadableBuffer | str) -> int:
        data = as_bytes(buffer)
        if self._dead:
            return len(data)
        if not self._writable:
            raise OSError(errno.EACCES, "EACCES")
        self._machine.spend(timing.CALL)
        self._content.extend(bytes(max(0, self._position - len(self._content))))
        self._content[self._position : self._position + len(data)] = data
        self._position += len(data)
        self._drive.touched()
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        position = (0, self._position, len(self._content))[whence] + offset
        if position < 0:
            raise OSError(errno.EINVAL, "EINVAL")
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        if self._writable and not self._dead:
            self._drive.commit(self.name)

    def close(self) -> None:
        if not self._dead:
            self._drive.closed(self)
        super().close()

    @property
    def _dead(self) -> bool:
        return self.closed or self.abandoned or self._machine.halted
