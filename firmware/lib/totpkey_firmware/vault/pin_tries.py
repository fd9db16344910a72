"""How many wrong PINs were tried, and when the next try is taken."""

from totpkey_protocol.errors import TOO_EARLY, TOO_MANY_TRIES, Refusal
from totpkey_protocol.limits import TRIES, TRIES_A_POWER_UP

from ..store.format import TALLY
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..store.pool import Pool

    class Notes(Protocol):
        """What remembers, until power is cut, how many PINs were tried since it came (`restart_notes`)."""

        def tries(self) -> int: ...
        def note_tries(self, count: int) -> None: ...


class Tries:
    """The tally of wrong PINs. A try counts as wrong until it has proved right, whatever comes between.

    Methods raise Refusal (storage).
    """

    def __init__(self, pool: "Pool", notes: "Notes", now: int) -> None:
        self._pool = pool
        self._notes = notes
        tally = pool.read(TALLY)
        self._wrong = tally[0] if tally else 0
        self._since = now

    @property
    def left(self) -> int:
        return max(TRIES - self._wrong, 0)

    def wait_ms(self, now: int) -> int:
        """How long until a try is taken.

        The fourth to the eighth wait 2, 4 ... 32 s from the last one, or from the key's start.
        """
        if self._wrong < TRIES_A_POWER_UP:
            return 0
        return max((1000 << self._wrong + 1 - TRIES_A_POWER_UP) - since(self._since, now), 0)

    def begin(self, now: int) -> None:
        """Count a try, for good, before anyone knows what comes of it.

        Raises Refusal (too_many_tries, too_early).
        """
        if self._notes.tries() >= TRIES_A_POWER_UP or not self.left:
            raise Refusal(TOO_MANY_TRIES)
        if self.wait_ms(now):
            raise Refusal(TOO_EARLY)
        self._notes.note_tries(self._notes.tries() + 1)
        self._since = now
        self._set(self._wrong + 1)

    def clear(self) -> None:
        """Whoever is there has proved to be the owner."""
        self._notes.note_tries(0)
        if self._wrong:
            self._set(0)

    def forget(self) -> None:
        """The vault was wiped, and the tally with it."""
        self._notes.note_tries(0)
        self._wrong = 0

    def _set(self, wrong: int) -> None:
        self._pool.write(TALLY, bytes((wrong,)))
        self._wrong = wrong
