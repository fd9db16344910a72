"""The button: turns its edges into gestures."""

from ..ticks import passed, since

#: A hold of this length, at its release: the next account. In ms, as all below.
HOLD = 600
#: A hold of this length: setup, without waiting for the release.
LONG_HOLD = 3000
#: A release counts after this time, because contacts bounce when they open.
_RELEASE = 20

NOTHING = ""
DOWN = "down"
PRESS = "press"
NEXT = "next"
SETUP = "setup"
LET_GO = "let go"


class Gestures:
    """Reports `DOWN` at the press edge, then `PRESS` or `NEXT` at the release, or `SETUP` while still held.

    A hold for `SETUP` that ended before `turn` was called is reported at its release. After `SETUP`, or once
    it was spent, a touch ends with `LET_GO`.
    """

    def __init__(self) -> None:
        self._down = False
        #: When the button last went down.
        self.pressed_at = 0
        #: How long the last touch lasted, in ms.
        self.lasted = 0
        #: When the button was last released.
        self.released_at = 0
        self._settling = False
        self._spent = False

    def edge(self, pressed: bool, at: int) -> str:
        """The gesture that an edge completes, if any. `at` is in ticks."""
        if not pressed:
            self.released_at = at
            self._settling = self._down
        elif self._settling and since(self.released_at, at) < _RELEASE:
            self._settling = False
        else:
            self._down, self._settling, self._spent = True, False, False
            self.pressed_at = at
            return DOWN
        return NOTHING

    def turn(self, now: int) -> str:
        """The gesture that is complete at this time, if any."""
        if self._settling and passed(self.released_at, now) >= _RELEASE:
            self._down = self._settling = False
            return self._released()
        if (
            self._down
            and not self._spent
            and not self._settling
            and passed(self.pressed_at, now) >= LONG_HOLD
        ):
            self._spent = True
            return SETUP
        return NOTHING

    @property
    def under_way(self) -> bool:
        """Whether the button is down, and its gesture is not decided yet."""
        return self._down and not self._spent

    def held(self, now: int) -> int:
        """For how long the button has been down, in ms."""
        return passed(self.pressed_at, now) if self._down else 0

    def spend(self) -> None:
        """The present press has been used, so its release means nothing more."""
        self._spent = True

    def _released(self) -> str:
        self.lasted = since(self.pressed_at, self.released_at)
        if self._spent:
            return LET_GO
        if self.lasted >= LONG_HOLD:
            # The loop did not look at the button in time, because it was typing or waiting for a lock key.
            return SETUP
        return NEXT if self.lasted >= HOLD else PRESS
