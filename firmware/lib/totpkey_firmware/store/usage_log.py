"""Records how often each account's code was given, and when last, to reveal unexpected use.

Each use appends a mark in NVM, where blank bytes are programmed without an erase, in less than 1 ms. When NVM
is full, all marks are counted into a page of the pool, and NVM is erased. Loaded with the first use.
"""

import struct
from binascii import crc32

from totpkey_protocol.limits import TIME_MOST

from .format import ROOM, USES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nvm import ByteArray

    from .pool import Pool

#: A mark: identifier, Unix time, generation. Eight bits of their CRC-32 follow, since a cut may tear it.
_MARK = "<IIB"
_MARK_SIZE = 10
#: The page's payload: the generation of marks that it does not include yet, then for each account its
#: identifier, its count, and the time of its last use. Accounts are in the order of their last use.
_COUNT = "<III"
_COUNT_SIZE = 12
_COUNTS = 1
#: A small integer.
_COUNT_MOST = 0x3FFFFFFF
_FRESH = b"\xff"
#: Bytes of NVM that are read at once.
_PIECE = 51 * _MARK_SIZE


def _whole(counted: memoryview) -> int:
    """Where the last whole count ends."""
    return len(counted) - (len(counted) - _COUNTS) % _COUNT_SIZE


class UsageLog:
    """The uses of all accounts. Methods that write raise Refusal (storage).

    Setup's memory has no room for hundreds of accounts, so marks are counted into the page while it is
    written.
    """

    def __init__(self, nvm: "ByteArray", pool: "Pool") -> None:
        self._nvm = nvm
        self._pool = pool
        #: Bytes for whole marks.
        self._room = len(nvm) // _MARK_SIZE * _MARK_SIZE
        stored = pool.view(USES)
        self._generation = stored[0] if stored else 0
        self._end = self._marked()
        if self._end and not self._counts(bytes(nvm[0:_MARK_SIZE])):
            # They were counted before a power cut, or are not ours.
            self._erase()

    def note(self, identifier: int, time: int) -> None:
        """Record that a code of that account was given."""
        if self._end >= self._room:
            self._count()
        mark = struct.pack(_MARK, identifier, time, self._generation)
        self._nvm[self._end : self._end + _MARK_SIZE] = mark + bytes((crc32(mark) & 0xFF,))
        self._end += _MARK_SIZE

    def of(self, identifier: int) -> "tuple[int, int]":
        """How often that account was used, and the Unix time of the last use; 0 and 0 if never."""
        name = struct.pack("<I", identifier)
        count = last = 0
        counted = self._pool.view(USES)
        at = self._find(name, _whole(counted)) if counted else -1
        if counted and at >= 0:
            _, count, last = struct.unpack_from(_COUNT, counted, at)
        for mark in self._marks(name):
            count, last = count + 1, max(last, struct.unpack(_MARK, mark[:-1])[1])
        return min(count, _COUNT_MOST), min(last, TIME_MOST)

    def forget(self) -> None:
        """Erase all marks, for a wipe. The page goes with the vault."""
        self._generation = 0
        self._erase()

    def write_into(self, room: memoryview, sequence: int) -> int:
        """The page of uses including all marks. See `format.Payload`."""
        counted = self._pool.view(USES)
        end = _whole(counted) if counted else _COUNTS
        for mark in self._marks():
            end = self._add(room, end, mark)
        room[0] = (self._generation + 1) & 0xFF
        return end

    def _add(self, table: memoryview, end: int, mark: bytes) -> int:
        """Count one mark into the table of accounts, as the last entry. Returns the table's new end."""
        identifier, time, _ = struct.unpack(_MARK, mark[:-1])
        count = last = 0
        at = self._find(mark[:4], end)
        if at >= 0:
            _, count, last = struct.unpack_from(_COUNT, table, at)
        elif end + _COUNT_SIZE > ROOM:
            # Drop the least recently used account.
            at = _COUNTS
        if at >= 0:
            end -= _COUNT_SIZE
            if at < end:
                table[at:end] = table[at + _COUNT_SIZE : end + _COUNT_SIZE]
        struct.pack_into(_COUNT, table, end, identifier, min(count + 1, _COUNT_MOST), max(last, time))
        return end + _COUNT_SIZE

    def _find(self, name: bytes, end: int) -> int:
        """Offset of the account in the table in memory, which ends at `end`. Negative if missing."""
        return self._pool.find_entry(name, _COUNT_SIZE, _COUNTS, end)

    def _marked(self) -> int:
        """Where the marks end, including a torn one."""
        end = self._room
        while end and self._nvm[end - _MARK_SIZE : end] == _FRESH * _MARK_SIZE:
            end -= _MARK_SIZE
        return end

    def _marks(self, start: bytes = b"") -> "Iterator[bytes]":
        """Marks that the page does not include yet, and that begin with `start`."""
        for piece_at in range(0, self._end, _PIECE):
            piece = bytes(self._nvm[piece_at : min(piece_at + _PIECE, self._end)])
            at = piece.find(start)
            while 0 <= at < len(piece):
                mark = piece[at : at + _MARK_SIZE]
                if at % _MARK_SIZE == 0 and self._counts(mark):
                    yield mark
                at = piece.find(start, at + 1)

    def _counts(self, mark: bytes) -> bool:
        """Whether a mark is valid and not in the page yet."""
        return mark[-1] == crc32(mark[:-1]) & 0xFF and mark[-2] == self._generation

    def _count(self) -> None:
        """Count the marks into the page, then erase them. After a cut in between, none counts twice."""
        self._pool.write(USES, self)
        self._generation = (self._generation + 1) & 0xFF
        self._erase()

    def _erase(self) -> None:
        # In one write, since each partial write would erase the sector.
        self._nvm[0 : len(self._nvm)] = self._pool.ones()
        self._end = 0
