"""What two settings of a clock tell of its rate: measured, kept in a bounded list, and fitted.

Rates are in ppb; positive is fast. Gains are in ms, lengths in s.
"""

from totpkey_protocol.limits import EXACT

from .ledger import INTERVALS

#: The latest intervals that span this count, in s: the seasons even out, and old age is left behind.
_SPAN = 365 * 86400
#: Settings closer together than this say nothing of a drift.
_SHORTEST = 3600


def keep(intervals: "list[tuple[int, int]]", length: int, gained: int, worst: int) -> "list[tuple[int, int]]":
    """The intervals with one more; if they are too many, the two shortest neighbours as one.

    Nothing is lost by that: what was read wrong at the setting between them cancels out. One in which the
    clock gained or lost more than its chip ever would, by its data sheet, is no drift, and left out.
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
    """The chip's own rate, and by how much that may be off from now on.

    Beside what the chip does not keep steady there is what the two settings at the ends were wrong by, and
    how far the intervals disagree. While that is no better than what is known of any such chip, it is 0.
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
    # A clock that was watched for less than a year is young, and not through all seasons yet.
    young = steady * max(_SPAN - length, 0) // _SPAN
    bound = steady + young + doubt * 1_000_000 // length
    return (rate, bound) if bound < worst and abs(rate) <= worst else (0, worst)
