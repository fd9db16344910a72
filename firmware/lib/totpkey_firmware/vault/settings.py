"""What the key remembers beside its accounts, locked or not."""

import struct

from .pages import STATE, Pool

#: time floor, identifier of the chosen account, seconds until it locks itself, whether a suspend locks it.
_FIELDS = "<QIHB"


class Settings:
    """The floor below which no time is believed, the chosen account, and when the key locks itself.

    Methods raise Refusal (storage).
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.floor = self.chosen = self.idle = 0
        self.suspend = False
        stored = pool.read(STATE)
        if stored:
            self.floor, self.chosen, self.idle, suspend = struct.unpack(_FIELDS, stored)
            self.suspend = bool(suspend)

    def save(self, floor: int, chosen: int, idle: int, suspend: bool) -> None:
        """Store these, if they are others than before: they are in force once they are stored."""
        if (floor, chosen, idle, suspend) == (self.floor, self.chosen, self.idle, self.suspend):
            return
        self._pool.write(STATE, struct.pack(_FIELDS, floor, chosen, idle, int(suspend)))
        self.floor, self.chosen, self.idle, self.suspend = floor, chosen, idle, suspend
