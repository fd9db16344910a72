"""How often each account's code was given, and when last: so that unexpected use shows.

Each use is a mark appended in NVM, where fresh bytes are programmed without an erase, in less than 1 ms. When
it is full, all marks are counted into a page of the vault, and NVM is erased. Loaded with the first use.
"""

import struct
from binascii import crc32

from totpkey_protocol.storage import PAGE

from ..vault.records import find_entry
from . import page_writer
from .page_index import HEAD_SIZE, USES, Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nvm import ByteArray

#: A mark: identifier, Unix time, generation; behind it eight bits of their CRC-32, since a cut may tear it.
_MARK = "<IIB"
_MARK_SIZE = 10
#: In the page: the generation of the marks that it does not count yet, then for each account identifier, how
#: often, and when last. The accounts stand in the order in which they were used last.
_COUNT = "<III"
_COUNT_SIZE = 12
_COUNTS = HEAD_SIZE + 1
_FRESH = b"\xff"
#: Bytes of NVM that are read at once.
_PIECE = 51 * _MARK_SIZE


class Uses:
    """All uses. Methods that write raise Refusal (storage).

    Nothing of them is kept in memory, where setup has no room for hundreds of accounts: they are counted in
    the one page that the pool has in memory.
    """

    def __init__(self, nvm: "ByteArray", pool: Pool) -> None:
        self._nvm = nvm
        self._pool = pool
        #: Bytes for marks: as many as fit.
        self._room = len(nvm) // _MARK_SIZE * _MARK_SIZE
        stored = pool.view(USES)
        self._generation = stored[0] if stored else 0
        self._end = self._marked()
        if self._end and not self._counts(bytes(nvm[0:_MARK_SIZE])):
            # Counted already, when a cut came; or not ours.
            self._erase()

    def note(self, identifier: int, time: int) -> None:
        """A code of that account was given."""
        if self._end >= self._room:
            self._count()
        mark = struct.pack(_MARK, identifier, time, self._generation)
        self._nvm[self._end : self._end + _MARK_SIZE] = mark + bytes((crc32(mark) & 0xFF,))
        self._end += _MARK_SIZE

    def of(self, identifier: int) -> "tuple[int, int]":
        """How often that account was used, and the Unix time of the last; 0 and 0 if never."""
        name = struct.pack("<I", identifier)
        at = self._place(name, self._load())
        _, count, last = struct.unpack_from(_COUNT, self._pool.page, at) if at else (0, 0, 0)
        for mark in self._marks(name):
            count, last = count + 1, max(last, struct.unpack(_MARK, mark[:-1])[1])
        return count, last

    def forget(self) -> None:
        """The key is to be blank: no mark stays. The page goes with the vault."""
        self._generation = 0
        self._erase()

    def _marked(self) -> int:
        """Where the marks end; a torn one is one."""
        end = self._room
        while end and self._nvm[end - _MARK_SIZE : end] == _FRESH * _MARK_SIZE:
            end -= _MARK_SIZE
        return end

    def _marks(self, start: bytes = b"") -> "Iterator[bytes]":
        """Those that the page does not count yet. `start`: what they begin with."""
        for piece_at in range(0, self._end, _PIECE):
            piece = bytes(self._nvm[piece_at : min(piece_at + _PIECE, self._end)])
            at = piece.find(start)
            while 0 <= at < len(piece):
                mark = piece[at : at + _MARK_SIZE]
                if at % _MARK_SIZE == 0 and self._counts(mark):
                    yield mark
                at = piece.find(start, at + 1)

    def _counts(self, mark: bytes) -> bool:
        """Whether a mark is whole, and not in the page yet."""
        return mark[-1] == crc32(mark[:-1]) & 0xFF and mark[-2] == self._generation

    def _count(self) -> None:
        """Count the marks into the page, then erase them; after a cut between the two none counts twice."""
        # It loads pages itself, so it comes before the page in memory is made.
        self._pool.tidy()
        self._pool.write(USES, _Counted(self))
        self._generation = (self._generation + 1) & 0xFF
        self._erase()

    def merge(self) -> int:
        """Have the next page of uses in memory; where its payload ends."""
        end = self._load()
        self._pool.loaded = -1
        for mark in self._marks():
            end = self._add(mark, end)
        self._pool.page[HEAD_SIZE] = (self._generation + 1) & 0xFF
        return end

    def _add(self, mark: bytes, end: int) -> int:
        """Count one mark into the page in memory, as the last; where that ends now."""
        page = self._pool.page
        identifier, time, _ = struct.unpack(_MARK, mark[:-1])
        count = last = 0
        at = self._place(mark[:4], end)
        if at:
            _, count, last = struct.unpack_from(_COUNT, page, at)
        elif end + _COUNT_SIZE > PAGE:
            # The account that was not used for longest is forgotten.
            at = _COUNTS
        if at:
            end -= _COUNT_SIZE
            if at < end:
                view = memoryview(page)
                view[at:end] = view[at + _COUNT_SIZE : end + _COUNT_SIZE]
        struct.pack_into(_COUNT, page, end, identifier, count + 1, max(last, time))
        return end + _COUNT_SIZE

    def _load(self) -> int:
        """Have the page in memory; where its payload ends."""
        stored = self._pool.view(USES)
        if stored is None:
            self._pool.loaded = -1
            return _COUNTS
        return HEAD_SIZE + len(stored)

    def _place(self, name: bytes, end: int) -> int:
        """Where in the page in memory the account stands, 0 if it does not."""
        return max(find_entry(self._pool.page, name, _COUNT_SIZE, _COUNTS, end), 0)

    def _erase(self) -> None:
        # One write of all: piece by piece each would erase the sector.
        self._nvm[0 : len(self._nvm)] = page_writer.ones(self._pool)
        self._end = 0


class _Counted:
    """The page of uses with all marks counted in: made where it is written from, for it is long."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self._length = uses.merge() - HEAD_SIZE
        self._made = True

    def __len__(self) -> int:
        return self._length

    def write_into(self, room: memoryview) -> None:
        # At a second place, after the first did not take it, it is to be made anew.
        if not self._made:
            self._uses.merge()
        self._made = False
