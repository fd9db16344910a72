"""What the key remembers beside its accounts, locked or not."""

import struct

from totpkey_protocol.words import KEYPAD, MODES

from .pages import STATE, TYPING, Pool

#: time floor, identifier of the chosen account, seconds until it locks itself, whether a suspend locks it.
_FIELDS = "<QIHB"
#: mode, pace, delay, margin, length of the layout's name; then that name and its table.
_TYPING = "<BHHBB"
_TYPING_SIZE = 7
#: A site takes a code for some seconds more, but a person or a slow page may use them up.
_MARGIN = 3


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


class Manner:
    """How the key types. `pace` and `delay` in ms, `margin` in s; `table` is the layout's, or empty."""

    def __init__(
        self,
        mode: str = KEYPAD,
        pace: int = 0,
        delay: int = 0,
        margin: int = _MARGIN,
        layout: str = "",
        table: bytes = b"",
    ) -> None:
        self.mode = mode
        self.pace = pace
        self.delay = delay
        self.margin = margin
        self.layout = layout
        self.table = table


def load_manner(pool: Pool) -> Manner:
    """As it was stored, or as a new key types. Raises Refusal (storage)."""
    stored = pool.read(TYPING)
    if not stored:
        return Manner()
    mode, pace, delay, margin, length = struct.unpack(_TYPING, stored[:_TYPING_SIZE])
    table_at = _TYPING_SIZE + length
    layout = str(stored[_TYPING_SIZE:table_at], "utf-8")
    return Manner(MODES[mode], pace, delay, margin, layout, bytes(stored[table_at:]))


def save_manner(pool: Pool, manner: Manner) -> None:
    """Store how the key types. Raises Refusal (storage)."""
    layout = manner.layout.encode()
    head = struct.pack(
        _TYPING, MODES.index(manner.mode), manner.pace, manner.delay, manner.margin, len(layout)
    )
    pool.write(TYPING, head + layout + manner.table)
