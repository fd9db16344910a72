"""How often each account's code was given, and when last: so that unexpected use shows.

Each use is a mark appended in NVM, where fresh bytes are programmed without an erase, in less than 1 ms. When
it is full, all marks are counted into a page of the vault, and NVM is erased. Loaded with the first use.
"""

import struct
from binascii import crc32

from .vault import writing
from .vault.pages import ROOM, USES, Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nvm import ByteArray

#: A mark: identifier, Unix time, generation; behind it eight bits of their CRC-32, since a cut may tear it.
_MARK = "<IIB"
_MARK_SIZE = 10
#: In the page: the generation of the marks that it does not count yet, then for each account identifier, how
#: often, and when last.
_COUNT = "<III"
_COUNT_SIZE = 12
_FRESH = b"\xff"


class Uses:
    """All uses. Methods that write raise Refusal (storage)."""

    def __init__(self, nvm: "ByteArray", pool: Pool) -> None:
        self._nvm = nvm
        self._pool = pool
        #: Bytes for marks: as many as fit.
        self._room = len(nvm) // _MARK_SIZE * _MARK_SIZE
        self._generation = 0
        #: By identifier: how often, and when last, the marks included.
        self._total: "dict[int, tuple[int, int]]" = {}
        stored = pool.read(USES)
        if stored:
            self._generation = stored[0]
            for at in range(1, len(stored), _COUNT_SIZE):
                identifier, count, last = struct.unpack(_COUNT, stored[at : at + _COUNT_SIZE])
                self._total[identifier] = (count, last)
        self._end = self._marked()
        if self._end and self._read(0) is None:
            # Counted already, when a cut came; or not ours.
            self._erase()
        for at in range(0, self._end, _MARK_SIZE):
            mark = self._read(at)
            if mark:
                self._add(mark[0], mark[1])

    def note(self, identifier: int, time: int) -> None:
        """A code of that account was given."""
        if self._end >= self._room:
            self._count()
        mark = struct.pack(_MARK, identifier, time, self._generation)
        self._nvm[self._end : self._end + _MARK_SIZE] = mark + bytes((crc32(mark) & 0xFF,))
        self._end += _MARK_SIZE
        self._add(identifier, time)

    def of(self, identifier: int) -> "tuple[int, int]":
        """How often that account was used, and the Unix time of the last; 0 and 0 if never."""
        return self._total.get(identifier, (0, 0))

    def forget(self) -> None:
        """The key is to be blank: no mark stays. The page goes with the vault."""
        self._total.clear()
        self._generation = 0
        self._erase()

    def _add(self, identifier: int, time: int) -> None:
        count, last = self.of(identifier)
        self._total[identifier] = (count + 1, max(last, time))

    def _marked(self) -> int:
        """Where the marks end; a torn one is one."""
        end = self._room
        while end and self._nvm[end - _MARK_SIZE : end] == _FRESH * _MARK_SIZE:
            end -= _MARK_SIZE
        return end

    def _read(self, at: int) -> "tuple[int, int] | None":
        """Identifier and time of the mark there; None if it is torn, or counted already."""
        stored = bytes(self._nvm[at : at + _MARK_SIZE])
        mark = stored[:-1]
        identifier, time, generation = struct.unpack(_MARK, mark)
        if stored[-1] != crc32(mark) & 0xFF or generation != self._generation:
            return None
        return identifier, time

    def _count(self) -> None:
        """Count the marks into the page, then erase them; after a cut between the two none counts twice."""
        total = self._total
        while len(total) * _COUNT_SIZE >= ROOM:
            del total[min(total, key=lambda identifier: total[identifier][1])]
        generation = (self._generation + 1) & 0xFF
        counts = [struct.pack(_COUNT, name, total[name][0], total[name][1]) for name in total]
        self._pool.write(USES, bytes((generation,)) + b"".join(counts))
        self._generation = generation
        self._erase()

    def _erase(self) -> None:
        # One write of all: piece by piece each would erase the sector.
        self._nvm[0 : len(self._nvm)] = writing.ones(self._pool)
        self._end = 0
