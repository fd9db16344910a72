"""How a terminal treats keys that produce no character."""

from __future__ import annotations

import re

FIRST_KEYPAD, LAST_KEYPAD = 0x59, 0x62


class DeadKeys:
    """A terminal that treats keypad keys without NumLock as cursor keys, and other silent keys as dead keys.

    A space after a dead key makes an accent; any other key after it is lost together with it.
    """

    def __init__(self) -> None:
        self._dead = False

    def __call__(self, text: str) -> str:
        return "".join(map(self._given, re.findall("<0x..>|.", text)))

    def _given(self, text: str) -> str:
        if text.startswith("<0x"):
            cursor = FIRST_KEYPAD <= int(text[1:-1], 16) <= LAST_KEYPAD
            self._dead = not cursor
            return "\x1b[B" if cursor else ""
        dead, self._dead = self._dead, False
        return text if not dead else "´" if text == " " else ""
