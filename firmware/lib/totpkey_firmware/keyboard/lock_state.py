"""The computer's lock keys, as its last output report gives them.

A computer sends the state of a keyboard's lights in an output report (HID 1.11 appendix B.1). This is all
that a keyboard learns about NumLock and CapsLock. So the key never infers a state from its own presses: a
press makes the state unknown, until a report arrives.
"""

from ..ticks import since

#: Bits of the output report.
NUM_LOCK, CAPS_LOCK = 1, 2

#: No valid report; a valid report; a lock key was pressed and the report is pending.
UNKNOWN, TOLD, ASKED = range(3)

#: How long the key waits for a report. The slowest computer in the tests takes 400. In ms, like all below.
ANSWER = 500
#: How long a computer may take to send its first report to a new keyboard. Linux takes 90.
_FIRST_REPORT = 500
#: A report is valid once no other follows for as long as this computer's slowest report took, at least:
_QUICKEST = 8


class LockState:
    """`state` is UNKNOWN, TOLD or ASKED. `leds` is valid only while it is TOLD. Nothing here allocates."""

    def __init__(self, now: int) -> None:
        self._asked_at = self._quiet_since = now
        self.forget(now)

    def forget(self, now: int) -> None:
        """Reset, for another computer or after its restart."""
        self.state = UNKNOWN
        self.leds = 0
        #: Whether this computer has ever shown NumLock on; and whether it answered for CapsLock but not for
        #: NumLock: a Mac, an iPad or a Chromebook, whose keypad always gives digits.
        self.has_num_lock = self.lacks_num_lock = False
        #: Whether it answered for no lock key.
        self.mute = False
        self._since = now
        self._slowest = _QUICKEST
        #: Whether a lock key was pressed and its report may still arrive.
        self._open = False

    def tell(self, leds: int, now: int) -> None:
        """Handle an output report."""
        if self._open:
            self._slowest = min(max(self._slowest, since(self._asked_at, now)), ANSWER)
        self.state = TOLD
        self.mute = False
        self.leds = leds
        self._quiet_since = now
        if leds & NUM_LOCK:
            self.has_num_lock = True
            self.lacks_num_lock = False

    def ask(self, now: int) -> None:
        """Handle the press of a lock key: earlier reports are no longer valid."""
        self.state = ASKED
        self._asked_at = self._quiet_since = now
        self._open = True

    def let_go(self, now: int) -> None:
        """Handle the release of a lock key. Some computers switch a lock off only then."""
        self._quiet_since = now

    def waits(self, now: int) -> bool:
        """Whether the report after the last press is pending. Afterwards the state is TOLD or UNKNOWN."""
        if not self._open:
            return False
        if self.state == ASKED:
            if since(self._quiet_since, now) < ANSWER:
                return True
            self.state = UNKNOWN
        elif since(self._quiet_since, now) < self._slowest:
            return True
        self._open = False
        return False

    def may_tell(self, now: int) -> bool:
        """Whether a new computer's first report may still arrive."""
        return self.state == UNKNOWN and since(self._since, now) < _FIRST_REPORT

    def shows(self, lock: int) -> bool:
        """Whether the report says that this lock is on."""
        return self.state == TOLD and bool(self.leds & lock)

    def suits_keypad(self) -> bool:
        """Whether the keypad is known to give digits."""
        return self.lacks_num_lock or self.shows(NUM_LOCK)

    def suits_letters(self) -> bool:
        """Whether CapsLock is known to be off, or its state cannot be known."""
        return self.mute or (self.state == TOLD and not self.leds & CAPS_LOCK)
