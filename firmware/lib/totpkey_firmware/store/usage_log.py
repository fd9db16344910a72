"""Records each code that was given: how often each account's, and when last; and for the journal, how.

Each use appends a mark in NVM, where blank bytes are programmed without an erase, in less than 1 ms. When NVM
is nearly full, all marks are counted into two pages of the pool, and NVM is erased.
"""

import struct
from binascii import crc32

from totpkey_protocol.errors import Refusal
from totpkey_protocol.limits import TIME_MOST

from .format import JOURNAL, ROOM, USES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from nvm import ByteArray

    from .format import Payload
    from .pool import Pool

    class Keys(Protocol):
        """What proves a mark: 8 bytes for 16, under the data key."""

        def proof(self, block: bytes) -> bytes: ...


#: A mark: identifier, Unix time, generation. Eight bits of their CRC-32 follow, since a cut may tear it.
_MARK = "<IIB"
_MARK_SIZE = 10
#: Its seal follows: how the code was given (1), a proof under the data key (8), and eight bits of their
#: CRC-32, inverted. So older firmware counts the mark, and takes the seal for a torn one.
_PAIR_SIZE = 20
#: What the proof covers, in one block of AES: the mark without its CRC, how, and the place in NVM.
_PROVED = "<9sBHI"
#: The page's payload: the generation of marks that it does not include yet, then for each account its
#: identifier, its count, and the time of its last use. Accounts are in the order of their last use.
_COUNT = "<III"
_COUNT_SIZE = 12
_COUNTS = 1
#: A small integer.
_COUNT_MOST = 0x3FFFFFFF
_FRESH = b"\xff"
#: Room that is left for the codes that are given before the key has leisure to count.
_SPARE = 40 * _PAIR_SIZE
#: Bytes of NVM that are read at once.
_PIECE = 51 * _MARK_SIZE


def _is_mark(mark: bytes) -> bool:
    return len(mark) == _MARK_SIZE and mark[-1] == crc32(mark[:-1]) & 0xFF


def _whole(counted: memoryview) -> int:
    """Where the last whole count ends."""
    return len(counted) - (len(counted) - _COUNTS) % _COUNT_SIZE


class _Touched(Exception):
    """Somebody has touched the key, who does not wait until all is counted."""


class UsageLog:
    """The uses of all accounts. Methods that write raise Refusal (storage).

    Setup's memory has no room for hundreds of accounts, so marks are counted into the page while it is
    written.
    """

    def __init__(
        self,
        nvm: "ByteArray",
        pool: "Pool",
        keys: "Keys",
        journal: "Callable[[UsageLog], Payload]",
    ) -> None:
        """`journal` makes the journal's page of it."""
        self.nvm = nvm
        self._pool = pool
        self._keys = keys
        self._journal = journal
        self._touched: "Callable[[], bool] | None" = None
        self._tends = True
        #: Bytes for whole marks.
        self._room = len(nvm) // _MARK_SIZE * _MARK_SIZE
        stored = pool.view(USES)
        self.generation = stored[0] if stored else 0
        stored = pool.view(JOURNAL)
        # Not so in a new vault, and after a cut between the two pages that marks are counted into.
        self._ready = bool(stored) and stored is not None and stored[0] != self.generation
        self.end = self._marked()
        if self.end and not self._ours():
            # They were counted before a power cut, or are not ours.
            self._erase()

    def note(self, identifier: int, time: int, how: int) -> None:
        """Record that a code of that account was given, and how (`totpkey_protocol.journal`)."""
        if not self._ready or self.end + _PAIR_SIZE > self._room:
            self.count()
        mark = struct.pack(_MARK, identifier, time, self.generation)
        seal = bytes((how,)) + self.proof(mark, how, self.end)
        pair = mark + bytes((crc32(mark) & 0xFF,)) + seal + bytes((crc32(seal) & 0xFF ^ 0xFF,))
        self.nvm[self.end : self.end + _PAIR_SIZE] = pair
        self.end += _PAIR_SIZE

    def proof(self, mark: bytes, how: int, at: int) -> bytes:
        """What proves a mark in that place of NVM."""
        return self._keys.proof(struct.pack(_PROVED, mark[: _MARK_SIZE - 1], how, at, 0))

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
        self.generation = 0
        self._ready = False
        self._erase()

    def write_into(self, room: memoryview, sequence: int) -> int:
        """The page of uses including all marks. See `format.Payload`."""
        counted = self._pool.view(USES)
        end = _whole(counted) if counted else _COUNTS
        for mark in self._marks():
            end = self._add(room, end, mark)
        room[0] = (self.generation + 1) & 0xFF
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
        while end and self.nvm[end - _MARK_SIZE : end] == _FRESH * _MARK_SIZE:
            end -= _MARK_SIZE
        return end

    def pause(self) -> None:
        """Between two marks that are counted at leisure: stop if somebody touches the key."""
        if self._touched and self._touched():
            raise _Touched

    def _marks(self, start: bytes = b"") -> "Iterator[bytes]":
        """Marks that the page does not include yet, and that begin with `start`."""
        for piece_at in range(0, self.end, _PIECE):
            piece = bytes(self.nvm[piece_at : min(piece_at + _PIECE, self.end)])
            at = piece.find(start)
            while 0 <= at < len(piece):
                mark = piece[at : at + _MARK_SIZE]
                if at % _MARK_SIZE == 0 and self.counts(mark):
                    self.pause()
                    yield mark
                at = piece.find(start, at + 1)

    def _ours(self) -> bool:
        """Whether one of the first marks counts. A cut may have torn those before it, or the only one."""
        if self.end <= _PAIR_SIZE and not _is_mark(bytes(self.nvm[0:_MARK_SIZE])):
            return True
        return any(self.counts(bytes(self.nvm[at : at + _MARK_SIZE])) for at in range(0, 100, _MARK_SIZE))

    def counts(self, mark: bytes) -> bool:
        """Whether a mark is valid and not in the page yet."""
        return _is_mark(mark) and mark[-2] == self.generation

    def tend(self, touched: "Callable[[], bool]") -> None:
        """Count at leisure where the room is short, for in the meantime the key does nothing else. It counts
        from the start again where somebody has `touched` it.
        """
        if self._tends and (self.end + _SPARE > self._room or not self._ready):
            self._touched = touched
            try:
                self.count()
            except _Touched:
                pass
            except Refusal:
                # Flash that cannot be written: only the next code tries again.
                self._tends = False
            finally:
                self._touched = None

    def count(self) -> None:
        """Count the marks into both pages, then erase them. After a cut in between, none counts twice."""
        self._pool.write(JOURNAL, self._journal(self))
        # Until the marks are in the other page, too, no more are made.
        self._ready = False
        self._pool.write(USES, self)
        self.generation = (self.generation + 1) & 0xFF
        self._erase()
        self._ready = True

    def _erase(self) -> None:
        # In one write, since each partial write would erase the sector.
        self.nvm[0 : len(self.nvm)] = self._pool.ones()
        self.end = 0
