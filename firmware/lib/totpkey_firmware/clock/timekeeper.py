"""The time that the key goes by: the clock chip's seconds, and the processor's ticks between them."""

from totpkey_protocol.limits import DRIFT_MOST, DUE
from totpkey_protocol.words import DOUBTFUL, LOST, MISSING, TRUSTED

from ..ticks import add, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chips import Chip
    from .reckoning import Reckoning

#: How often the chip is asked while its next second is awaited, once that was seen, and while the time is
#: doubtful. In ms.
_ALIGNING = 10
_ALIGNED = 60_000
_DOUBTING = 1000


class Timekeeper:
    """Unix time with a resolution of milliseconds.

    The chip tells whole seconds. After a start the key watches for the change from one to the next and
    counts its own ticks from there: from then on its time is right to 10 ms. Before, it is up to 1 s behind.
    What the chip's register could not take of its drift, the key adds here.
    """

    def __init__(self, chip: "Chip | None", now: int, floor: int, reckoning: "Reckoning") -> None:
        self.chip = chip
        #: A chip that tells an earlier time than this has been turned back: it is as good as lost.
        self.floor = floor
        self.reckoning = reckoning
        self.state = MISSING
        #: Counts how often the time or its state was changed, for those who build on it.
        self.changes = 0
        #: Whether the time is right to 10 ms.
        self.exact = False
        #: Whether the clock is to be set before long.
        self.due = False
        self._time = 0
        self._anchor = now
        #: The latest second that was told: none is told twice, however the chip and the processor differ.
        self._told = 0
        #: The second that the chip told last, while the change to the next is awaited.
        self._last = 0
        self._asked = now
        self._aligned = False
        self._read(now)

    @property
    def running(self) -> bool:
        """Whether there is a time at all, trusted or not."""
        return self.state in (TRUSTED, DOUBTFUL)

    def turn(self, now: int) -> None:
        """Ask the chip, if it is time to. `now` is in ticks, as for all methods."""
        if self.state != MISSING and since(self._asked, now) >= self._interval():
            self._read(now)

    def time(self, now: int) -> int:
        """Unix time, whole seconds. Never less than what was told before, unless the clock is set."""
        time = self._time + since(self._anchor, now) // 1000
        if time > self._told:
            self._told = time
        return self._told

    def milliseconds(self, now: int) -> int:
        """Milliseconds into the present second."""
        return since(self._anchor, now) % 1000

    def set(self, time: int, now: int) -> None:
        """Set the chip: its second begins as this is called. Raises OSError when it does not answer."""
        if self.chip is None:
            raise OSError
        self.chip.set(time)
        self._asked = now
        self._aligned = self.exact = True
        self._told = 0
        self._anchor_at(time, 0, now)

    def judge(self, now: int) -> None:
        """Floor, budget or limit are others than before: see anew what the time is worth."""
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
        # One a little below was corrected, and waits until it has caught up.
        if time + added // 1000 < self.floor - DRIFT_MOST:
            self._lose(LOST)
        elif not self.running:
            self._anchor_at(time, added, now)
            self._last = time
        elif self._aligned:
            # The processor drifts against the chip by some 2 ms a minute: watch for a change of second anew.
            self._aligned, self._last = False, time
        elif time != self._last:
            self._last = time
            # After a long look away (a PIN is derived) it changed nobody knows when: wait for the next.
            if not late:
                self._aligned = self.exact = True
                self._anchor_at(time, added, now)

    def _anchor_at(self, time: int, added: int, now: int) -> None:
        """The chip's second `time` begins, and the key's time is `added` ms ahead of it."""
        self._time, self._anchor = time + added // 1000, add(now, -(added % 1000))
        self.changes += 1
        self._become(self._worth(self._time))

    def _worth(self, time: int) -> str:
        limit, worst = self.reckoning.limit, self.reckoning.worst(time)
        self.due = worst > 1000 * DUE
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
