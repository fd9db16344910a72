"""The key's time: the clock chip's seconds, and the processor's ticks between them."""

from totpkey_protocol.limits import DRIFT_MOST, DUE, SLOW_MOST
from totpkey_protocol.words import DOUBTFUL, LOST, MISSING, TRUSTED

from ..ticks import add, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chips import Chip
    from .reckoning import Reckoning

#: How often the chip is read while waiting for its next second, after that, and while the time is doubtful.
#: In ms.
_ALIGNING = 10
_ALIGNED = 60_000
_DOUBTING = 1000


class Timekeeper:
    """Unix time with a resolution of milliseconds.

    The chip gives whole seconds. After a start, the key waits for the change to the next second and counts
    its own ticks from there. Before that its time is up to 1 s behind, after it correct to 10 ms. It also
    corrects the chip's drift.
    """

    def __init__(self, chip: "Chip | None", now: int, floor: int, reckoning: "Reckoning") -> None:
        self.chip = chip
        #: An earlier time than this was set back, and counts as lost.
        self.floor = floor
        self.reckoning = reckoning
        self.state = MISSING
        #: Counts changes of the time or its state, for users of the time.
        self.changes = 0
        #: Whether the time is correct to 10 ms.
        self.exact = False
        #: How doubtful the time is: 0, or 1 from an error of `DUE` on, 2 from twice that, 3 from four times.
        self.doubt = 0
        self._time = 0
        self._anchor = now
        #: The latest second that was given. Time never goes back, even if chip and processor differ.
        self._told = 0
        #: The chip's last second, while waiting for the next.
        self._last = 0
        self._asked = now
        self._aligned = False
        self._read(now)

    @property
    def running(self) -> bool:
        """Whether there is a time, trusted or not."""
        return self.state in (TRUSTED, DOUBTFUL)

    def turn(self, now: int) -> None:
        """Read the chip if it is due. `now` is in ticks, as in all methods."""
        if self.state != MISSING and since(self._asked, now) >= self._interval():
            self._read(now)

    def time(self, now: int) -> int:
        """Unix time in whole seconds. It never decreases unless the clock is set."""
        time = self._time + since(self._anchor, now) // 1000
        if time > self._told:
            self._told = time
        return self._told

    def code_time(self, now: int) -> int:
        """The time whose codes are given: slow by half of the possible error, since sites accept codes that
        have just ended. Never earlier than a time for which a code may have been given.
        """
        time = self.time(now)
        return max(time - min(self.reckoning.worst(time) // 2000, SLOW_MOST), min(self.floor, time))

    def milliseconds(self, now: int) -> int:
        """Milliseconds into the present second."""
        return since(self._anchor, now) % 1000

    def set(self, time: int, now: int) -> None:
        """Set the chip. Its second begins at the call. Raises OSError when it does not answer."""
        if self.chip is None:
            raise OSError
        self.chip.set(time)
        self._asked = now
        self._aligned = self.exact = True
        self._told = 0
        self._anchor_at(time, 0, now)

    def judge(self, now: int) -> None:
        """Decide again whether to trust the time, after a change of floor, budget or limit."""
        if self.running:
            self._become(self._worth(self.time(now)))

    def _interval(self) -> int:
        if not self._aligned:
            return _ALIGNING
        return _ALIGNED if self.state == TRUSTED else _DOUBTING

    def _read(self, now: int) -> None:
        late = since(self._asked, now) > 3 * _ALIGNING
        self._asked = now
        if self.chip is None:
            return
        try:
            time = self.chip.read()
        except OSError:
            self._lose(MISSING)
            return
        if time is None:
            self._lose(LOST)
        else:
            self._follow(time, now, late)

    def _follow(self, time: int, now: int, late: bool) -> None:
        added = self.reckoning.added(time)
        # A time slightly below the floor was corrected, and will catch up.
        if time + added // 1000 < self.floor - DRIFT_MOST:
            self._lose(LOST)
        elif not self.running:
            self._anchor_at(time, added, now)
            self._last = time
        elif self._aligned:
            # The processor drifts against the chip by some 2 ms a minute, so align to a new second.
            self._aligned, self._last = False, time
        elif time != self._last:
            self._last = time
            # If the last read is long ago (a PIN was derived), the second changed at an unknown time: skip
            # it.
            if not late:
                self._aligned = self.exact = True
                self._anchor_at(time, added, now)

    def _anchor_at(self, time: int, added: int, now: int) -> None:
        """Note that the chip's second `time` begins now, with the key's time `added` ms ahead of it."""
        self._time, self._anchor = time + added // 1000, add(now, -(added % 1000))
        self.changes += 1
        self._become(self._worth(self._time))

    def _worth(self, time: int) -> str:
        limit, worst = self.reckoning.limit, self.reckoning.worst(time)
        self.doubt = sum([worst > step * 1000 * DUE for step in (1, 2, 4)])
        if not self.reckoning.synced or time < self.floor or (limit and worst > 1000 * limit):
            return DOUBTFUL
        return TRUSTED

    def _lose(self, state: str) -> None:
        self._aligned = self.exact = False
        self._become(state)

    def _become(self, state: str) -> None:
        if self.state != state:
            self.state = state
            self.changes += 1
