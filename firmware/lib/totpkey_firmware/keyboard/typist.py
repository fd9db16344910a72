"""Types a code: prepares its reports in advance, and sends one at each of the computer's polls.

The rules (`docs/concepts/typing.md`): send nothing unless the bus is up and settled. Send nothing while the
last report waits, since CircuitPython would then block, and a reset or a suspend would go unnoticed. After a
code was stopped, no key of it may reach a computer. Lock keys that would change the text are switched before
it (`lock_switch`), and back after it.
"""

from adafruit_hid.keycode import Keycode

from totpkey_protocol.words import KEYPAD

from ..ticks import add, passed, since
from .keystrokes import with_releases
from .lock_state import LockState
from .lock_switch import READY, REFUSED, WAIT, LockSwitch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Keyboard
    from ..vault.settings import TypingSettings

#: Time between two polls: the interval in CircuitPython's descriptor. In ms, like all below.
POLL = 8
#: A computer ignores a new keyboard until it is set up: Linux for 50 ms after its first poll. It sends the
#: lock keys' state within 90 ms.
_SETTLING = 150
#: A computer that has not taken a report for this long has stopped polling.
_LOST = 100
#: No report waits when another is handed over, so that takes less than 1. A call that takes longer has waited
#: for a bus that was suspended or reset, which takes 20 at least (USB 2.0 sections 7.1.7.5, 7.1.7.7); the
#: ticks may count one less.
_AWAY = 19

#: Index of the first of six usages in a report (HID 1.11 appendix B.1).
_USAGE = 2

_FIRST_KEYPAD, _LAST_KEYPAD = Keycode.KEYPAD_ONE, Keycode.KEYPAD_ZERO
#: CapsLock does not affect the keys from Enter to Space.
_ENTER, _SPACE = Keycode.ENTER, Keycode.SPACE

_IDLE, _SWITCHING, _TYPING, _RESTORING = range(4)

#: Results of a code: not finished, all of it taken, or not: nothing was typed, or a part.
UNDER_WAY = ""
TYPED = "typed"
NOT_TYPED = "not typed"


