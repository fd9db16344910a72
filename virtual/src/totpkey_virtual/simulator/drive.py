"""The mounted CIRCUITPY drive: FatFs with its cache, and CircuitPython's rules about who may write.

The firmware reads back what it has written at once. Flash gets it when the caches are written back.
"""

from __future__ import annotations

import errno
import io
import posixpath
from collections.abc import Callable, Container, Hashable
from typing import TypeVar

from totpkey_virtual.simulator.drive_file import Content, DriveFile
from totpkey_virtual.simulator.flash import Flash
from totpkey_virtual.simulator.machine import Machine
from totpkey_virtual.simulator.volume import BlockDevice, Directory, NoFileSystem, Volume, set_content
from totpkey_volume import fat, fat_format
from totpkey_volume.fat_format import ARCHIVE
from totpkey_volume.fat_reader import Record

Found = TypeVar("Found")

_DIRECTORY = 0x4000
_REGULAR_FILE = 0x8000
#: Without a real-time clock, CircuitPython stamps files with this time.
_TIMESTAMP = 946684800
#: What CircuitPython puts on a drive that it formats (supervisor/shared/filesystem.c).
_FRESH = dict.fromkeys(
    (".fseventsd/no_log", ".metadata_never_index", ".Trashes", ".Trash-1000", "settings.toml"), b""
) | {"code.py": b'print("Hello World!")\n'}


