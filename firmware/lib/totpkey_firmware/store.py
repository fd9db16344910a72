"""Where the accounts are kept: an interface, and what stands behind it today.

`Store` keeps two copies of all records in two files that are never created, grown or removed in the
field, only overwritten in place and in turn (`docs/storage.md`). A copy counts if its checksum holds; of
two that count, the later one. So a write that is cut leaves the copy before it.
"""

import os
import struct
from array import array
from binascii import crc32

from totpkey_protocol.errors import FULL, STORAGE, Refusal
from totpkey_protocol.storage import FILES

from .accounts import Account, unpack

try:
    from collections.abc import Iterator
    from typing import BinaryIO
except ImportError:
    pass

PATHS = ("/" + FILES[0], "/" + FILES[1])

_MAGIC = b"TPK1"
#: magic, sequence number, number of records, bytes of records, CRC-32 of the fields before and the records.
_HEAD = "<4sIHII"
_HEAD_SIZE = 18
#: Each record stands behind its length.
_LENGTH = "<H"
_LENGTH_SIZE = 2
#: Records are moved between the copies in pieces of this size.
_PIECE = 512


class Store:
    """All accounts of the key, in the order in which they were added.

    Only where each record starts is kept in memory; the records stay in flash.
    """

    def __init__(self, paths: "tuple[str, str]" = PATHS) -> None:
        self._paths = paths
        self._current = 0
        self._sequence = 0
        self._starts = array("I")
        self._end = _HEAD_SIZE
        #: Up to where each file may hold bytes of records, old ones included.
        self._used = [_HEAD_SIZE, _HEAD_SIZE]
        self._load()

    def __len__(self) -> int:
        return len(self._starts)

    def account(self, index: int) -> Account:
        """The account at `index`. Raises Refusal (storage)."""
        try:
            with open(self._paths[self._current], "rb") as file:
                file.seek(self._starts[index])
                (length,) = struct.unpack(_LENGTH, file.read(_LENGTH_SIZE))
                return unpack(file.read(length))
        except OSError:
            raise Refusal(STORAGE) from None

    def index(self, identifier: int) -> int:
        """Where the account with that identifier stands, or -1."""
        with open(self._paths[self._current], "rb") as file:
            for index in range(len(self._starts)):
                file.seek(self._starts[index] + _LENGTH_SIZE)
                if struct.unpack("<I", file.read(4))[0] == identifier:
                    return index
        return -1

    def add(self, account: Account) -> int:
        """Store one more account, last; its index. Raises Refusal (full, storage)."""
        self._rewrite(len(self), account.pack())
        return len(self) - 1

    def replace(self, index: int, account: Account) -> None:
        """Put `account` where another stood. Raises Refusal (full, storage)."""
        self._rewrite(index, account.pack())

    def remove(self, index: int) -> None:
        """Forget an account, in both copies: its secret shall not stay behind in the older one."""
        self._rewrite(index, None)
        self._rewrite(len(self), None)

    def _load(self) -> None:
        """Take the later of the copies that are whole."""
        heads = [_read_head(path) for path in self._paths]
        for which in (0, 1):
            self._used[which] = _used(self._paths[which], heads[which])
        for which in sorted((0, 1), key=lambda which: -heads[which][0]):
            sequence, count, size = heads[which]
            if sequence:
                self._current, self._sequence = which, sequence
                self._find_records(count, size)
                return

    def _find_records(self, count: int, size: int) -> None:
        self._starts = array("I")
        at = _HEAD_SIZE
        with open(self._paths[self._current], "rb") as file:
            for _ in range(count):
                self._starts.append(at)
                file.seek(at)
                at += _LENGTH_SIZE + struct.unpack(_LENGTH, file.read(_LENGTH_SIZE))[0]
        self._end = _HEAD_SIZE + size

    def _rewrite(self, index: int, record: "bytes | None") -> None:
        """Write the other copy with the record at `index` replaced, left out (None) or added."""
        size, count, checksum = self._measure(index, record)
        try:
            if _HEAD_SIZE + size > os.stat(self._paths[1 - self._current])[6]:
                raise Refusal(FULL)
            self._write(index, record, size, count, checksum)
        except OSError:
            raise Refusal(STORAGE) from None
        self._current, self._sequence = 1 - self._current, self._sequence + 1
        self._find_records(count, size)

    def _write(self, index: int, record: "bytes | None", size: int, count: int, checksum: int) -> None:
        other = 1 - self._current
        fields = struct.pack("<4sIHI", _MAGIC, self._sequence + 1, count, size)
        checksum = crc32(fields, checksum)
        with open(self._paths[other], "r+b") as file:
            file.write(fields + struct.pack("<I", checksum))
            for piece in self._pieces(index, record):
                file.write(piece)
            # What older, longer records left behind them shall not stay.
            for at in range(_HEAD_SIZE + size, self._used[other], _PIECE):
                file.write(bytes(min(_PIECE, self._used[other] - at)))
            file.flush()
        self._used[other] = _HEAD_SIZE + size
        if _read_head(self._paths[other])[0] != self._sequence + 1:
            raise Refusal(STORAGE)

    def _measure(self, index: int, record: "bytes | None") -> "tuple[int, int, int]":
        """Size in bytes, number and CRC-32 of the records after a change: the head is written before them."""
        size = checksum = 0
        for piece in self._pieces(index, record):
            size += len(piece)
            checksum = crc32(piece, checksum)
        left_out = index < len(self)
        count = len(self) - (1 if left_out else 0) + (0 if record is None else 1)
        return size, count, checksum

    def _pieces(self, index: int, record: "bytes | None") -> "Iterator[bytes]":
        """The bytes of all records after a change, piece by piece."""
        start = self._starts[index] if index < len(self) else self._end
        end = self._starts[index + 1] if index + 1 < len(self) else self._end
        yield from self._copy(_HEAD_SIZE, start)
        if record is not None:
            yield struct.pack(_LENGTH, len(record)) + record
        yield from self._copy(end, self._end)

    def _copy(self, start: int, end: int) -> "Iterator[bytes]":
        if start >= end:
            return
        with open(self._paths[self._current], "rb") as file:
            file.seek(start)
            while start < end:
                piece = file.read(min(_PIECE, end - start))
                yield piece
                start += len(piece)


