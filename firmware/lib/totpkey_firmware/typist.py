"""Typing: a code becomes keyboard reports ahead of time, and a press sends them.

One report a digit (HID 1.11 appendix B.1): a new report replaces the key held before it, so no release is
needed between two different digits. Between two equal ones it is.
"""

from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .platform import Keyboard

#: A computer drops what is typed while it is still setting up a new keyboard: Linux some 50 ms. Twice
#: that, in ms.
_SETTLING = 100
_REPORT = 8
#: Place of the first of six usages in a report.
_USAGE = 2
_DIGITS_MOST = 8
#: Each digit, a release before each but the first, and one at the end.
_REPORTS_MOST = 2 * _DIGITS_MOST
#: Keyboard/keypad page of the HID usage tables (section 10): 1 to 9 stand in a row, then 0.
_ONE = 0x1E
_ZERO = 0x27


class Typist:
    """Holds the reports of one code. `type` allocates nothing."""

    def __init__(self, keyboard: "Keyboard") -> None:
        self._keyboard = keyboard
        whole = memoryview(bytearray(_REPORTS_MOST * _REPORT))
        self._reports = [whole[at * _REPORT : (at + 1) * _REPORT] for at in range(_REPORTS_MOST)]
        self._count = 0
        self._ready = False
        self._ready_since = 0

    def turn(self, now: int) -> None:
        """Watch for the computer to come and go."""
        ready = self._keyboard.ready()
        if ready and not self._ready:
            self._ready_since = now
        self._ready = ready

    def prepare(self, code: str) -> None:
        """Make the reports for `code`, up to eight decimal digits."""
        self._count = 0
        last = 0
        for digit in code:
            usage = _ZERO if digit == "0" else _ONE + ord(digit) - 49
            if usage == last:
                self._append(0)
            self._append(usage)
            last = usage
        self._append(0)

    def type(self, now: int) -> bool:
        """Send the prepared reports; False if no computer takes them."""
        if not self._ready or not self._keyboard.ready() or since(self._ready_since, now) < _SETTLING:
            return False
        sent = 0
        try:
            while sent < self._count:
                self._keyboard.send(self._reports[sent])
                sent += 1
        except OSError:
            return False
        return True

    def _append(self, usage: int) -> None:
        self._reports[self._count][_USAGE] = usage
        self._count += 1