class Drive:
    """The file system, from one power-on or reset to the next."""

    def __init__(self, flash: Flash, machine: Machine) -> None:
        self._machine = machine
        self._device = BlockDevice(flash, machine)
        self._mounted: Volume | None = None
        #: Open files, and the firmware's handles. References here keep Python from closing files that the
        #: firmware has dropped, since the chip would not.
        self._open: dict[DriveFile, DriveFile | io.TextIOWrapper] = {}
        #: Whether the computer sees the drive. If so, only the computer may write.
        self.usb_enabled = True
        self.writable_by_code = False
        #: boot.py may always write.
        self.unprotected = False

    # Mounting

    @property
    def volume(self) -> Volume:
        if self._mounted is None:
            raise RuntimeError("the drive is not mounted")
        return self._mounted

    def mount(self) -> None:
        """Mount the volume. As on the chip, an unreadable one is formatted without notice."""
        try:
            self._mounted = Volume(self._device)
        except NoFileSystem:
            self.format()
            self._mounted = Volume(self._device)

    def format(self) -> None:
        """Format the drive as CircuitPython does."""
        image = fat.build(_FRESH, self._device.size)
        used = len(image.rstrip(b"\x00"))
        self._device.write(0, image[: -(-used // fat_format.SECTOR) * fat_format.SECTOR])
        self._device.flush()

    def unmount(self) -> None:
        """Lose the caches, as when the chip resets."""
        self._device.drop()
        self._abandon()

    @property
    def read_only(self) -> bool:
        return not (self.writable_by_code or self.unprotected)

    # Files

    def is_file(self, path: str) -> bool:
        record = self._find(path)
        return record is not None and not record.is_directory

    def read(self, path: str) -> bytes | None:
        """A whole file, or None."""
        return self.remembered(("content", path), lambda: self._read(path))

    def remembered(self, name: Hashable, look: Callable[[], Found]) -> Found:
        """What `look` finds on the drive, which it only reads. That is quick where it was found before."""
        return self.volume.remembered(name, look)

    def _read(self, path: str) -> bytes | None:
        record = self._find(path)
        if record is None or record.is_directory:
            return None
        place = self._parent(path).place(record.slot)
        return Content(self.volume, place, record.cluster, record.size).read(record.size)

    def open(self, path: str, mode: str, encoding: str | None = None) -> DriveFile | io.TextIOWrapper:
        """`open()` of CircuitPython. Raises OSError with ENOENT, EEXIST, EACCES, EROFS or ENOSPC."""
        file = DriveFile(self._content(path, mode), self._machine, path, mode, self._open.__delitem__)
        if "b" not in mode:
            self._open[file] = io.TextIOWrapper(file, encoding or "utf-8", newline="", write_through=True)
        return self._open.setdefault(file, file)

    def write(self, path: str, content: bytes) -> None:
        """Replace a whole file."""
        file = self._content(path, "w")
        file.write(content)
        file.sync()

    def _content(self, path: str, mode: str) -> Content:
        if self.is_directory(path):
            raise _error("ENOENT" if mode.startswith("r") else "EACCES")
        if not mode.startswith("r") or "+" in mode:
            self._require_writable()
        record = self._find(path)
        if record is None and mode.startswith("r"):
            raise _error("ENOENT")
        if record is not None and mode.startswith("x"):
            raise _error("EEXIST")
        if record is None or mode.startswith("w"):
            return self._create(path, record)
        place = self._parent(path).place(record.slot)
        content = Content(self.volume, place, record.cluster, record.size)
        if mode.startswith("a"):
            content.seek(content.size, may_grow=False)
        return content

    def _create(self, path: str, record: Record | None) -> Content:
        """Create an empty file. Previous content is gone before the first byte is written."""
        volume, parent = self.volume, self._parent(path)
        if record is None:
            place = parent.add(posixpath.basename(path), ARCHIVE)
        else:
            place = parent.place(record.slot)
            set_content(volume, place, 0, 0)
            if record.cluster:
                volume.free(record.cluster)
                volume.move_window(place.block)
                volume.last_cluster = record.cluster - 1
        content = Content(volume, place, 0, 0)
        content.changed = True
        return content

    def sync(self) -> None:
        """Write the device's cache back, as `os.sync` does. FatFs's window and pending changes of open files'
        directory entries are not included."""
        self._device.flush()

    def end_run(self) -> None:
        """End a run of Python. Files that it left open keep their present entries in flash."""
        self._device.flush()
        self._abandon()

    def _abandon(self) -> None:
        for file in self._open:
            file.abandoned = True
        self._open.clear()

    # Directories

    def is_directory(self, path: str) -> bool:
        return self._directory(path) is not None

    def names(self, path: str) -> Container[str]:
        """The names in a directory. Empty if there is no such directory."""
        directory = self._directory(path)
        return directory.names() if directory else ()

    def listdir(self, path: str) -> list[str]:
        directory = self._directory(path)
        if directory is None:
            raise _error("ENOENT")
        return sorted(directory.names())

    def stat(self, path: str) -> tuple[int, ...]:
        """The ten-tuple of `os.stat`. Raises OSError(ENOENT)."""
        record = self._find(path)
        if record is None and path != "/":
            raise _error("ENOENT")
        kind, size = (_REGULAR_FILE, record.size) if record and not record.is_directory else (_DIRECTORY, 0)
        return (kind, 0, 0, 0, 0, 0, size, _TIMESTAMP, _TIMESTAMP, _TIMESTAMP)

    def mkdir(self, path: str) -> None:
        self._require_writable()
        parent = self._parent(path)
        if parent.find(posixpath.basename(path)) is not None:
            raise _error("EEXIST")
        parent.add_directory(posixpath.basename(path))

    def rmdir(self, path: str) -> None:
        self._require_writable()
        if self.listdir(path):
            raise _error("EACCES")
        self._unlink(path)

    def remove(self, path: str) -> None:
        self._require_writable()
        if not self.is_file(path):
            raise _error("ENOENT")
        self._unlink(path)

    def rename(self, old: str, new: str) -> None:
        """Not atomic: an existing `new` is removed first, and a cut in between leaves neither name for it.

        CircuitPython extmod/vfs_fat.c
        """
        self._require_writable()
        record = self._find(old)
        if record is None:
            raise _error("ENOENT")
        if self.is_file(new):
            self._unlink(new)
        source, target = self._parent(old), self._parent(new)
        place = target.add(posixpath.basename(new), record.attributes, record.cluster)
        if not record.is_directory:
            set_content(self.volume, place, record.cluster, record.size)
        source.remove(record)
        self.volume.sync()

    def _unlink(self, path: str) -> None:
        parent = self._parent(path)
        record = parent.find(posixpath.basename(path))
        if record is None:
            raise _error("ENOENT")
        parent.remove(record)
        self.volume.free(record.cluster)
        self.volume.sync()

    def _parent(self, path: str) -> Directory:
        directory = self._directory(posixpath.dirname(path))
        if directory is None:
            raise _error("ENOENT")
        return directory

    def _directory(self, path: str) -> Directory | None:
        cluster = self.remembered(path, lambda: self._look_for_directory(path))
        return None if cluster is None else Directory(self.volume, cluster)

    def _look_for_directory(self, path: str) -> int | None:
        """Its first cluster."""
        directory = Directory(self.volume)
        for name in path.strip("/").split("/") if path != "/" else ():
            record = directory.find(name)
            if record is None or not record.is_directory:
                return None
            directory = Directory(self.volume, record.cluster)
        return directory.cluster

    def _find(self, path: str) -> Record | None:
        if path == "/":
            return None
        directory = self._directory(posixpath.dirname(path))
        return directory.find(posixpath.basename(path)) if directory else None

    def _require_writable(self) -> None:
        if self.read_only:
            raise OSError(errno.EROFS, "Read-only filesystem")


def _error(name: str) -> OSError:
    return OSError(getattr(errno, name), name)
