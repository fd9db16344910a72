"""When to hand over the next report: in the middle between two of the computer's polls.

A bus that went idle before the last poll is known to be suspended by then (USB 2.0 section 7.1.7.6: after
3 ms), so a report that this poll did not take is never followed by another. All times in ms.
"""

from ..ticks import add, since

#: Time between two of the computer's polls: the interval that CircuitPython's descriptor asks for.
POLL = 8
#: From a poll to the moment of handing over. Ticks are whole, so the wait may be one less.
_MIDDLE = 5
#: A call that took this long has waited for the computer's poll.
_WAITED = 2


class Pace:
    """`due` is the moment of the next report. Nothing here allocates."""

    def __init__(self, now: int) -> None:
        self.due = now
        self.begin(POLL, now)

    def begin(self, interval: int, due: int) -> None:
        """A code whose reports are to be `interval` ms apart, a multiple of POLL; the first at `due`."""
        self.interval = interval
        self.due = due
        #: The first report is out, so the second finds the poll; and the polls are found.
        self.seeking = False
        self.found = False

    def arrived(self, now: int) -> bool:
        """Whether the moment has come."""
        return since(self.due, now) < 1 << 28

    def handed_over(self, before: int, after: int, hold: int) -> None:
        """A report was handed over by a call from `before` to `after`; the next one comes `hold` ms later
        than the pace has it.
        """
        second = self.seeking and not self.found
        if second or since(before, after) >= _WAITED:
            # The second call returns once the first report was taken: now, or just before it was made.
            self.due = add(after, self.interval + _MIDDLE)
            self.found = True
        elif self.found:
            late = since(self.due, before)
            self.due = add(self.due, self.interval + (late + _MIDDLE) // POLL * POLL)
        else:
            self.due = after
            self.seeking = True
        self.due = add(self.due, (hold + POLL - 1) // POLL * POLL)

    @property
    def hurries(self) -> bool:
        """Whether the second report has to follow at once: a poll that came between them would be missed."""
        return self.seeking and not self.found
