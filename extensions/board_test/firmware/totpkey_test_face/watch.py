"""Counts what the button and the bus did since the test face began."""

from totpkey_firmware.ticks import since

#: No finger makes two edges within this time, in ms.
_FINGER = 25
#: The largest number in a reply.
_MOST = 0xFFFF


class Watch:
    """The counters. None of them grows beyond what a reply can hold."""

    def __init__(self, down: bool, now: int) -> None:
        """`down`: whether the button was down at the start."""
        self.down = down
        self.presses = self.bounces = self.pauses = 0
        #: The shortest time between two edges, in ms; 0 before the second.
        self.shortest = 0
        self._started = now
        self._last: "int | None" = None
        self._ready = False

    def up(self, now: int) -> int:
        """For how many seconds the face has run."""
        return min(since(self._started, now) // 1000, _MOST)

    def edge(self, pressed: bool, at: int) -> None:
        """The button went down or up, `at` ticks."""
        self.down = pressed
        if pressed:
            self.presses = min(self.presses + 1, _MOST)
        if self._last is not None:
            self._note(since(self._last, at))
        self._last = at

    def _note(self, gap: int) -> None:
        if not self.shortest or gap < self.shortest:
            self.shortest = min(max(gap, 1), _MOST)
        if gap < _FINGER:
            self.bounces = min(self.bounces + 1, _MOST)

    def bus(self, ready: bool) -> None:
        """Whether the bus is up now."""
        if self._ready and not ready:
            self.pauses = min(self.pauses + 1, _MOST)
        self._ready = ready
