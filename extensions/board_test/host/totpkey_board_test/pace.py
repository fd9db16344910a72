"""How fast a board's clock runs against this computer's, by the moments at which its second changes."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_board_test import registers
from totpkey_board_test.bench import Bench
from totpkey_board_test.client import BoardClient
from totpkey_board_test.journal import Journal, Measured

_PACE = _("clock's pace")
#: How many seconds are awaited each time. The one of which the news took least time counts.
_SECONDS = 5
#: How often the key looks for a change of second, in s.
_LOOK = 0.001
#: What a computer's clock that nothing keeps right may be off by, in ppm.
_UNKEPT = 100.0
#: A pace that is off by this share is no crystal's.
_NONSENSE = 0.05


@dataclass(frozen=True)
class Moment:
    """The clock was so far ahead of the computer's steady clock, within so much; and when that was."""

    ahead: float
    within: float
    at: float


def look(bench: Bench, board: BoardClient, chip: str) -> Moment | None:
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


def judge(journal: Journal, bench: Bench, chip: str, begun: Moment, ended: Moment) -> None:
    """The figure is good only if its uncertainty is smaller than its limit."""
    passed, limit = ended.at - begun.at, registers.MAPS[chip].limit
    gained = ended.ahead - begun.ahead
    if passed <= 0 or abs(gained) > _NONSENSE * passed:
        journal.unsure(_PACE, "clock-nonsense", {"seconds": round(passed), "gained": gained}, chip=chip)
        return
    reading = (begun.within + ended.within) * 1e6
    ppm, within = gained / passed * 1e6, reading / passed + (0 if bench.synchronised() else _UNKEPT)
    measured: Measured = {
        "seconds": round(passed),
        "ppm": round(ppm, 1),
        "within_ppm": round(within, 1),
        "limit_ppm": limit,
        "computer": "synchronised" if bench.synchronised() else "unknown",
    }
    words: dict[str, object] = {"ppm": f"{ppm:+.1f}", "within": f"{within:.1f}", "limit": limit}
    if abs(ppm) - within > limit:
        journal.bad(_PACE, "clock-fast" if ppm > 0 else "clock-slow", measured, **words)
    elif within < limit and abs(ppm) <= limit:
        detail = tr("{ppm} ppm against this computer's clock (± {within}); {limit} are allowed", **words)
        journal.good(_PACE, detail, measured)
    else:
        journal.unsure(_PACE, "pace-unsure", measured, **words, minutes=round(reading / limit / 60) + 1)
