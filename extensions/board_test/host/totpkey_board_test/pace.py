"""How fast a board's clock runs against this computer's, by the moments at which its second changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_board_test import registers
from totpkey_board_test.bench import Bench
from totpkey_board_test.client import BoardClient
from totpkey_board_test.journal import Journal, Measured

_PACE, _TRIM = _("clock's pace"), _("pace register")
#: How many seconds are awaited each time. The one of which the news took least time counts.
_SECONDS = 5
#: How often the key looks for a change of second, in s.
_LOOK = 0.001
#: What a computer's clock that nothing keeps right may be off by, in ppm.
_UNKEPT = 100.0
#: No crystal is off by so much, in ppm.
_NONSENSE = 50_000.0


@dataclass(frozen=True)
class Moment:
    """The clock was so far ahead of the computer's steady clock, within so much; and when that was."""

    ahead: float
    within: float
    at: float


@dataclass(frozen=True)
class _Span:
    """From one look to the next."""

    begun: Moment
    ended: Moment

    @property
    def seconds(self) -> float:
        return self.ended.at - self.begun.at

    @property
    def ppm(self) -> float:
        return (self.ended.ahead - self.begun.ahead) / self.seconds * 1e6

    @property
    def within(self) -> float:
        """What the two looks may be wrong by, in ppm."""
        return (self.begun.within + self.ended.within) / self.seconds * 1e6


def _look(bench: Bench, board: BoardClient, chip: str) -> Moment | None:
    """Wait for the clock's second several times; None if it stands still, or shows no time."""
    trips, found = [], []
    for _second in range(_SECONDS):
        asked = bench.ticks()
        board.show("white")
        trips.append(bench.ticks() - asked)
        told = board.second(registers.MAPS[chip].second)
        at = bench.ticks()
        time = registers.time(chip, told)
        if time is None:
            return None
        found.append((time - at, at))
    ahead, at = max(found)
    return Moment(ahead, min(trips) / 2 + _LOOK, at)


class Comparison:
    """Two spans of time: the chip's register for its pace at one end, then at the other."""

    def __init__(self, bench: Bench, chip: str) -> None:
        self._bench, self._chip = bench, chip
        self._trim = registers.MAPS[chip].trim
        #: What the register held before, if it was changed.
        self._own: int | None = None
        self._looks: list[Moment] = []

    @property
    def last(self) -> float:
        """When the clock was last looked at."""
        return self._looks[-1].at

    def look(self, board: BoardClient) -> bool:
        """Look at the clock; False if it stands still."""
        found = _look(self._bench, board, self._chip)
        self._looks += [found] if found else []
        return found is not None

    def slower(self, board: BoardClient) -> None:
        """Begin with the slower end."""
        told, trim = board.register(self._trim.register), self._trim
        # A test that was broken off has left it at an end.
        is_left = told & trim.mask in (trim.slower, trim.faster)
        self._own = told & ~trim.mask if is_left else told
        self._set(board, self._own & ~trim.mask | trim.slower)

    def faster(self, board: BoardClient) -> None:
        """Go on with the faster end, if it began with the slower."""
        if self._own is not None:
            self._set(board, self._own & ~self._trim.mask | self._trim.faster)

    def restore(self, board: BoardClient) -> None:
        """Leave the register as it was."""
        if self._own is not None:
            self._set(board, self._own)

    def _set(self, board: BoardClient, value: int) -> None:
        board.register(self._trim.register, value)
        self._trim.take(board.register)

    def judge(self, journal: Journal) -> None:
        """Both figures. The chip's own pace is in the middle of the two."""
        spans = [_Span(*pair) for pair in pairwise(self._looks)]
        if any(span.seconds <= 0 or abs(span.ppm) > _NONSENSE for span in spans):
            measured = {"ppm": [round(span.ppm) for span in spans]}
            journal.unsure(_PACE, "clock-nonsense", measured, chip=self._chip)
            return
        self._judge_pace(journal, *spans)
        if self._own is not None:
            self._judge_trim(journal, *spans)

    def _judge_pace(self, journal: Journal, slow: _Span, fast: _Span) -> None:
        """The figure is good only if its uncertainty is smaller than its limit."""
        limit, is_kept = registers.MAPS[self._chip].limit, self._bench.synchronised()
        ppm = (slow.ppm + fast.ppm) / 2
        # What the look in the middle is wrong by makes one faster and the other slower.
        middle = abs(1 / slow.seconds - 1 / fast.seconds) * slow.ended.within
        reading = (slow.begun.within / slow.seconds + fast.ended.within / fast.seconds + middle) * 1e6 / 2
        within, seconds = reading + (0 if is_kept else _UNKEPT), slow.seconds + fast.seconds
        measured: Measured = {
            "seconds": round(seconds),
            "ppm": round(ppm, 1),
            "within_ppm": round(within, 1),
            "limit_ppm": limit,
            "computer": "synchronised" if is_kept else "unknown",
        }
        words: dict[str, object] = {"ppm": f"{ppm:+.1f}", "within": f"{within:.1f}", "limit": limit}
        if abs(ppm) - within > limit:
            journal.bad(_PACE, "clock-fast" if ppm > 0 else "clock-slow", measured, **words)
        elif within < limit and abs(ppm) <= limit:
            detail = tr("{ppm} ppm against this computer's clock (± {within}); {limit} are allowed", **words)
            journal.good(_PACE, detail, measured)
        else:
            minutes = round(reading * seconds / limit / 60) + 1
            journal.unsure(_PACE, "pace-unsure", measured, **words, minutes=minutes)

    def _judge_trim(self, journal: Journal, slow: _Span, fast: _Span) -> None:
        """Whether the register has its effect."""
        found, wanted = fast.ppm - slow.ppm, self._trim.apart
        within = sum(span.within + self._trim.portion / span.seconds * 1e6 for span in (slow, fast))
        measured = {"apart_ppm": round(found, 1), "within_ppm": round(within, 1), "wanted_ppm": wanted}
        words = {"found": f"{found:.1f}", "within": f"{within:.1f}", "wanted": wanted}
        if abs(found - wanted) < wanted / 2 and within < wanted / 2:
            journal.good(_TRIM, tr("it makes {found} ppm (± {within}) of {wanted}", **words), measured)
        elif abs(found - wanted) - within > wanted / 2:
            journal.bad(_TRIM, "clock-register-idle", measured, **words)
        else:
            journal.unsure(_TRIM, "register-unsure", measured, **words)
