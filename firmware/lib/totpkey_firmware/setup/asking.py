"""A request that waits for its touch, and the gesture that belongs only to it (docs/concepts/consent.md)."""

from totpkey_protocol.limits import ANNOUNCED, COUNT_LEAST, COUNT_MOST
from totpkey_protocol.words import EVERYTHING, USE

from ..panel import pin_entry
from ..panel.gestures import HOLD
from ..panel.pin_entry import PinEntry
from ..ticks import passed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .request import Request, Steps

#: The gesture of *use*. It occurs in no other gesture.
PRESS = "1"
#: For how long a gesture is not given again: one that was made, and any other. In ms.
_MADE = 30_000
_NOT_MADE = 120_000

#: The results of a touch.
NOTHING = ""
COUNTED = "counted"
DIGIT = "digit"
AGREED = "agreed"
WRONG = "wrong"
#: After these, the request ignores further touches.
FINAL = (AGREED, WRONG)


class Told:
    """The gestures that were given recently. A person may still be about to make one of them."""

    def __init__(self, random: "Callable[[int], bytearray]") -> None:
        self._random = random
        #: Gestures, each with the ticks from which, and the ms for which, it is not given again.
        self._told: "list[list[Any]]" = []

    def draw(self, consent: str, now: int) -> str:
        """Draw a gesture for a request of that class; "" if none is left that cannot be confused."""
        if consent == USE:
            return PRESS
        self._told = [one for one in self._told if passed(one[1], now) < one[2]]
        left = [gesture for gesture in every(3 if consent == EVERYTHING else 2) if self._is_free(gesture)]
        if not left:
            return ""
        gesture = left[int.from_bytes(bytes(self._random(2)), "big") % len(left)]
        self._told.append([gesture, now, _NOT_MADE])
        return gesture

    def settle(self, gesture: str, made: bool, now: int) -> None:
        """The request has ended. A gesture that was `made` is blocked for less time than any other."""
        for told in self._told:
            if told[0] == gesture:
                told[1:] = [now, _MADE if made else _NOT_MADE]

    def _is_free(self, gesture: str) -> bool:
        return not any(gesture in told[0] or told[0] in gesture for told in self._told)


def every(counts: int) -> "list[str]":
    """All gestures with that number of counts."""
    gestures = [""]
    for _ in range(counts):
        gestures = [one + str(count) for one in gestures for count in range(COUNT_LEAST, COUNT_MOST + 1)]
    return gestures


class Asking:
    """One request, from the moment when it starts to wait. Times are in ticks."""

    def __init__(
        self, request: "Request", steps: "Steps", consent: str, gesture: str, at: int, locked: bool
    ) -> None:
        self.request = request
        self.steps = steps
        self.consent = consent
        self.gesture = gesture
        self.at = at
        #: Whether a hold must come first, because presses are digits of a PIN.
        self.wants_hold = locked
        #: Whether the key was locked when the request began, so that its gesture begins with a hold.
        self.locked = locked
        self._entry = PinEntry()
        #: Whether the request has received a touch, what came of the touches of this round, and when the
        #: program was last told.
        self.begun = False
        self.result = NOTHING
        self.told_at = at
        self._down = self._early = False

    @property
    def counted(self) -> str:
        """The complete counts."""
        return self._entry.digits

    @property
    def under_way(self) -> bool:
        """Whether a count has begun."""
        return self._entry.begun

    @property
    def presses(self) -> int:
        """The presses of the current count."""
        return self._entry.presses

    def down(self, shown: int, at: int) -> str:
        """The button goes down, after the light has shown the request for `shown` ms.

        Returns what that completes. The key may have been busy, so the pause before this touch may have
        completed a count.
        """
        completed = self.turn(at)
        self._down, self._early = True, not self.begun and shown < 1000 * ANNOUNCED
        return completed

    def up(self, lasted: int, at: int) -> str:
        """A touch of that many ms has ended. A touch that began before the request is ignored."""
        if not self._down or self.result in FINAL:
            return NOTHING
        self._down, self.begun = False, True
        if self._early:
            return WRONG
        if self.wants_hold:
            self.wants_hold = False
            return DIGIT if lasted >= HOLD else WRONG
        if lasted >= HOLD or self._entry.press(at) != pin_entry.COUNTED:
            return WRONG
        return COUNTED if self.presses <= self._next_count() else WRONG

    def key(self, count: int, shown: int, at: int) -> str:
        """A key for that count went down, on a board that has one for each."""
        completed = self.down(shown, at)
        if completed in FINAL or self.result in FINAL:
            return completed
        if self._early or self.wants_hold or self.presses:
            return WRONG
        self._down, self.begun = False, True
        self._entry.digit(count, at)
        return self._compare()

    def turn(self, now: int) -> str:
        """What the passing of time completes."""
        if self.result in FINAL:
            return NOTHING
        event = self._entry.turn(now)
        if event == pin_entry.FORGOTTEN:
            return WRONG
        return self._compare() if event == pin_entry.DIGIT else NOTHING

    def _next_count(self) -> int:
        return int(self.gesture[len(self.counted)])

    def _compare(self) -> str:
        if self.counted == self.gesture:
            return AGREED
        return DIGIT if self.gesture.startswith(self.counted) else WRONG
