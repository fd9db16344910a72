"""Types a code: prepares its reports in advance, and sends one at each of the computer's polls.

The rules (`docs/typing.md`): send nothing unless the bus is up and settled. Send nothing while the last
report may be pending, since CircuitPython would then block, drop it and wake the computer. After a code is
aborted, no pending report may ever be taken. Lock keys that would change the text are switched before it
(`lock_switch`), and back after it.
"""

from adafruit_hid.keycode import Keycode

from totpkey_protocol.words import KEYPAD

from ..ticks import add, passed, since
from .keystrokes import with_releases
from .lock_state import LockState
from .lock_switch import READY, REFUSED, WAIT, LockSwitch
from .pace import POLL, Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Keyboard
    from ..vault.settings import TypingSettings

#: A computer ignores a new keyboard until it is set up: Linux for 50 ms after its first poll. It sends the
#: lock keys' state within 90 ms. In ms, like all below.
_SETTLING = 150
#: After a longer gap between two checks, the computer may have changed unnoticed. A computer that finds a
#: device waits for 100 ms, resets the bus for 10, waits for 10 and, after the address, for 2 (USB 2.0
#: sections 7.1.7.3, 7.1.7.5, 9.2.6.3); its requests take 13. The bus is not up during this. The key's own
#: longest work, the first use after a start, takes 110.
_UNWATCHED = 130
_NEVER = -1
#: A call that takes this long means that the computer has stopped polling: CircuitPython has dropped the
#: report without an error and requested wake-up, while the report before is still pending.
_LOST = 100

#: Index of the first of six usages in a report (HID 1.11 appendix B.1).
_USAGE = 2

_FIRST_KEYPAD, _LAST_KEYPAD = Keycode.KEYPAD_ONE, Keycode.KEYPAD_ZERO
#: CapsLock does not affect the keys from Enter to Space.
_ENTER, _SPACE = Keycode.ENTER, Keycode.SPACE

_IDLE, _SWITCHING, _TYPING, _RESTORING = range(4)

#: Results of a code: not finished, all of it taken, nothing typed, or aborted.
UNDER_WAY = ""
TYPED = "typed"
NOT_TYPED = "not typed"
BROKEN = "broken"


class Typist:
    """Holds the reports of one code. `type` and `turn` allocate nothing."""

    def __init__(self, keyboard: "Keyboard", now: int) -> None:
        self._keyboard = keyboard
        self._ready = keyboard.ready()
        self._ready_since = now
        #: When the key last checked the computer. Before the first check, an output report may be unread.
        self._watched = _NEVER
        self.locks = LockState(now)
        self._switch = LockSwitch(self.locks)
        self._pace = Pace(now)
        self._report = keyboard.report
        self._reports = bytearray()
        self._at = 0
        self._phase = _IDLE
        self._interval = POLL
        self._delay = 0
        self._keypad = self._letters = self._trusting = False
        #: Whether a lock key is down, which the next report releases.
        self._down = False
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
        """Whether there is something to type, and a computer that accepts it."""
        self._watch(now)
        return self._ready and len(self._reports) > 0 and not self.busy

    def type(self, now: int) -> bool:
        """Start typing. False if no computer accepts it. The first report is sent at once, unless a new
        computer needs time; `turn` sends the rest.
        """
        if not self.can_type(now):
            return False
        self._at = 0
        self._down = False
        settling = since(self._ready_since, now) < _SETTLING
        due = add(self._ready_since, _SETTLING) if settling else add(now, self._delay)
        self._pace.begin(self._interval, due)
        self._switch.begin(self._keypad, self._letters, self._trusting)
        self._phase = _SWITCHING
        self._step(now)
        return True

    def watch(self) -> None:
        """Check the computer. Long computations call this, so that no change of it goes unnoticed."""
        self._watch(self._keyboard.ticks())

    def turn(self, now: int) -> None:
        """Check whether the computer has changed, and send what is due."""
        self._watch(now)
        if self._phase != _IDLE:
            self._step(now)

    def _watch(self, now: int) -> None:
        ready = self._keyboard.ready()
        gap = 0 if self._watched == _NEVER else passed(self._watched, now)
        if not ready or gap > _UNWATCHED:
            self.locks.forget(now)
        if ready and (not self._ready or gap > _UNWATCHED):
            self._ready_since = now
        if self.busy and not ready:
            self._break_off()
        self._ready = ready
        # `now` may be from before the last check, if a counter was written since.
        if gap or self._watched == _NEVER:
            self._watched = now
        leds = self._keyboard.leds()
        if leds >= 0 and ready:
            self.locks.tell(leds, now)

    def _step(self, now: int) -> None:
        if not self._pace.arrived(now):
            return
        if self._down:
            self._let_go()
        elif self._phase == _SWITCHING:
            self._switch_lock(now)
        elif self._phase == _RESTORING:
            self._restore_lock(now)
        if self._phase == _TYPING:
            self._type_next()
            if self._pace.hurries and self._phase == _TYPING:
                self._type_next()

    # Lock keys

    def _switch_lock(self, now: int) -> None:
        """Before the code: press a lock key, wait for the computer's report, or continue with the code."""
        wanted = self._switch.next(now)
        if wanted == REFUSED:
            self._phase = _RESTORING
            self._restore_lock(now)
        elif wanted != WAIT and not self._pace.found and (wanted != READY or self._interval > POLL):
            self._find_polls()
        elif wanted == READY:
            self._phase = _TYPING
        elif wanted != WAIT:
            self._press(wanted, now)

    def _restore_lock(self, now: int) -> None:
        """After the code: press the lock keys that are not as before, one by one."""
        wanted = self._switch.restore()
        if wanted == READY:
            self._end_if_done()
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
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._phase == _RESTORING and self._switch.restore() == READY:
            self._end(TYPED if self._at else NOT_TYPED)

    # Reports

    def _find_polls(self) -> None:
        """Send two reports that change nothing, to find the polls before lock keys and slow codes."""
        self._send(0, 0, 0)
        if self.busy:
            self._send(0, 0, 0)

    def _type_next(self) -> None:
        """Send the next report of the code."""
        self._send(self._reports[self._at], self._reports[self._at + 1], 0)
        self._at += 2
        if self._at >= len(self._reports) and self._phase == _TYPING:
            self._phase = _RESTORING
            self._end_if_done()

    def _send(self, modifiers: int, usage: int, hold: int) -> None:
        self._report[0] = modifiers
        self._report[_USAGE] = usage
        before = self._keyboard.ticks()
        try:
            sent = self._keyboard.send_report()
        except OSError:
            sent = False
        # CircuitPython serves USB while it blocks, so the duration shows what happened.
        self._watched = after = self._keyboard.ticks()
        if not sent or since(before, after) >= _LOST:
            self._break_off()
        else:
            self._pace.handed_over(before, after, hold)

    def _break_off(self) -> None:
        """Abort the code. A pending report without keys is harmless."""
        self._end(BROKEN if self._at or self._report[_USAGE] else NOT_TYPED)

    def _end(self, outcome: str) -> None:
        self._phase = _IDLE
        self.outcome = outcome
