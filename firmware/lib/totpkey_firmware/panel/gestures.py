"""The button: its edges become gestures."""

from ..ticks import passed, since

#: Held this long and let go: the next account. In ms, as all below.
HOLD = 600
#: Held this long: setup, without waiting for the release.
LONG_HOLD = 3000
#: A release counts once it has lasted this long: contacts bounce when they open.
_RELEASE = 20

NOTHING = ""
DOWN = "down"
PRESS = "press"
NEXT = "next"
SETUP = "setup"
LET_GO = "let go"


class Gestures:
    """Tells `DOWN` at the press edge, then `PRESS` or `NEXT` at the release, or `SETUP` while still held.

    A hold for `SETUP` that ended while nobody called `turn` is told at its release. After `SETUP`, or once it
    was spent, a touch ends with `LET_GO`.
    """

    def __init__(self) -> None:
        self._down = False
        #: When it went down last.
        self.pressed_at = 0
        #: How long the last touch lasted, in ms.
        self.lasted = 0
        #: When it was let go last.
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
        """The gesture that the passing of time completes, if any."""
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
        """Whether the button is down, and what that means is still open."""
        return self._down and not self._spent

    def held(self, now: int) -> int:
        """For how long the button has been down, in ms."""
        return passed(self.pressed_at, now) if self._down else 0

    def spend(self) -> None:
        """The press under way has served: its release shall mean nothing more."""
        self._spent = True

    def _released(self) -> str:
        self.lasted = since(self.pressed_at, self.released_at)
        if self._spent:
            return LET_GO
        if self.lasted >= LONG_HOLD:
            # Nobody looked at the button in time: a code was being typed, or a lock key asked for.
            return SETUP
        return NEXT if self.lasted >= HOLD else PRESS
