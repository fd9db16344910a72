"""Decides what a press does if the same code was typed before, or is about to expire.

A site accepts each code once (RFC 6238 section 5.2), so a press does not type a code twice, but waits for the
next. A double press types the same code again, for example after typing into the wrong window. Touches during
typing are ignored (`Key.type_code`).
"""

from ..ticks import since

#: Two presses within this time are a double press. In ms.
DOUBLE = 500
#: For how many accounts the last typed code is remembered.
_REMEMBERED = 64

TYPE = "type"
WAIT = "wait"
CANCEL = "cancel"
NOTHING = ""


class PressPolicy:
    """Judges presses. `waiting` means that the next code is typed when it begins."""

    def __init__(self) -> None:
        self.waiting = False
        #: The time step of the last typed code, by account.
        self._typed: "dict[int, int]" = {}
        #: The account and the time of the last press.
        self._account = -1
        self.pressed_at = 0
        #: Whether the last press typed nothing, but started or ended waiting.
        self._held_back = False

    def press(self, account: int, step: int, lives: bool, at: int) -> str:
        """What to do now. `lives`: whether the code stays valid long enough to be typed and used. `at`: the
        time of the press.
        """
        double = account == self._account and since(self.pressed_at, at) < DOUBLE
        self._account, self.pressed_at = account, at
        if double and not self._held_back:
            # A quick second touch after the first has typed.
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
        """Whether the awaited code has begun."""
        return self.waiting and lives and self._typed.get(account) != step

    def note(self, account: int, step: int) -> None:
        """Note that the code was typed."""
        self.waiting = self._held_back = False
        if len(self._typed) >= _REMEMBERED:
            self._typed = {}
        self._typed[account] = step
