"""The journal: the last codes that the key gave, and a hash over all of them (docs/concepts/journal.md).

Loaded when marks are counted into its page, and when it is read.
"""

import hashlib
import struct
from binascii import crc32

from totpkey_protocol.journal import ENTRY_SIZE, HASH, KEPT, LOST, TORN, UNKNOWN

from ..crypto.siv import TAG, BadSeal, equal, open_in_place, seal_in_place
from ..store.format import JOURNAL
from .sealing import associated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..store.pool import Pool
    from ..store.usage_log import UsageLog
    from .sealing import DataKeys

#: The payload: the generation of marks that it includes, then, sealed: where the chain of hashes begins, the
#: hash before the first entry, and how many earlier entries were dropped; then the entries.
_SEALED = 1
_HEAD = _SEALED + TAG
_BASE = _HEAD + HASH
_DROPPED = _BASE + HASH
_ENTRIES = _DROPPED + 4
_MOST = _ENTRIES + KEPT * ENTRY_SIZE
_START = b"totpkey journal"
#: A mark, and its seal behind it, in NVM (`usage_log`). The seal begins with how the code was given.
_MARK_SIZE = 10
_PAIR_SIZE = 20
_NOTHING = bytes(ENTRY_SIZE - 1)


class Journal:
    """The journal, with all marks or without them. Methods raise Refusal (storage).

    It is composed in the page in memory, because setup's heap has no room for a copy.
    """

    def __init__(self, pool: "Pool", keys: "DataKeys", log: "UsageLog | None" = None) -> None:
        self._pool = pool
        self._keys = keys
        self._log = log

    def write_into(self, room: memoryview, sequence: int) -> int:
        """The page, sealed under the present data key. See `format.Payload`."""
        end = self._compose(room)
        if self._log:
            room[0] = self._log.generation
        seal_in_place(self._keys.present, _names(sequence, room[0]), room[_SEALED:end])
        return end

    def read(self) -> "Contents":
        """The journal as it is now."""
        room = self._pool.room(JOURNAL)
        return Contents(room, self._compose(room))

    def _compose(self, room: memoryview) -> int:
        """Open the journal in the page in memory, and add the marks. Returns its end."""
        length, log, ahead = self._pool.length(JOURNAL), self._log, 1
        end = self._opened(length) if length else self._begin(room)
        lost = end < 0
        if lost:
            # Flash that was damaged or changed, or a lock that was set while older firmware ran.
            end = self._begin(room)
        elif log and length:
            # Of the marks since the page was written only the last generation is there.
            ahead = (log.generation - room[0]) & 0xFF
        if lost or ahead > 1:
            end = self._add(room, end, _NOTHING + bytes((LOST,)))
        if log and ahead:
            for entry in _entries(log):
                end = self._add(room, end, entry)
        return end

    def _opened(self, length: int) -> int:
        """Decrypt the page where it is. Returns its end, negative if neither data key opens it."""
        sequence = self._pool.sequence(JOURNAL)
        keys = self._keys
        for key in (keys.present, keys.older) if keys.two else (keys.present,):
            # A failure wipes it.
            room = self._pool.room(JOURNAL)
            try:
                open_in_place(key, _names(sequence, room[0]), room[_SEALED:length])
            except BadSeal:
                continue
            return length
        return -1

    def _begin(self, room: memoryview) -> int:
        start = self._keys.tag(_START)
        room[_HEAD:_BASE] = start
        room[_BASE:_DROPPED] = start
        struct.pack_into("<I", room, _DROPPED, 0)
        return _ENTRIES

    def _add(self, room: memoryview, end: int, entry: bytes) -> int:
        """Add an entry, and drop the oldest one if there is no room. Returns the new end."""
        if end >= _MOST:
            first = bytes(room[_BASE:_DROPPED]) + bytes(room[_ENTRIES : _ENTRIES + ENTRY_SIZE])
            room[_BASE:_DROPPED] = hashlib.new("sha256", first).digest()[:HASH]
            struct.pack_into("<I", room, _DROPPED, struct.unpack_from("<I", room, _DROPPED)[0] + 1)
            room[_ENTRIES : end - ENTRY_SIZE] = room[_ENTRIES + ENTRY_SIZE : end]
            end -= ENTRY_SIZE
        room[end : end + ENTRY_SIZE] = entry
        return end + ENTRY_SIZE


class Contents:
    """The journal in the page in memory, valid until the next page is read or written."""

    def __init__(self, room: memoryview, end: int) -> None:
        self._room = room
        #: The hash where the chain begins, that before the first entry, and how many were dropped before it.
        self.name = room[_HEAD:_BASE]
        self.before = room[_BASE:_DROPPED]
        self.dropped: int = struct.unpack_from("<I", room, _DROPPED)[0]
        #: How many entries there are.
        self.total = (end - _ENTRIES) // ENTRY_SIZE

    def entries(self, start: int, end: int) -> memoryview:
        """Those from `start` to `end`."""
        return self._room[_ENTRIES + start * ENTRY_SIZE : _ENTRIES + end * ENTRY_SIZE]


def _entries(log: "UsageLog") -> "Iterator[bytes]":
    """The marks in NVM as entries, in their order. Marks in a row that are not whole are one entry."""
    at, torn = 0, False
    while at < log.end:
        log.pause()
        pair = bytes(log.nvm[at : at + _PAIR_SIZE])
        how = _how(log, pair, at)
        if how != TORN:
            yield pair[: ENTRY_SIZE - 1] + bytes((how,))
        elif not torn:
            yield _NOTHING + bytes((TORN,))
        torn = how == TORN
        at += _PAIR_SIZE if _is_whole(pair) and not torn else _MARK_SIZE


def _is_whole(pair: bytes) -> bool:
    """Whether the second half is a seal."""
    return len(pair) == _PAIR_SIZE and pair[-1] == crc32(pair[_MARK_SIZE:-1]) & 0xFF ^ 0xFF


def _how(log: "UsageLog", pair: bytes, at: int) -> int:
    """How the code of the mark at that place was given; TORN if the mark or its seal is not whole."""
    mark, seal = pair[:_MARK_SIZE], pair[_MARK_SIZE:]
    if not log.counts(mark):
        return TORN
    if _is_whole(pair):
        return seal[0] if equal(log.proof(mark, seal[0], at), seal[1:-1]) else UNKNOWN
    # Older firmware makes marks without a seal.
    return UNKNOWN if seal == b"\xff" * len(seal) or log.counts(seal) else TORN


def _names(sequence: int, generation: int) -> "tuple[bytes, ...]":
    return associated(JOURNAL, 0, sequence) + (bytes((generation,)),)
