"""Typing: reports made ahead of time are sent, one at each of the computer's polls, from the press edge on.

The rules (`docs/typing.md`): nothing into a bus that is not up and settled; nothing while the report before
may still wait, since CircuitPython would then wait too, drop it and wake the computer; and once a code is
broken off, no report that may wait is ever taken. Lock keys that would change the text are switched first,
and put back.
"""

from totpkey_protocol.words import KEYPAD

from .strokes import with_releases
from .ticks import add, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .platform import Keyboard
    from .vault.settings import Manner

#: A computer drops what is typed while it is still setting up a new keyboard: Linux for 50 ms after its first
#: poll. It tells a new keyboard of its lock keys within 90 ms. All in ms, as below.
_SETTLING = 150
#: Time between two of the computer's polls: the interval that CircuitPython's descriptor asks for.
_POLL = 8
#: Reports are sent in the middle between two polls. A bus that went idle before the last poll is known to be
#: suspended by then, 3 ms after; so a report that was not taken at that poll is never followed by another.
#: Ticks are whole milliseconds, so this is one more than that takes: at 4 it was seen to come too early.
_MIDDLE = 5
#: A call that took this long has waited for the computer's poll.
_WAITED = 2
#: A call that took this long has met a computer that polls no more: CircuitPython has dropped the report,
#: raised nothing, and asked for wake-up, while the report before still waits.
_LOST = 100
#: How long a computer may take to answer a lock key with its new state.
_ANSWER = 300

_REPORT = 8
#: Place of the first of six usages in a report (HID 1.11 appendix B.1).
_USAGE = 2

#: Bits of the output report, and usages of the keys.
_NUM_LOCK, _CAPS_LOCK = 1, 2
_NUM_LOCK_KEY, _CAPS_LOCK_KEY = 0x53, 0x39
_FIRST_KEYPAD, _LAST_KEYPAD = 0x59, 0x62
#: Enter, Tab and the like between them are the same under CapsLock.
_ENTER, _SPACE = 0x28, 0x2C

_IDLE, _WAITING, _LOCKING, _ANSWERING, _TYPING, _RESTORING = range(6)

#: What came of a code: nothing yet, all of it was taken, none was typed, or it was broken off.
UNDER_WAY = ""
TYPED = "typed"
NOT_TYPED = "not typed"
BROKEN = "broken"


