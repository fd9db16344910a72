"""Judges by the key's own clock whether an account has come to its end (docs/concepts/lending.md).

Loaded only for accounts that have an end.
"""

import struct

from totpkey_protocol.errors import END_REACHED, Refusal
from totpkey_protocol.limits import PERIOD_MOST
from totpkey_protocol.record import END, END_SIZE, LEFT, UNCOUNTED
from totpkey_protocol.words import CLOCK, CODES, DATE, HOURS, TRUSTED

from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .accounts import Account
    from .clock.timekeeper import Timekeeper

    class Settings(Protocol):
        """Know how often the clock lost its time or was set back."""

        setbacks: int

    class Vault(Protocol):
        @property
        def settings(self) -> Settings: ...


_DAY = 1440
#: How often an end that has come is judged again, in ms.
_JUDGED = 1000


def count(account: "Account") -> None:
    """Count one code of an account with an end. Raises Refusal (end_reached)."""
    left = int.from_bytes(account.end[LEFT : LEFT + 2], "little")
    if not left:
        raise Refusal(END_REACHED)
    if left != UNCOUNTED:
        account.end = account.end[:LEFT] + (left - 1).to_bytes(2, "little") + account.end[LEFT + 2 :]


class Ends:
    """The end of one account."""

    def __init__(self, account: "Account", vault: "Vault") -> None:
        self._account = account
        self._vault = vault
        fields: "tuple[int, ...]" = struct.unpack(END, account.end[:END_SIZE])
        self._until, _, self._begins, self._ends, self._zone = fields
        self._setbacks = int.from_bytes(account.end[END_SIZE : END_SIZE + 4], "little")
        #: Why it gave no code when it was judged last, and when that was, in ticks.
        self.why = ""
        self._judged = 0

    @property
    def needs_time(self) -> bool:
        """Whether the end is a date or hours, and so needs a clock that is trusted."""
        return self._until > 0 or self._begins != self._ends

    @property
    def used_up(self) -> bool:
        """Whether all codes that it allows were given."""
        return self._account.end[LEFT : LEFT + 2] == b"\0\0"

    def judge(self, timekeeper: "Timekeeper", now: int) -> int:
        """For how many seconds it gives codes yet; 0 for no code, and then `why` says why."""
        if not self.why or since(self._judged, now) >= _JUDGED:
            self._judged = now
            self.why = self.over(timekeeper, now)
        return 0 if self.why else self.left(timekeeper, now)

    def over(self, timekeeper: "Timekeeper", now: int) -> str:
        """Why the account gives no code now: one of `words.OVER`."""
        if self.used_up:
            return CODES
        return self._by_clock(timekeeper, now) if self.needs_time else ""

    def _by_clock(self, timekeeper: "Timekeeper", now: int) -> str:
        if timekeeper.state != TRUSTED or self._setbacks != self._vault.settings.setbacks:
            return CLOCK
        time, late = self._times(timekeeper, now)
        if self._until and late >= self._until:
            return DATE
        return "" if self._is_hour(time) and self._is_hour(late) else HOURS

    def left(self, timekeeper: "Timekeeper", now: int) -> int:
        """For how many seconds the account gives codes yet, by its date and hours."""
        left = PERIOD_MOST
        if self.needs_time:
            late = self._times(timekeeper, now)[1]
            if self._until:
                left = min(left, self._until - late)
            if self._begins != self._ends:
                left = min(left, (self._ends - self._minute(late)) % _DAY * 60 - late % 60)
        return left

    def _times(self, timekeeper: "Timekeeper", now: int) -> "tuple[int, int]":
        """The key's time, and the latest that it may be, in whole seconds."""
        time = timekeeper.time(now)
        return time, time + (timekeeper.reckoning.worst(time) + 999) // 1000

    def _is_hour(self, time: int) -> bool:
        if self._begins == self._ends:
            return True
        since = (self._minute(time) - self._begins) % _DAY
        return since < (self._ends - self._begins) % _DAY

    def _minute(self, time: int) -> int:
        return (time // 60 + self._zone) % _DAY
