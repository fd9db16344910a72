"""The end of an account that is lent, judged by the true time and Python's own calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from totpkey.accounts.ends import End

#: More than how long a code is valid, and all that a clock may be off and doubt itself once it is set, in s.
SAFE = 400
HOUR = 3600


@dataclass(frozen=True)
class Lease:
    """An end that was given, and the owner's 32 bytes, without which nobody renews it.

    `setbacks`: how often the clock had been set back or had lost its time until then; `doubts`: how often it
    may have.
    """

    end: End
    owner: bytes
    setbacks: int
    doubts: int

    @property
    def counts(self) -> bool:
        """Whether each code is counted."""
        return self.end.codes is not None

    @property
    def timed(self) -> bool:
        """Whether a date or hours end it."""
        return self.end.until > 0 or self.end.begins != self.end.ends

    def used(self) -> Lease:
        """After one more code."""
        codes = self.end.codes
        return replace(self, end=replace(self.end, codes=max(codes - 1, 0) if codes is not None else None))

    def is_over(self, now: float, off: float, setbacks: int) -> bool:
        """Whether a key whose clock is off by no more than `off` may give no code at the true time `now`."""
        if self.end.codes == 0 or (self.timed and setbacks != self.setbacks):
            return True
        late = bool(self.end.until) and now - off > self.end.until
        return late or not any(self._is_hour(moment) for moment in (now - off, now, now + off))

    def is_valid(self, now: float, doubts: int, error: float) -> bool:
        """Whether a key that trusts its clock, but for so many s of drift, must give codes."""
        if self.end.codes == 0 or (self.timed and doubts != self.doubts):
            return False
        early, late = now - SAFE - error, now + SAFE + error
        return (not self.end.until or late < self.end.until) and self._is_hour(early) and self._is_hour(late)

    def earlier(self, now: float) -> float:
        """A time before `now`, by more than a program may move a clock, at which it gave codes."""
        latest = min(now, self.end.until or now) - HOUR
        hours = (latest - number * HOUR for number in range(24))
        return next(
            moment for moment in hours if self._is_hour(moment - SAFE) and self._is_hour(moment + SAFE)
        )

    def _is_hour(self, moment: float) -> bool:
        begins, ends = self.end.begins, self.end.ends
        there = datetime.fromtimestamp(moment, UTC).astimezone(timezone(timedelta(minutes=self.end.zone)))
        minute = there.hour * 60 + there.minute
        if begins <= ends:
            return begins == ends or begins <= minute < ends
        return minute >= begins or minute < ends
