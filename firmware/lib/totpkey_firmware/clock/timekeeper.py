"""The time that the key goes by: the clock chip's seconds, and the processor's ticks between them."""

from totpkey_protocol.words import LOST, MISSING, TRUSTED

from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ds3231 import DS3231

#: How often the chip is asked while its next second is awaited, and once that was seen. In ms.
_ALIGNING = 10
_ALIGNED = 60_000


class Timekeeper:
    """Unix time with a resolution of milliseconds.

    The chip tells whole seconds. After a start the key watches for the change from one to the next and
    counts its own ticks from there: from then on its time is right to 10 ms. Before, it is up to 1 s behind.
    """

    def __init__(self, chip: "DS3231 | None", now: int, floor: int) -> None:
        self._chip = chip
        #: A chip that tells an earlier time than this has been turned back: it is as good as lost.
        self.floor = floor
        self.state = MISSING
        #: Counts how often the time or its state was changed, for those who build on it.
        self.changes = 0
        self._time = 0
        self._anchor = now
        #: The second that the chip told last, while the change to the next is awaited.
        self._last = 0
        self._asked = now
        self._aligned = False
        self._read(now)

    def turn(self, now: int) -> None:
        """Ask the chip, if it is time to. `now` is in ticks, as for all methods."""
        if self.state != MISSING and since(self._asked, now) >= (_ALIGNED if self._aligned else _ALIGNING):
            self._read(now)

    def time(self, now: int) -> int:
        """Unix time, whole seconds."""
        return self._time + since(self._anchor, now) // 1000

    def milliseconds(self, now: int) -> int:
        """Milliseconds into the present second."""
        return since(self._anchor, now) % 1000

    def set(self, time: int, now: int) -> None:
        """Set the chip. Raises OSError when it does not answer."""
        if self._chip is None:
            raise OSError
        self._chip.set(time)
        self._asked = now
        self._aligned = True
        self._anchor_at(time, now)

    def _read(self, now: int) -> None:
        self._asked = now
        if self._chip is None:
            return
        try:
            time = self._chip.read()
        except OSError:
            self._lose(MISSING)
            return
        if time is None or time < self.floor:
            self._lose(LOST)
        else:
            self._follow(time, now)

    def _follow(self, time: int, now: int) -> None:
        if self.state != TRUSTED:
            self._anchor_at(time, now)
            self._last = time
        elif self._aligned:
            # The processor drifts against the chip by some 2 ms a minute: watch for a change of second anew.
            self._aligned, self._last = False, time
        elif time != self._last:
            self._aligned = True
            self._anchor_at(time, now)

    def _anchor_at(self, time: int, now: int) -> None:
        self._time, self._anchor = time, now
        self.state = TRUSTED
        self.changes += 1

    def _lose(self, state: str) -> None:
        self._aligned = False
        if self.state != state:
            self.state = state
            self.changes += 1
