"""Estimates a clock's rate from pairs of settings, which a bounded list keeps.

Rates are in ppb; positive is fast. Gains are in ms, lengths in s.
"""

from totpkey_protocol.limits import EXACT

from .ledger import INTERVALS

#: The latest intervals within this span are used, in s. It averages the seasons and forgets old ageing.
_SPAN = 365 * 86400
#: Settings closer together than this, in s, do not reveal a drift.
_SHORTEST = 3600


def keep(intervals: "list[tuple[int, int]]", length: int, gained: int, worst: int) -> "list[tuple[int, int]]":
    """The intervals with one more. If there are too many, the shortest neighbours are merged.

    Merging loses nothing, since the error of the setting between them cancels out. An interval in which the
    clock gained or lost more than its chip's worst drift, by the data sheet, is ignored.
    """
    if length < _SHORTEST or abs(gained) > worst * length // 1_000_000 + 2 * EXACT:
        return intervals
    kept = intervals + [(length, gained)]
    if len(kept) > INTERVALS:
        at = min(range(INTERVALS), key=lambda index: kept[index][0] + kept[index + 1][0])
        one, other = kept[at], kept[at + 1]
        kept[at : at + 2] = [(one[0] + other[0], one[1] + other[1])]
    return kept


def fit(intervals: "list[tuple[int, int]]", worst: int, steady: int) -> "tuple[int, int]":
    """The chip's own rate, and its possible error from now on.

    The error includes the chip's instability, the errors of the settings at both ends, and the intervals'
    disagreement. The rate is 0 while the error is no smaller than that of any such chip.
    """
    length, gained, used = 0, 0, 0
    for interval in reversed(intervals):
        if length >= _SPAN:
            break
        length, gained, used = length + interval[0], gained + interval[1], used + 1
    if not length:
        return 0, worst
    rate = gained * 1_000_000 // length
    doubt = 2 * EXACT
    for interval in intervals[len(intervals) - used :]:
        doubt = max(doubt, abs(interval[1] - rate * interval[0] // 1_000_000))
    # A clock measured for less than a year has not been through all seasons.
    young = steady * max(_SPAN - length, 0) // _SPAN
    bound = steady + young + doubt * 1_000_000 // length
    return (rate, bound) if bound < worst and abs(rate) <= worst else (0, worst)
