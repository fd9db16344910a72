"""How long to wait for a key: only time in which an answer could have been heard counts."""

from __future__ import annotations

from collections.abc import Callable

from totpkey.link.transport import Transport

#: The most seconds that one look at the port may count, however long it took.
PIECE = 0.25


class Patience:
    """Waits for bytes, for `seconds` in all.

    A program stands still while its computer sleeps or is overloaded. Time that passes then says nothing
    about the key: its answer may be on its way. So the wait is cut into pieces, and none counts for more
    than it asked for.
    """

    def __init__(self, seconds: float, ticks: Callable[[], float]) -> None:
        self._left = seconds
        self._ticks = ticks
        self._counted = ticks()

    @property
    def ended(self) -> bool:
        return self._left <= 0

    def read(self, transport: Transport) -> bytes:
        """The bytes that have come, which may be none yet. Raises TransportError."""
        asked = min(max(self._left, 0), PIECE)
        data = transport.read(asked)
        now = self._ticks()
        # A port that never falls silent must not be read for ever.
        self._left -= min(now - self._counted, PIECE) if data else asked
        self._counted = now
        return data