class Typist:
    """Holds the reports of one code. `type` and `turn` allocate nothing."""

    def __init__(self, keyboard: "Keyboard", now: int) -> None:
        self._keyboard = keyboard
        self._ready = False
        self._ready_since = now
        #: The computer's lock keys as it told last. A computer whose locks are off need not tell.
        self._leds = 0
        self._told = False
        #: NumLock, if it gave no answer: the computer has none, or does not tell. Asked again if it does.
        self._answers_not = 0
        self._report = bytearray(_REPORT)
        self._reports = bytearray()
        self._at = 0
        self._phase = _IDLE
        self._due = now
        #: Whether the first report is out, so that the next finds the polls; and whether these are known.
        self._seeking = self._paced = False
        self._interval = _POLL
        self._delay = 0
        self._wants = self._unwanted = 0
        #: NumLock where this code wants it and the computer may answer for it.
        self._asks = 0
        #: The lock that is being switched, those to put back, and whether it was pressed twice already.
        self._lock = self._restore = 0
        self._twice = False
        self._restored = False
        self._restored_at = now
        self._releasing = False
        self._asked = now
        #: What came of the last code; whoever reads it sets it back.
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
        """Roughly how long the loaded reports take to be typed, in ms; at most, where a lock is switched."""
        time = self._delay + len(self._reports) // 2 * self._interval
        if self._wants & ~self._leds & ~self._answers_not | self._unwanted & self._leds:
            # Two keys down and up, an answer, and before it perhaps the one to what was put back last.
            time += 4 * self._interval + 2 * _ANSWER
        return time

    def load(self, found: "bytes | None", manner: "Manner") -> None:
        """Make the reports for these usages and modifiers, unless others are being typed: no mixture arrives.
        None: there is nothing that could be typed.
        """
        if self.busy:
            return
        given = found or b""
        self._reports = with_releases(given) if given else bytearray()
        self._interval = max(_POLL, (manner.pace + _POLL - 1) // _POLL * _POLL)
        self._delay = manner.delay
        self._wants = self._unwanted = 0
        for at in range(0, len(given), 2):
            if _FIRST_KEYPAD <= given[at] <= _LAST_KEYPAD:
                self._wants = _NUM_LOCK if manner.mode == KEYPAD else 0
            elif not _ENTER <= given[at] <= _SPACE:
                self._unwanted = _CAPS_LOCK

    def can_type(self, now: int) -> bool:
        """Whether there is something to type, and a computer that takes it."""
        self._watch(now)
        return self._ready and len(self._reports) > 0 and not self.busy

    def type(self, now: int) -> bool:
        """Begin to type; False if no computer takes it. The first report goes out at once where nothing is in
        its way (a computer that has just come is given its time); `turn` sends the rest.
        """
        if not self.can_type(now):
            return False
        self._at = 0
        self._asks = self._wants & ~self._answers_not
        self._restore = 0
        self._paced = self._seeking = self._releasing = False
        if since(self._ready_since, now) < _SETTLING:
            self._due = add(self._ready_since, _SETTLING)
        elif self._restored and since(self._restored_at, now) < _ANSWER:
            # The computer's answer to the lock key that was put back is not to be taken for the next one.
            self._due = add(self._restored_at, _ANSWER)
        else:
            self._due = add(now, self._delay)
        self._restored = False
        self._phase = _WAITING
        self._step(now)
        return True

    def turn(self, now: int) -> None:
        """Watch for the computer to come and go, and send what is due."""
        self._watch(now)
        if self._phase != _IDLE:
            self._step(now)

    def _watch(self, now: int) -> None:
        ready = self._keyboard.ready()
        if ready and not self._ready:
            self._ready_since = now
            self._answers_not = 0
        if self.busy and not ready:
            self._end(BROKEN)
        self._ready = ready
        leds = self._keyboard.leds()
        if leds >= 0:
            if (leds ^ self._leds) & _NUM_LOCK:
                self._answers_not = 0
            self._leds = leds
            self._told = True

    def _step(self, now: int) -> None:
        if since(self._due, now) >= 1 << 28:
            return
        if self._phase == _WAITING:
            self._choose_lock()
        if self._phase == _ANSWERING:
            self._judge_answer(now)
        if self._interval > _POLL and not self._seeking and not self._paced:
            # Finding the polls takes two reports at once: a slow code begins with one that changes nothing.
            self._send(0, 0)
        elif self._phase in (_LOCKING, _RESTORING):
            self._press_lock(now)
        elif self._phase == _TYPING:
            self._send(self._reports[self._at], self._reports[self._at + 1])
            self._at += 2
            if self._at >= len(self._reports) and self._phase == _TYPING:
                self._put_back()
        if self._seeking and not self._paced and self._phase in (_LOCKING, _TYPING):
            # At once: a poll that comes between the first two reports is one whose moment stays unknown.
            self._step(self._keyboard.ticks())

    # Lock keys

    def _choose_lock(self) -> None:
        """Which lock has to be switched before the digits, if any."""
        if self._asks & ~self._leds:
            self._lock = _NUM_LOCK
        elif self._unwanted & self._leds:
            self._lock = _CAPS_LOCK
        else:
            self._phase = _TYPING
            return
        self._phase = _LOCKING
        self._twice = False

    def _press_lock(self, now: int) -> None:
        """Press the key, then let it go; after that the computer's answer is waited for, or all is done."""
        releasing = self._releasing
        key = 0 if releasing else _NUM_LOCK_KEY if self._lock == _NUM_LOCK else _CAPS_LOCK_KEY
        if not releasing:
            self._told = False
        self._send(0, key)
        self._releasing = not releasing
        if not releasing or self._phase == _IDLE:
            return
        if self._phase == _RESTORING:
            self._restore &= ~self._lock
            self._leds ^= self._lock
            self._restored = True
            self._restored_at = now
            self._put_back()
        elif self._lock & ~self._asks == _NUM_LOCK:
            # It stands as before: go on without.
            self._phase = _WAITING
        else:
            self._phase = _ANSWERING
            self._asked = now

    def _judge_answer(self, now: int) -> None:
        lock = self._lock
        if self._told and self._leds & lock == lock & self._wants:
            # Switched: to be put back, unless the computer had it so from the start and had not told.
            if not self._twice:
                self._restore |= lock
            self._phase = _WAITING
            self._choose_lock()
        elif self._told and not self._twice:
            self._twice = True
            self._phase = _LOCKING
        elif since(self._asked, now) >= _ANSWER:
            self._give_up(lock)

    def _give_up(self, lock: int) -> None:
        """No answer. What has no NumLock (a Mac) or tells nothing takes the digits of the keypad as they are,
        once the key has been pressed again, so that it stands as before. CapsLock that stays on would change
        characters; so would a NumLock that has answered, but not to the second press.
        """
        if lock == _NUM_LOCK and not self._told and not self._twice:
            self._answers_not = lock
            self._asks = 0
            self._phase = _LOCKING
        else:
            self._put_back()

    def _put_back(self) -> None:
        """Switch back what was switched for the code, one lock after the other. Then all has been done."""
        if not self._restore:
            self._end(TYPED if self._at else NOT_TYPED)
            return
        self._lock = _NUM_LOCK if self._restore & _NUM_LOCK else _CAPS_LOCK
        self._phase = _RESTORING

    # Reports

    def _send(self, modifiers: int, usage: int) -> None:
        self._report[0] = modifiers
        self._report[_USAGE] = usage
        before = self._keyboard.ticks()
        try:
            self._keyboard.send(self._report)
        except OSError:
            self._end(BROKEN)
            return
        after = self._keyboard.ticks()
        if since(before, after) >= _LOST:
            self._end(BROKEN)
        else:
            self._schedule(before, after)

    def _schedule(self, before: int, after: int) -> None:
        """When the next report is due: the first two find the computer's polls, the others follow them."""
        second = self._seeking and not self._paced
        if second or since(before, after) >= _WAITED:
            # The second call returns once the first report was taken: now, or just before it was made.
            self._due = add(after, self._interval + _MIDDLE)
            self._paced = True
        elif self._paced:
            late = since(self._due, before)
            self._due = add(self._due, self._interval + (late + _MIDDLE) // _POLL * _POLL)
        else:
            self._due = after
            self._seeking = True

    def _end(self, outcome: str) -> None:
        self._phase = _IDLE
        self.outcome = outcome