class Typist:
    """Holds the reports of one code. `type` and `turn` allocate nothing."""

    def __init__(self, keyboard: "Keyboard", now: int) -> None:
        self._keyboard = keyboard
        # From here on a reset is noticed. What the computer has told before is true.
        keyboard.was_reset()
        self._ready = keyboard.ready()
        self._ready_since = now
        self.locks = LockState(now)
        self._switch = LockSwitch(self.locks)
        self._report = keyboard.report
        self._reports = bytearray()
        self._at = 0
        self._phase = _IDLE
        self._interval = POLL
        self._delay = 0
        self._keypad = self._letters = self._trusting = False
        #: When the next report is due; whether the last one was taken, how long after that the next one is
        #: due (0: at once), and when the last one was sent.
        self._due = self._sent = now
        self._taken = True
        self._gap = 0
        #: Whether a lock key is down, or a digit of a code that was stopped: the next report releases it.
        self._down = False
        #: Whether a key may still be down at a computer that went away within a code.
        self._owes_release = False
        #: How often the computer went away, slept or may have become another one.
        self.changes = 0
        #: The result of the last code. Its reader resets it.
        self.outcome = UNDER_WAY

    @property
    def busy(self) -> bool:
        """Whether a code is being typed."""
        return self._phase != _IDLE

    @property
    def ready(self) -> bool:
        """Whether the bus is up."""
        return self._ready

    @property
    def duration(self) -> int:
        """Approximate typing time of the loaded reports, in ms; the maximum if a lock is switched."""
        time = self._delay + len(self._reports) // 2 * self._interval
        switching = self._switch.time(self._keypad, self._letters)
        return time + switching + 8 * self._interval if switching else time

    def load(self, found: "bytes | None", settings: "TypingSettings") -> None:
        """Prepare the reports for these usages and modifiers, unless others are being typed. None: nothing
        can be typed.
        """
        if self.busy:
            return
        given = found or b""
        self._reports = with_releases(given) if given else bytearray()
        self._interval = max(POLL, (settings.pace + POLL - 1) // POLL * POLL)
        self._delay = settings.delay
        self._keypad = self._letters = False
        self._trusting = settings.mode != KEYPAD
        for at in range(0, len(given), 2):
            if _FIRST_KEYPAD <= given[at] <= _LAST_KEYPAD:
                self._keypad = settings.mode == KEYPAD
            elif not _ENTER <= given[at] <= _SPACE:
                self._letters = True

    def can_type(self, now: int) -> bool:
        """Whether there is something to type, and the computer of the last turn accepts it."""
        before = self.changes
        self._watch(now)
        return self._ready and self.changes == before and len(self._reports) > 0 and not self.busy

    def type(self, now: int) -> bool:
        """Start typing. False if no computer accepts it. The first report is sent at once, unless a new
        computer needs time; `turn` sends the rest.
        """
        if not self.can_type(now):
            return False
        self._at = 0
        self._down = False
        settling = since(self._ready_since, now) < _SETTLING
        self._due = add(self._ready_since, _SETTLING) if settling else add(now, self._delay)
        self._sent = now
        self._gap = 0
        self._switch.begin(self._keypad, self._letters, self._trusting)
        self._phase = _SWITCHING
        self._step(now)
        return True

    def turn(self, now: int) -> None:
        """Check whether the computer has changed, and send what is due."""
        self._watch(now)
        if self._phase != _IDLE:
            self._step(now)

    # The computer

    def _watch(self, now: int) -> None:
        keyboard = self._keyboard
        was_reset, ready, leds = keyboard.was_reset(), keyboard.ready(), keyboard.leds()
        if was_reset or not ready:
            self._lose(now)
        if ready and (was_reset or not self._ready):
            self._ready_since = now
        self._ready = ready
        if was_reset:
            # All keys are up at a computer that finds a new keyboard. What it told may be from before.
            self._owes_release = False
        elif ready:
            self._release()
            if leds >= 0:
                self.locks.tell(leds, now)
                self._judge_locks()

    def _lose(self, now: int) -> None:
        """The computer went away, sleeps, or may be another one."""
        # Before the first one is there, a person can only mean that.
        self.changes += self._ready
        self.locks.forget(now)
        if self.busy:
            self._break_off()

    def _break_off(self) -> None:
        """End a code that the computer no longer takes: what waits turns harmless, and a release follows."""
        self._keyboard.withdraw()
        self._owes_release = True
        # Nothing is sent before the digit ahead of it was taken. When the last release is sent, all were.
        self._end(TYPED if self._at and self._at == len(self._reports) else NOT_TYPED)

    def _release(self) -> None:
        if self._owes_release and not self._keyboard.waits():
            self._owes_release = False
            self._send(0, 0, 0)

    def _judge_locks(self) -> None:
        """Stop a code for which a lock key was switched to a state that gives other characters.

        The computer tells that late, so the digit before may be wrong already: what is in the field cannot be
        saved by going on.
        """
        if self._phase == _TYPING and not self._switch.suits:
            self._keyboard.withdraw()
            self._at = 0
            self._down = True
            self._phase = _RESTORING

    # Steps

    def _step(self, now: int) -> None:
        if not self._arrived(now):
            return
        if self._down:
            self._let_go()
        elif self._phase == _SWITCHING:
            self._switch_lock(now)
            if self._phase == _TYPING:
                self._type_next(now)
        elif self._phase == _TYPING:
            self._type_next(now)
        else:
            self._restore_lock(now)

    def _arrived(self, now: int) -> bool:
        """Whether the last report was taken, and the next one is due."""
        if self._keyboard.waits():
            self._taken = False
            if passed(self._sent, now) >= _LOST:
                self._break_off()
            return False
        if not self._taken:
            self._taken = True
            if self._gap:
                self._due = add(now, self._gap)
        return since(self._due, now) < 1 << 28

    def _switch_lock(self, now: int) -> None:
        """Before the code: press a lock key, wait for the computer's report, or continue with the code."""
        wanted = self._switch.next(now)
        if wanted == READY:
            self._phase = _TYPING
        elif wanted == REFUSED:
            self._phase = _RESTORING
            self._restore_lock(now)
        elif wanted != WAIT:
            self._press(wanted, now)

    def _restore_lock(self, now: int) -> None:
        """After the code: press the lock keys that are not as before, one by one."""
        wanted = self._switch.restore()
        if wanted == READY:
            self._end(TYPED if self._at else NOT_TYPED)
        else:
            self._press(wanted, now)

    def _press(self, usage: int, now: int) -> None:
        self._switch.down(now)
        self._down = True
        self._send(0, usage, self._switch.hold)

    def _let_go(self) -> None:
        self._down = False
        self._send(0, 0, 0)
        self.locks.let_go(self._keyboard.ticks())

    def _type_next(self, now: int) -> None:
        """Send the next report of the code. It is typed once the last one was taken, with the locks right."""
        at = self._at
        if at == len(self._reports):
            self._phase = _RESTORING
            self._restore_lock(now)
            return
        self._at += 2
        self._send(self._reports[at], self._reports[at + 1], 0)

    def _send(self, modifiers: int, usage: int, hold: int) -> None:
        self._report[0] = modifiers
        self._report[_USAGE] = usage
        # What is slow follows the poll before the one that is to take it. Ticks are whole, hence one more.
        self._gap = hold or (self._interval - POLL + 1 if self._interval > POLL else 0)
        self._taken = False
        before = self._keyboard.ticks()
        try:
            sent = self._keyboard.send_report()
        except OSError:
            sent = False
        self._sent = self._keyboard.ticks()
        if (not sent or since(before, self._sent) >= _AWAY) and self.busy:
            self._break_off()

    def _end(self, outcome: str) -> None:
        self._phase = _IDLE
        self.outcome = outcome
