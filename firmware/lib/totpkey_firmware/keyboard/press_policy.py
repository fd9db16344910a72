"""What a press means when the same code was typed before, or has not long to live.

A site takes each code once (RFC 6238 section 5.2), so a press types none twice: it waits for the next.
Whoever wants the same code again, since the first went to the wrong window, presses twice.
Touches while a code is being typed mean nothing (`Key.type_code`).
"""

from ..ticks import since

#: Two presses within this time are a double press. In ms.
DOUBLE = 500
#: Of so many accounts it is remembered which code was typed last.
_REMEMBERED = 64

TYPE = "type"
WAIT = "wait"
CANCEL = "cancel"
NOTHING = ""


class PressPolicy:
    """Judges presses. `waiting` says that the next code is to be typed when it begins."""

    def __init__(self) -> None:
        self.waiting = False
        #: By account: the time step of the code that was typed last.
        self._typed: "dict[int, int]" = {}
        #: The last press: for which account, and when.
        self._account = -1
        self.pressed_at = 0
        #: Whether the press before has typed nothing, but begun to wait or ended that.
        self._held_back = False

    def press(self, account: int, step: int, lives: bool, at: int) -> str:
        """What to do now. `lives`: whether the code lives long enough to be typed and used. `at`: when the
        finger came down.
        """
        double = account == self._account and since(self.pressed_at, at) < DOUBLE
        self._account, self.pressed_at = account, at
        if double and not self._held_back:
            # The second touch of an eager finger: the first has typed.
            return NOTHING
        if self.waiting and not double:
            self.waiting = False
            self._held_back = True
            return CANCEL
        if lives and (double or self._typed.get(account) != step):
            self._held_back = self.waiting = False
            return TYPE
        self._held_back = self.waiting = True
        return WAIT

    def due(self, account: int, step: int, lives: bool) -> bool:
        """Whether the code that was waited for is there."""
        return self.waiting and lives and self._typed.get(account) != step

    def note(self, account: int, step: int) -> None:
        """The code was typed."""
        self.waiting = self._held_back = False
        if len(self._typed) >= _REMEMBERED:
            self._typed = {}
        self._typed[account] = step
