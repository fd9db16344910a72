"""How far off the clock may be, and what makes good its drift: all that the everyday face has to know of it.

It is the head of one page of the vault, neither sealed nor secret: a locked key has to know it too. What else
stands there is setup's (`ledger`).
"""

import struct

from ..store.format import CLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

#: Version, whether the clock is being set, limit in s (0: none), when it was set last and how exactly in ms;
#: then in ppb what the key adds to its chip's rate, and by how much the sum may be off.
HEAD = "<BBHIHiI"
HEAD_SIZE = 18
VERSION = 1

#: The limit that a new key has, in s: past it hardly a site takes the code, even by chance.
LIMIT = 60


class Reckoning:
    """The figures as they were stored last. Raises Refusal (storage)."""

    def __init__(self, pool: "Pool") -> None:
        self.forget()
        stored = pool.read(CLOCK)
        if stored and stored[0] == VERSION:
            self._read(stored)

    def forget(self) -> None:
        """Know nothing, as a new key does."""
        self.pending = False
        self.limit = LIMIT
        self.synced = self.error = self.trim = self.rate = 0

    def worst(self, time: int) -> int:
        """By how many ms the clock may be off at Unix time `time`; 0 while it was never set: not trusted."""
        if not self.synced:
            return 0
        # After a cut while it was being set nobody knows whether it was.
        unsure = abs(self.added(time)) if self.pending else 0
        return self.error + unsure + max(time - self.synced, 0) * self.rate // 1_000_000

    def added(self, time: int) -> int:
        """By how many ms what the key adds itself has moved its time since the clock was set.

        `time` is the chip's.
        """
        return (time - self.synced) * self.trim // 1_000_000 if self.synced else 0

    def _read(self, stored: bytearray) -> None:
        head = struct.unpack(HEAD, stored[:HEAD_SIZE])
        _, pending, self.limit, self.synced, self.error, self.trim, self.rate = head
        self.pending = bool(pending)
