"""The clock's possible error, and the correction of its drift, as the everyday face needs them.

They are the head of a page, which is not encrypted since a locked key needs it as well. Setup uses the rest
of the page (`ledger`).
"""

import struct

from totpkey_protocol.limits import LIMIT_MOST, TIME_MOST

from ..store.format import CLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

#: Version, whether the clock is being set, limit in s (0: none), when it was last set, and with which error
#: in ms. Then, in ppb, what the key adds to its chip's rate, and the possible error of the sum.
HEAD = "<BBHIHiI"
HEAD_SIZE = 18
VERSION = 2

#: Rates are sent as small integers, in ppb.
_RATE_MOST = 0x3FFFFFFF


class Reckoning:
    """The stored figures. Raises Refusal (storage)."""

    def __init__(self, pool: "Pool") -> None:
        self.forget()
        stored = pool.read(CLOCK)
        if stored and stored[0] == VERSION:
            try:
                self.read(stored)
            except ValueError:
                # Nobody has set this clock, as far as this firmware can tell.
                self.forget()

    def forget(self) -> None:
        """Reset to a new key's figures."""
        self.pending = False
        self.limit = self.synced = self.error = self.trim = self.rate = 0

    def worst(self, time: int) -> int:
        """The clock's possible error at Unix time `time`, in ms; 0 if it was never set and is not trusted."""
        if not self.synced:
            return 0
        # After a cut during setting, it is unknown whether it was set.
        unsure = abs(self.added(time)) if self.pending else 0
        return self.error + unsure + max(time - self.synced, 0) * self.rate // 1_000_000

    def added(self, time: int) -> int:
        """How far the key's own correction has moved its time since the clock was set, in ms.

        `time` is the chip's.
        """
        return (time - self.synced) * self.trim // 1_000_000 if self.synced else 0

    def read(self, stored: bytearray) -> None:
        """Take the figures from a stored page. Raises ValueError for what no firmware has written."""
        require(len(stored) >= HEAD_SIZE)
        head = struct.unpack(HEAD, stored[:HEAD_SIZE])
        _, pending, self.limit, self.synced, self.error, self.trim, self.rate = head
        self.pending = bool(pending)
        require(self.limit <= LIMIT_MOST and self.synced <= TIME_MOST)
        require(self.rate <= _RATE_MOST and abs(self.trim) <= _RATE_MOST)


def require(sound: bool) -> None:
    """Raise ValueError unless that is so."""
    if not sound:
        raise ValueError
