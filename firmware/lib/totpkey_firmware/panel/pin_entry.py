"""Entering a PIN with one button: each digit is a number of presses and a pause. A hold ends the PIN.

1 is one press, 9 is nine, 0 is ten (`docs/guide/pin.md`).
"""

from totpkey_protocol.limits import PIN_LEAST, PIN_MOST

from ..ticks import passed

#: The pause that ends a digit, and the pause after which the whole entry is forgotten. In ms.
DIGIT_PAUSE = 1200
FORGET_PAUSE = 15_000
#: The presses for the digit 0. After one more the person has lost count.
_ZERO = 10

NOTHING = ""
#: A press was counted, a digit is complete, the entry was forgotten.
COUNTED = "counted"
DIGIT = "digit"
FORGOTTEN = "forgotten"
#: The PIN is complete, and `take` returns it.
ENTERED = "entered"

_KEY_OVER = 9
_KEY_ZERO = 10
_KEY_END = 11


class PinEntry:
    """The PIN that is being entered."""

    def __init__(self) -> None:
        self._digits = bytearray()
        self._presses = 0
        self._touched = 0

    @property
    def begun(self) -> bool:
        """Whether anything was entered."""
        return bool(self._digits) or self._presses > 0

    @property
    def digits(self) -> str:
        """The complete digits."""
        return str(self._digits, "ascii")

    @property
    def presses(self) -> int:
        """The presses towards the next digit."""
        return self._presses

    def press(self, now: int) -> str:
        """One short press of the button."""
        self._touched = now
        self._presses += 1
        if self._presses > _ZERO:
            return self.forget()
        return COUNTED

    def digit(self, value: int, now: int) -> str:
        """One digit from a board with a key for each digit."""
        self._touched = now
        return self._complete(value)

    def key(self, number: int, now: int) -> str:
        """One of twelve keys, as on a telephone: 1 to 9, then start over, 0, and the end of the PIN."""
        if number == _KEY_OVER:
            return self.forget()
        if number == _KEY_END:
            return ENTERED
        return self.digit(0 if number == _KEY_ZERO else number + 1, now)

    def turn(self, now: int) -> str:
        """The event that is complete at this time, such as a digit after its pause."""
        pause = passed(self._touched, now)
        if self._presses and pause >= DIGIT_PAUSE:
            return self._complete(self._presses % _ZERO)
        if self._digits and pause >= FORGET_PAUSE:
            return self.forget()
        return NOTHING

    def take(self) -> str:
        """Return the PIN and start over. Empty if it is too short for a PIN, so that a slip costs no try."""
        if self._presses:
            self._complete(self._presses % _ZERO)
        pin = str(self._digits, "ascii") if len(self._digits) >= PIN_LEAST else ""
        self.forget()
        return pin

    def forget(self) -> str:
        """Start over, and wipe the digits."""
        for index in range(len(self._digits)):
            self._digits[index] = 0
        self._digits = bytearray()
        self._presses = 0
        return FORGOTTEN

    def _complete(self, value: int) -> str:
        self._presses = 0
        self._digits.append(0x30 + value)
        return DIGIT if len(self._digits) <= PIN_MOST else self.forget()