def _read_head(path: str) -> "tuple[int, int, int]":
    """Sequence number, number of records and their size in bytes; zeros unless the copy is whole."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_SIZE)
            if len(head) < _HEAD_SIZE or head[:4] != _MAGIC:
                return 0, 0, 0
            _, sequence, count, size, checksum = struct.unpack(_HEAD, head)
            return (sequence, count, size) if _checksum(file, head[:14], size) == checksum else (0, 0, 0)
    except OSError:
        return 0, 0, 0


def _used(path: str, head: "tuple[int, int, int]") -> int:
    """Up to where the file at `path` may hold bytes of records."""
    if head[0]:
        return _HEAD_SIZE + head[2]
    try:
        with open(path, "rb") as file:
            # A copy that never was written, or one whose write was cut: who knows where.
            return _HEAD_SIZE if file.read(4) == b"\xff\xff\xff\xff" else file.seek(0, 2)
    except OSError:
        # No such file: writing to it will say so.
        return _HEAD_SIZE


def _checksum(file: "BinaryIO", fields: bytes, size: int) -> int:
    checksum = 0
    while size > 0:
        piece = file.read(min(_PIECE, size))
        if not piece:
            return -1
        checksum = crc32(piece, checksum)
        size -= len(piece)
    return crc32(fields, checksum)


def is_blank() -> bool:
    """Whether no account is stored. Cheap enough for boot.py."""
    later = max(_read_head(path)[:2] for path in PATHS)
    return later[1] == 0
