"""Touches: turns the edges of the button into gestures, and hands what a person does to the key's mode."""

from ..ticks import passed, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..platform import Platform
    from .light import Pattern

    class Touched(Protocol):
        """What touches do to the key at present. The light answers."""

        def down(self, touch: "Gestures") -> None:
            """The button goes down."""

        def press(self, touch: "Gestures") -> None:
            """The button was pressed for a short time."""

        def hold(self, touch: "Gestures") -> None:
            """The button was held."""

        def key(self, number: int, at: int) -> None:
            """One of a board's further keys went down at that time. They are counted from 0."""

    class Mode(Touched, Protocol):
        """What the key does at present, and what touches do to it."""

        def turn(self, quiet: int, now: int) -> None:
            """Time passes. `quiet`: for how long neither person nor program has used the key, in ms."""

        def lost(self) -> None:
            """There was a touch, of which nothing else is known."""

        def pattern(self, down: bool) -> Pattern:
            """What the light shows while nothing happens. `down`: a touch is not decided yet."""


#: A hold of this length, at its release: the next account. In ms, as all below.
HOLD = 600
#: A hold of this length: setup, without waiting for the release.
LONG_HOLD = 3000
#: A release counts after this time, because contacts bounce when they open.
_RELEASE = 20
#: After this time without a look, a touch may have been missed: no erase takes less.
_DEAF = 30

NOTHING = ""
DOWN = "down"
PRESS = "press"
NEXT = "next"
SETUP = "setup"
LET_GO = "let go"
#: One of a board's further keys went down.
KEY = "key"
#: There was a touch while the flash was written: the hardware noted it, but not when or how often.
LOST = "lost"


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


class Touches:
    """What a person does to the button and to a board's further keys, in its order."""

    def __init__(self, platform: "Platform", now: int) -> None:
        self._platform = platform
        self.button = Gestures()
        #: When a person last touched the key, and when the button last changed, in ticks.
        self.touched = self.changed_at = now
        #: Whether there was a touch since that was last looked at.
        self.fresh = True
        # An edge that waits until the gesture before it was handed over; and the last of the further keys.
        self._edge: "tuple[bool, int] | None" = None
        #: When there was nothing left to take.
        self._looked = now
        self._key: "tuple[int, int] | None" = None

    def next(self, now: int) -> str:
        """The next gesture, `KEY`, or `LOST`; NOTHING once there is none."""
        heard, self._looked = since(self._looked, now) < _DEAF, now
        gesture = self._next_gesture(now)
        if not gesture:
            self._key = self._platform.next_key()
            if self._key:
                gesture, self.touched = KEY, self._platform.ticks()
            elif heard or self.button.held(now) or not self._platform.fell():
                return NOTHING
            else:
                gesture, self.touched = LOST, now
        self.fresh = True
        return gesture

    def hand(self, gesture: str, mode: "Touched") -> None:
        """Hand what `next` has returned to the mode. `SETUP`, `LET_GO` and `LOST` are the caller's."""
        if gesture == DOWN:
            mode.down(self.button)
        elif gesture == PRESS:
            mode.press(self.button)
        elif gesture == NEXT:
            mode.hold(self.button)
        elif gesture == KEY and self._key:
            mode.key(self._key[0], self._key[1])

    def drop(self) -> bool:
        """Take what was done until now for nothing. Returns whether there was a touch that waited."""
        found = False
        while edge := self._next_edge():
            found = found or edge[0]
            self.button.edge(edge[0], edge[1])
        self.button.spend()
        while self._platform.next_key():
            found = True
        if found:
            # The light is about to say so, and no work may hold it up.
            self.touched = self._platform.ticks()
        return found

    def _next_edge(self) -> "tuple[bool, int] | None":
        edge, self._edge = self._edge or self._platform.next_edge(), None
        return edge

    def _next_gesture(self, now: int) -> str:
        while True:
            edge = self._next_edge()
            if not edge:
                gesture = self.button.turn(now)
                if gesture:
                    # Contacts bounce: what was noted until now was this touch.
                    self._platform.fell()
                return gesture
            self.touched, self.changed_at, self.fresh = now, edge[1], True
            # Several edges may have waited while a code was typed. Finish the touch before this one first.
            gesture = self.button.turn(edge[1])
            if gesture:
                self._edge = edge
                return gesture
            gesture = self.button.edge(edge[0], edge[1])
            if gesture:
                return gesture
