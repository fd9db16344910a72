"""Chooses the lock keys to press before a code, so that it gives the right characters, and after it.

The keypad's digits need NumLock on, letters need CapsLock off. The computer's report decides; without one, a
press of a lock key provokes it. Each lock key is pressed an even number of times in total, so both locks end
as they were.
"""

from adafruit_hid.keycode import Keycode

from .lock_state import ANSWER, CAPS_LOCK, NUM_LOCK, TOLD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lock_state import LockState

#: Results of `next`: not yet; type now; this computer would give wrong characters.
WAIT, READY, REFUSED = range(3)

NUM_LOCK_KEY, CAPS_LOCK_KEY = Keycode.KEYPAD_NUMLOCK, Keycode.CAPS_LOCK
#: Most presses of one lock key.
_MOST = 2
#: macOS ignores a CapsLock that is down for less than 75 ms (kCapsLockDelayMS in Apple's
#: IOHIDKeyboardFilter.mm). Karabiner-Elements recommends 200. In ms.
_HOLD = 200


class LockSwitch:
    """The presses of lock keys for one code. Nothing here allocates."""

    def __init__(self, locks: "LockState") -> None:
        self._locks = locks
        self.begin(False, False, False)

    def begin(self, keypad: bool, letters: bool, trusting: bool) -> None:
        """Start a new code. `keypad` and `letters` say what it types, `trusting` whether it is typed at a
        computer that sends no reports about its lock keys.
        """
        self._keypad = keypad
        self._letters = letters
        self._trusting = trusting
        self._num_presses = self._caps_presses = 0
        #: The lock to press, the one that was pressed last, and those that gave no answer.
        self._lock = self._last = self._silent = 0

    def time(self, keypad: bool, letters: bool) -> int:
        """The longest time of switching for a code that types these, in ms."""
        locks = self._locks
        if (not keypad or locks.suits_keypad()) and (not letters or locks.suits_letters()):
            return 0
        if locks.has_num_lock and locks.state == TOLD:
            return 2 * ANSWER
        # Two presses of each lock key; letters may wait for all four, and for CapsLock, which is held.
        return 5 * ANSWER if letters else 4 * ANSWER

    @property
    def suits(self) -> bool:
        """Whether the lock keys are known to stand right for the code, as far as they can be known."""
        return self._keypad_suits and (not self._letters or self._locks.suits_letters())

    @property
    def _keypad_suits(self) -> bool:
        return not self._keypad or self._locks.suits_keypad()

    def next(self, now: int) -> int:
        """WAIT, READY, REFUSED, or the usage of the lock key to press now, followed by `down`."""
        locks = self._locks
        if locks.waits(now):
            return WAIT
        self._judge_answer()
        if self.suits:
            if locks.mute:
                # The lock keys that were pressed for an answer may have switched all the same.
                return self.restore()
            # In case its NumLock was only slow to answer, this press turns it back on.
            return self._press(NUM_LOCK) if locks.lacks_num_lock and self._num_presses & 1 else READY
        if locks.state == TOLD:
            return self._press(CAPS_LOCK if self._keypad_suits else NUM_LOCK)
        return WAIT if locks.may_tell(now) else self._question()

    def restore(self) -> int:
        """The usage of the next lock key to press after the code, or READY once both are as before."""
        if self._num_presses & 1:
            return self._press(NUM_LOCK)
        return self._press(CAPS_LOCK) if self._caps_presses & 1 else READY

    def down(self, now: int) -> None:
        """Note that the lock key from `next` or `restore` goes down."""
        self._last = self._lock
        if self._lock == NUM_LOCK:
            self._num_presses += 1
        else:
            self._caps_presses += 1
        if self._lock == CAPS_LOCK or not self._locks.lacks_num_lock:
            self._locks.ask(now)

    @property
    def hold(self) -> int:
        """How long that key must stay down, in ms; 0: until the next report."""
        return _HOLD if self._lock == CAPS_LOCK and not self._locks.has_num_lock else 0

    def _judge_answer(self) -> None:
        """Note a press without an answer. A computer that answers only for CapsLock has no NumLock."""
        locks = self._locks
        if locks.state != TOLD:
            self._silent |= self._last
        elif self._silent & NUM_LOCK and self._last == CAPS_LOCK and not locks.shows(NUM_LOCK):
            locks.lacks_num_lock = True

    def _question(self) -> int:
        """Press a key that provokes a report: NumLock first, CapsLock for computers without NumLock."""
        locks = self._locks
        if not (self._silent & NUM_LOCK or locks.lacks_num_lock):
            return self._press(NUM_LOCK)
        if not (self._silent & CAPS_LOCK or locks.has_num_lock):
            return self._press(CAPS_LOCK)
        if not self._trusting:
            return REFUSED
        locks.mute = True
        return self.restore()

    def _press(self, lock: int) -> int:
        """The usage of this lock's key, or REFUSED after too many presses."""
        self._lock = lock
        if lock == NUM_LOCK:
            return NUM_LOCK_KEY if self._num_presses < _MOST else REFUSED
        return CAPS_LOCK_KEY if self._caps_presses < _MOST else REFUSED
