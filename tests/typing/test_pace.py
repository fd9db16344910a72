"""The pace in microseconds: however late a report is, the next one need not wait for the computer.

The endpoint here is our own description. Real CircuitPython judges the same rule in `test_typing.py`, where
the bus is suspended at every quarter of a millisecond between two reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from totpkey_firmware.keyboard.pace import POLL, Pace

_POLL = 1000 * POLL
#: A bus that is idle for so long is suspended (USB 2.0 section 7.1.7.6).
_SUSPENDED = 3000


@dataclass
class Endpoint:
    """The keyboard's endpoint: it holds one report until the computer's next poll. All times are in us."""

    phase: int
    #: When the report that waits was handed over, and when the next poll takes it.
    handed: int = -1
    taken: int = -1
    waits: list[int] = field(default_factory=list)
    #: How long after the poll that took the report before each one came.
    rests: list[int] = field(default_factory=list)

    def send(self, now: int) -> int:
        """Hand over a report once the one before was taken, as CircuitPython does. Returns when it was."""
        wait = max(self.taken - now, 0)
        self.waits.append(wait)
        self.rests.append(now - self.taken)
        self.handed = now + wait
        self.taken = self.handed + 1 + (self.phase - self.handed - 1) % _POLL
        return self.handed


def pace_reports(phase: int, late: list[int], interval: int, returns: int) -> Endpoint:
    """Send a report for each of `late`, which is how late each one is. A call takes `returns` to return."""
    endpoint = Endpoint(phase)
    now = 7_000_000
    pace = Pace(now // 1000)
    pace.begin(interval, now // 1000)
    for delay in late:
        now = max(now, 1000 * pace.due) + (0 if pace.hurries else delay)
        before = now // 1000
        now = endpoint.send(now) + returns
        pace.handed_over(before, now // 1000, 0)
    return endpoint


@given(
    st.integers(0, _POLL - 1),
    st.lists(st.integers(0, 20_000), min_size=3, max_size=12),
    st.sampled_from([POLL, 2 * POLL]),
    st.integers(0, 900),
)
@example(2305, [0, 0, 10_972, 0, 0], POLL, 900)
@example(5811, [0, 0, 0, 18_966, 0], POLL, 300)
@example(7100, [0, 0, 2990, 0], POLL, 900)
@example(225, [224, 0, 1225, 0], POLL, 888)
def test_no_report_waits_for_the_one_before(phase: int, late: list[int], interval: int, returns: int) -> None:
    endpoint = pace_reports(phase, late, interval, returns)
    # The first is alone; the second waits for it, and so finds the polls.
    assert not any(endpoint.waits[2:])
    # Had the poll not come, the bus would be known to be suspended by then.
    assert min(endpoint.rests[2:]) > _SUSPENDED
