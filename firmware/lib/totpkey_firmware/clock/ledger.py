"""The clock's drift, and the changes of its time. Only the commands about the clock load it."""

import struct

from totpkey_protocol.limits import CHANGES, TIME_MOST
from totpkey_protocol.words import CHIPS, REASONS

from ..store.format import CLOCK
from . import drift
from .reckoning import HEAD, HEAD_SIZE, VERSION, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool
    from .drift import Interval
    from .reckoning import Reckoning

#: After the head: chip (0: none yet, else one more than its place in `words.CHIPS`), when its time was last
#: approved by a person, or set while blank, how exact that was (`UNKNOWN`: a cut came between), and by how
#: many ms it was moved since. Then the numbers of intervals and of changes.
_MORE = "<BIHiBB"
_MORE_SIZE = 13
UNKNOWN = 0xFFFF
#: An interval: its length in s, the chip's own gain in it, and the error at its start, in ms.
_INTERVAL = "<IiH"
_INTERVAL_SIZE = 10
#: A recorded change: reason (place in `words.REASONS`), time before (0: lost), time set.
_CHANGE = "<BII"
_CHANGE_SIZE = 9
#: After them, if there is one: the first time of a new key that nobody was asked about.
_FIRST = "<I"
_FIRST_SIZE = 4


class Ledger:
    """The whole page about the clock, whose head is the reckoning. Changes of either take effect when `save`
    returns. Raises Refusal (storage).
    """

    def __init__(self, pool: "Pool", reckoning: "Reckoning", draft: bytearray) -> None:
        """If the page is unsound behind its head, this makes `reckoning` forget the head, too.

        `draft`: the page of a blank key, which cannot store it and so keeps it only until it is unplugged.
        """
        self._pool = pool
        self._draft = draft
        self.reckoning = reckoning
        self.forget()
        stored = pool.read(CLOCK) or draft
        if stored and stored[0] == VERSION:
            try:
                # Its head again: where that is not sound, the rest says nothing.
                reckoning.read(stored)
                self._read(stored)
            except ValueError:
                self.forget()

    def forget(self) -> None:
        """Reset to what a new key knows."""
        self.reckoning.forget()
        self.chip = self.approved = self.exactness = self.moved = self.first = 0
        self.intervals: "list[Interval]" = []
        self.changes: "list[tuple[int, int, int]]" = []

    def until(self, seconds: int) -> int:
        """Until when the clock's error stays below `seconds`, Unix time; 0 while it is unknown."""
        known = self.reckoning
        if not known.synced or not known.rate:
            return 0
        return known.synced + max(1000 * seconds - known.error, 0) * 1_000_000 // known.rate

    @property
    def again(self) -> int:
        """When the clock should be set again, Unix time; 0 if it was never set."""
        return self.approved and self.approved + drift.wait(self.intervals)

    def note(self, kind: int, before: int, after: int) -> None:
        """Record a change. Only the latest are kept."""
        self.changes = self.changes[1 - CHANGES :] + [(kind, before, after)]

    def save(self) -> None:
        """Store it."""
        packed = self._pack()
        if len(self._pool):
            self._pool.write(CLOCK, packed)
        else:
            self._draft[:] = packed

    def _pack(self) -> bytes:
        head = self.reckoning
        packed = struct.pack(
            HEAD, VERSION, int(head.pending), head.limit, head.synced, head.error, head.trim, head.rate
        ) + struct.pack(
            _MORE,
            self.chip,
            self.approved,
            self.exactness,
            self.moved,
            len(self.intervals),
            len(self.changes),
        )
        for interval in self.intervals:
            packed += struct.pack(_INTERVAL, *interval)
        for kind, before, after in self.changes:
            packed += struct.pack(_CHANGE, kind, before, after)
        if self.first:
            packed += struct.pack(_FIRST, self.first)
        return packed

    def _read(self, stored: bytearray) -> None:
        at = HEAD_SIZE + _MORE_SIZE
        require(len(stored) >= at)
        more = struct.unpack(_MORE, stored[HEAD_SIZE:at])
        self.chip, self.approved, self.exactness, self.moved, intervals, changes = more
        require(self.chip <= len(CHIPS) and self.approved <= TIME_MOST)
        require(intervals <= drift.INTERVALS and changes <= CHANGES)
        require(len(stored) >= at + intervals * _INTERVAL_SIZE + changes * _CHANGE_SIZE)
        for _ in range(intervals):
            length, gained, error = struct.unpack(_INTERVAL, stored[at : at + _INTERVAL_SIZE])
            require(length > 0)
            self.intervals.append((length, gained, error))
            at += _INTERVAL_SIZE
        for _ in range(changes):
            kind, before, after = struct.unpack(_CHANGE, stored[at : at + _CHANGE_SIZE])
            require(kind < len(REASONS) and max(before, after) <= TIME_MOST)
            self.changes.append((kind, before, after))
            at += _CHANGE_SIZE
        if len(stored) >= at + _FIRST_SIZE:
            (first,) = struct.unpack(_FIRST, stored[at : at + _FIRST_SIZE])
            # Newer firmware may have stored something else there.
            self.first = first if first <= TIME_MOST else 0
