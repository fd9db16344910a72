"""What the key stores besides its accounts. It is readable while the key is locked."""

import struct

from totpkey_protocol.limits import DELAY_MOST, MARGIN, MARGIN_MOST, PACE_MOST, PACE_SLOW, TABLE, TIME_MOST
from totpkey_protocol.words import KEYPAD, MODES

from ..store.format import STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

#: time floor, identifier of the chosen account, seconds until the key locks itself, whether a suspend locks
#: it, when the last backup was made, the sum of the identifiers in it, the setbacks of the clock.
_FIELDS = "<QIHBIII"
_SIZE = 27
#: mode, pace, delay, margin, length of the layout's name; then that name and its table.
_TYPING = "<BHHBB"
_TYPING_SIZE = 7


class Settings:
    """The floor of time, the chosen account, when the key locks itself, and the last backup.

    Methods raise Refusal (storage).
    """

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        stored = bytes(pool.read(STATE) or b"")
        #: Further fields that newer firmware has stored. This firmware keeps them.
        self._more = stored[_SIZE:]
        # Older firmware stored less.
        values = struct.unpack(_FIELDS, (stored + bytes(_SIZE))[:_SIZE])
        self._take((min(values[0], TIME_MOST),) + values[1:])

    def save(self, floor: int, chosen: int, idle: int, suspend: bool) -> None:
        """Store these settings if they differ. They are in force once they are stored."""
        self._store((floor, chosen, idle, int(suspend)) + self._values[4:])

    def choose(self, account: int) -> None:
        """Store the identifier of the chosen account."""
        self.save(self.floor, account, self.idle, self.suspend)

    def set_floor(self, time: int) -> None:
        """Store the Unix time below which the clock is not believed."""
        self.save(time, self.chosen, self.idle, self.suspend)

    def note_backup(self, time: int, accounts: int) -> None:
        """Store when a backup was made, and the sum of the identifiers in it."""
        self._store(self._values[:4] + (time, accounts, self.setbacks))

    def note_setback(self) -> None:
        """Store that the clock lost its time, or is set back."""
        self._store(self._values[:6] + (self.setbacks + 1 & 0xFFFFFFFF,))

    def _store(self, values: "tuple[int, ...]") -> None:
        if values != self._values:
            self._pool.write(STATE, struct.pack(_FIELDS, *values) + self._more)
            self._take(values)

    def _take(self, values: "tuple[int, ...]") -> None:
        self._values = values
        self.floor, self.chosen, self.idle, suspend, self.backup, self.backed_up, self.setbacks = values
        self.suspend = bool(suspend)


class TypingSettings:
    """How the key types. `pace` and `delay` in ms, `margin` in s; `table` is the layout's, or empty."""

    def __init__(
        self,
        mode: str = KEYPAD,
        pace: int = 0,
        delay: int = 0,
        margin: int = MARGIN,
        layout: str = "",
        table: bytes = b"",
    ) -> None:
        self.mode = mode
        self.pace = pace
        self.delay = delay
        self.margin = margin
        self.layout = layout
        self.table = table

    def slowed(self) -> "TypingSettings":
        """A slower copy, for programs that drop fast input."""
        return TypingSettings(
            self.mode, max(self.pace, PACE_SLOW), self.delay, self.margin, self.layout, self.table
        )


def unpack_typing(stored: bytes) -> TypingSettings:
    """Unpack stored settings. Without valid ones, returns those of a new key."""
    if len(stored) < _TYPING_SIZE:
        return TypingSettings()
    mode, pace, delay, margin, length = struct.unpack(_TYPING, stored[:_TYPING_SIZE])
    table_at = _TYPING_SIZE + length
    # Newer firmware may have stored further fields after the table.
    table = stored[table_at : table_at + TABLE]
    odd = mode >= len(MODES) or pace > PACE_MOST or delay > DELAY_MOST or margin > MARGIN_MOST
    if odd or len(table) not in (0, TABLE):
        return TypingSettings()
    try:
        layout = str(stored[_TYPING_SIZE:table_at], "utf-8")
    except UnicodeError:
        return TypingSettings()
    return TypingSettings(MODES[mode], pace, delay, margin, layout, table)


def pack_typing(settings: TypingSettings) -> bytes:
    """Pack settings for storage."""
    layout = settings.layout.encode()
    head = struct.pack(
        _TYPING,
        MODES.index(settings.mode),
        settings.pace,
        settings.delay,
        settings.margin,
        len(layout),
    )
    return head + layout + settings.table
