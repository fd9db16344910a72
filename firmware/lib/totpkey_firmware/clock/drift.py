"""Estimates a clock's rate from pairs of settings, which a bounded list keeps.

Rates are in ppb; positive is fast. Gains and errors are in ms, lengths in s.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chips import Chip

    #: An interval between two settings that a person agreed to: its length, the chip's own gain in it, and
    #: the error of the setting at its start.
    Interval = tuple[int, int, int]

INTERVALS = 8
_DAY = 86400
#: The latest intervals within this span are used. It averages the seasons and forgets old ageing.
_SPAN = 360 * _DAY
#: Shorter intervals do not reveal a drift, or its change.
_SHORTEST, _LONG = 3600, 20 * _DAY
#: At which ages a new clock should be set again. Then once a year.
AGES = (30 * _DAY, 182 * _DAY, 365 * _DAY)


def keep(intervals: "list[Interval]", interval: "Interval") -> "list[Interval]":
    """The intervals with one more. If there are too many, the shortest neighbours are merged.

    Merging loses nothing, since the error of the setting between them cancels out.
    """
    if interval[0] < _SHORTEST:
        return intervals
    kept = intervals + [interval]
    if len(kept) > INTERVALS:
        at = min(range(INTERVALS), key=lambda index: kept[index][0] + kept[index + 1][0])
        one, other = kept[at], kept[at + 1]
        kept[at : at + 2] = [(one[0] + other[0], one[1] + other[1], one[2])]
    return kept


def fit(intervals: "list[Interval]", error: int, chip: "Chip", worst: int) -> "tuple[int, int]":
    """The chip's own rate, and its possible error from now on. `error`: of the latest setting.

    The rate is 0 while the error is no smaller than `worst`, that of any such chip.
    """
    length, gained, used = 0, 0, 0
    for interval in reversed(intervals):
        if length >= _SPAN:
            break
        length, gained, used = length + interval[0], gained + interval[1], used + 1
    if not length:
        return 0, worst
    rate = gained * 1_000_000 // length
    bound = chip.steady + (intervals[-used][2] + error) * 1_000_000 // length
    # The last year's rates, and the one before them, show how much the chip ages.
    near = [abs(i[1] * 1_000_000 // i[0] - rate) for i in intervals[-used - 1 :] if i[0] >= _LONG]
    bound += max(near) if length >= _SPAN and len(near) > 1 else chip.young
    return (rate, bound) if bound < worst else (0, worst)


def explains(interval: "Interval", error: int, rate: int, bound: int) -> bool:
    """Whether a chip of that rate, which may be wrong by `bound`, gains so much in the interval."""
    length, gained, before = interval
    return abs(gained - rate * length // 1_000_000) <= bound * length // 1_000_000 + before + error


def teaches(intervals: "list[Interval]", length: int) -> bool:
    """Whether an interval of that length is worth a person's gesture."""
    return length >= max(_LONG, min(_measured(intervals), _SPAN) // 4)


def wait(intervals: "list[Interval]") -> int:
    """How long after its last setting the clock should be set again, in s."""
    done = _measured(intervals)
    return ([age - done for age in AGES if age - done >= _LONG] + [AGES[-1]])[0]


def _measured(intervals: "list[Interval]") -> int:
    return sum([interval[0] for interval in intervals])
