"""What the key knows of the computer's lock keys: what the computer told last, and nothing else.

A computer tells a keyboard which of its lights to show in an output report (HID 1.11 appendix B.1). That
report is the only thing a keyboard ever learns about NumLock and CapsLock. So the key never works a state
out from the keys it has pressed: a press makes the state a question, and only a report answers it.
"""

from ..ticks import passed

#: Bits of the output report.
NUM_LOCK, CAPS_LOCK = 1, 2

#: Nothing was told, or it may hold no longer; told by the computer; asked by pressing a lock key.
UNKNOWN, TOLD, ASKED = range(3)

#: How long the key waits for an answer. The slowest computer in the tests takes 400. In ms, as all below.
ANSWER = 500
#: A computer tells a new keyboard which lights to show, if any, within this time. Linux takes 90.
_FIRST_REPORT = 500
#: An answer counts when nothing contradicts it for as long as this computer's slowest answer took, at least:
_QUICKEST = 8


class LockState:
    """`state` is UNKNOWN, TOLD or ASKED; `leds` holds only while it is TOLD. Nothing here allocates."""

    def __init__(self, now: int) -> None:
        self._asked_at = self._quiet_since = now
        self.forget(now)

    def forget(self, now: int) -> None:
        """Know nothing: there may be another computer, or the same one has started again."""
        self.state = UNKNOWN
        self.leds = 0
        #: Whether this computer has ever shown NumLock on; and whether it showed CapsLock, but no NumLock
        #: when that was pressed: a Mac, an iPad or a Chromebook, whose keypad always gives digits.
        self.has_num_lock = self.lacks_num_lock = False
        #: Whether it answered for no lock key at all: it tells nothing.
        self.mute = False
        self._since = now
        self._slowest = _QUICKEST
        #: A lock key was pressed, and its answer may still be under way.
        self._open = False

    def tell(self, leds: int, now: int) -> None:
        """The computer has sent an output report."""
        if self._open:
            self._slowest = min(max(self._slowest, passed(self._asked_at, now)), ANSWER)
        self.state = TOLD
        self.mute = False
        self.leds = leds
        self._quiet_since = now
        if leds & NUM_LOCK:
            self.has_num_lock = True
            self.lacks_num_lock = False

    def ask(self, now: int) -> None:
        """A lock key goes down: what was told before no longer holds."""
        self.state = ASKED
        self._asked_at = self._quiet_since = now
        self._open = True

    def let_go(self, now: int) -> None:
        """The lock key goes up. Some computers switch a lock off only then, so the answer may follow now."""
        self._quiet_since = now

    def waits(self, now: int) -> bool:
        """Whether the answer to the last press is still to come. Afterwards the state is TOLD or UNKNOWN."""
        if not self._open:
            return False
        if self.state == ASKED:
            if passed(self._quiet_since, now) < ANSWER:
                return True
            self.state = UNKNOWN
        elif passed(self._quiet_since, now) < self._slowest:
            return True
        self._open = False
        return False

    def may_tell(self, now: int) -> bool:
        """Whether a computer that has just come may still tell by itself."""
        return self.state == UNKNOWN and passed(self._since, now) < _FIRST_REPORT

    def shows(self, lock: int) -> bool:
        """Whether the computer told that this lock is on."""
        return self.state == TOLD and bool(self.leds & lock)

    def suits_keypad(self) -> bool:
        """Whether the keypad is known to give digits."""
        return self.lacks_num_lock or self.shows(NUM_LOCK)

    def suits_letters(self) -> bool:
        """Whether CapsLock is known to be off, or nothing can be known of it."""
        return self.mute or (self.state == TOLD and not self.leds & CAPS_LOCK)
