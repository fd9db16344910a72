"""Files on the drive that are overwritten in place, and the page places in one of them.

No write touches the FAT or a directory: each file is opened once, never closed, and never grows.
"""

import os

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import FILES, START, STRIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

PATH = "/" + FILES[0]
#: The files of the slots, by their paths.
_kept: "dict[str, FileIO]" = {}


def open_for_good(path: str) -> "FileIO":
    """Open a file to overwrite it in place. Never close it, since that would write its directory entry.

    Raises Refusal (storage).
    """
    try:
        # CircuitPython has no unbuffered mode. CPython would otherwise delay writes.
        return open(path, "r+b", 0)
    except OSError:
        raise Refusal(STORAGE) from None


def kept_open(path: str) -> "FileIO":
    """The same for a file of a slot. It is held here, since what reads and writes slots may be forgotten."""
    if path not in _kept:
        _kept[path] = open_for_good("/" + path)
    return _kept[path]


def read_at(file: "FileIO", at: int, buffer: "bytearray | memoryview") -> None:
    """Fill `buffer` from offset `at` of the file. Raises Refusal (storage)."""
    try:
        file.seek(at)
        read = file.readinto(buffer)
    except OSError:
        raise Refusal(STORAGE) from None
    if read != len(buffer):
        raise Refusal(STORAGE)


def write_at(file: "FileIO", at: int, data: "bytes | bytearray") -> None:
    """Write whole FAT sectors. Only `flush` makes sure that they are in flash. Raises Refusal (storage)."""
    try:
        file.seek(at)
        file.write(data)
    except OSError:
        raise Refusal(STORAGE) from None


def flush() -> None:
    """Write all pending data to flash. Raises Refusal (storage)."""
    try:
        os.sync()
    except OSError:
        raise Refusal(STORAGE) from None


def _nothing() -> None:
    pass


class Places:
    """The places for pages in one preallocated file. Each has one or two flash sectors of its own.

    Methods raise Refusal (storage).
    """

    def __init__(self, path: str = PATH, feed: "Callable[[], None]" = _nothing) -> None:
        """`feed` feeds the watchdog before each access: some commands make a hundred."""
        self._file = open_for_good(path)
        self._feed = feed

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        """Fill `buffer` from offset `at` of a page."""
        self._feed()
        read_at(self._file, START + place * STRIDE + at, buffer)

    def write(self, place: int, page: "bytes | bytearray") -> None:
        """Write one whole page: one sector erase and 16 page programs."""
        self._feed()
        write_at(self._file, START + place * STRIDE, page)
        flush()


class MissingPlaces(Places):
    """Replaces a missing file, so that a key without storage can still report the problem.

    All places read as blank, and writes fail.
    """

    def __init__(self) -> None:
        pass

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        for index in range(len(buffer)):
            buffer[index] = 0xFF

    def write(self, place: int, page: "bytes | bytearray") -> None:
        raise Refusal(STORAGE)
