"""Files on the drive that are overwritten in place, and the places for pages in one of them.

No write touches the FAT or a directory: each file is opened once, never closed, and never grows.
"""

import os

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import FILES, START, STRIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import FileIO

PATH = "/" + FILES[0]


def open_for_good(path: str) -> "FileIO":
    """Open a file to overwrite it in place. Never close it: that would write its directory entry.

    Raises Refusal (storage).
    """
    try:
        # CircuitPython has no unbuffered mode; CPython would otherwise write to disk when it likes.
        return open(path, "r+b", 0)
    except OSError:
        raise Refusal(STORAGE) from None


def read_at(file: "FileIO", at: int, buffer: "bytearray | memoryview") -> None:
    """Fill `buffer` from byte `at` of the file on. Raises Refusal (storage)."""
    try:
        file.seek(at)
        read = file.readinto(buffer)
    except OSError:
        raise Refusal(STORAGE) from None
    if read != len(buffer):
        raise Refusal(STORAGE)


def write_at(file: "FileIO", at: int, data: "bytes | bytearray") -> None:
    """Write whole FAT sectors; they are in flash for certain after `flush`. Raises Refusal (storage)."""
    try:
        file.seek(at)
        file.write(data)
    except OSError:
        raise Refusal(STORAGE) from None


def flush() -> None:
    """Have everything that was written in flash. Raises Refusal (storage)."""
    try:
        os.sync()
    except OSError:
        raise Refusal(STORAGE) from None


class Places:
    """The places for pages in one preallocated file. Each has one or two flash sectors of its own.

    Methods raise Refusal (storage).
    """

    def __init__(self, path: str = PATH) -> None:
        self._file = open_for_good(path)

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        """Fill `buffer` from byte `at` of a page on."""
        read_at(self._file, START + place * STRIDE + at, buffer)

    def write(self, place: int, page: "bytes | bytearray") -> None:
        """Write one whole page: one erase of its sector and 16 programs."""
        write_at(self._file, START + place * STRIDE, page)
        flush()


class MissingPlaces(Places):
    """Stands in for a file that is missing, so that a key that cannot store anything can still say so.

    All places read as blank and cannot be written.
    """

    def __init__(self) -> None:
        pass

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        for index in range(len(buffer)):
            buffer[index] = 0xFF

    def write(self, place: int, page: "bytes | bytearray") -> None:
        raise Refusal(STORAGE)
