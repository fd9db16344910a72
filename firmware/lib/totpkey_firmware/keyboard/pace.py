"""Times each report to the middle between two of the computer's polls.

A bus that became idle before the last poll is known to be suspended by then (after 3 ms, USB 2.0 section
7.1.7.6). So no report follows one that this poll did not take. All times are in ms.
"""

from ..ticks import add, since

#: Time between two polls: the interval in CircuitPython's descriptor.
POLL = 8
#: From a poll to the next report. Ticks are whole, so the wait may be up to two shorter.
_MIDDLE = 5
#: `due` is 3 to 6 after a poll, since ticks are whole and a call takes up to one to return. A report that is
#: late by this much or more may miss the next poll: then the poll after that takes it.
_LATE = 2
#: A call that takes this long has waited for the computer's poll.
_WAITED = 2


class Pace:
    """`due` is the time of the next report. Nothing here allocates."""

    def __init__(self, now: int) -> None:
        self.due = now
        self.begin(POLL, now)

    def begin(self, interval: int, due: int) -> None:
        """Start a code with reports `interval` ms apart, a multiple of POLL. The first is at `due`."""
        self.interval = interval
        self.due = due
        #: Whether the first report is sent, so that the second finds the poll; whether the polls are known.
        self.seeking = False
        self.found = False

    def arrived(self, now: int) -> bool:
        """Whether the next report is due."""
        return since(self.due, now) < 1 << 28

    def handed_over(self, before: int, after: int, hold: int) -> None:
        """Note a report sent by a call from `before` to `after`. The next one is delayed by `hold` ms."""
        waited = since(before, after) >= _WAITED
        if waited or self.hurries:
            # The second call returns once the first report was taken: now if it waited, else about the time
            # of the call.
            self.due = add(after if waited else before, self.interval + _MIDDLE)
            self.found = True
        elif self.found:
            late = since(self.due, before)
            self.due = add(self.due, self.interval + (late + POLL - _LATE) // POLL * POLL)
        else:
            self.due = after
            self.seeking = True
        self.due = add(self.due, (hold + POLL - 1) // POLL * POLL)

    @property
    def hurries(self) -> bool:
        """Whether the second report must follow at once, so that no poll comes in between unnoticed."""
        return self.seeking and not self.found
