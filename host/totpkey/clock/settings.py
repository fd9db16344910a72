"""When a key's clock should be set next: a new chip ages most, so it is measured more often."""

from __future__ import annotations

from totpkey.link.replies import Clock

_YEAR = 365.25 * 86400
#: Until which age a new chip is measured, in months: each entry ends one interval. Then once a year.
AGES = (1, 3, 6, 12)


def next_setting(clock: Clock) -> float:
    """Return the time at which to set the clock next, in Unix seconds; 0 if it was never set.

    The key does not know its chip's age, but how many intervals it has measured.
    """
    if not clock.set:
        return 0
    return clock.set + _months(clock.intervals) * _YEAR / 12


def is_due(clock: Clock, now: float) -> bool:
    """Whether a young clock should be set again, so that the key learns how fast it runs."""
    return clock.intervals < len(AGES) and 0 < next_setting(clock) <= now


def _months(intervals: int) -> int:
    """Return how many months the interval after so many measured ones should take."""
    if intervals >= len(AGES):
        return 12
    return AGES[intervals] - (AGES[intervals - 1] if intervals else 0)
