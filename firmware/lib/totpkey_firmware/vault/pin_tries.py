"""The retry counter of the PIN, and the delay before the next try."""

from totpkey_protocol.errors import TOO_EARLY, TOO_MANY_TRIES, Refusal
from totpkey_protocol.limits import TRIES, TRIES_A_POWER_UP

from ..store.format import RETRIES
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..store.pool import Pool

    class Notes(Protocol):
        """Counts the tries since power-on, including those before a reset (`restart_notes`)."""

        def tries(self) -> int: ...
        def note_tries(self, count: int) -> None: ...


class Tries:
    """The retry counter. A try counts as wrong until the PIN is proved right, even after a power cut.

    Methods raise Refusal (storage).
    """

    def __init__(self, pool: "Pool", notes: "Notes", now: int) -> None:
        self._pool = pool
        self._notes = notes
        page = pool.read(RETRIES)
        #: Tries that count as wrong.
        self.wrong = min(page[0], TRIES) if page else 0
        #: How often the PIN has opened the vault with the secure element's present bank.
        self.openings = int.from_bytes(page[1:3], "little") if page else 0
        self._since = now

    @property
    def left(self) -> int:
        return max(TRIES - self.wrong, 0)

    def wait_ms(self, now: int) -> int:
        """How long until the next try is accepted.

        The fourth to the eighth try wait 2, 4 ... 32 s after the last one, or after the key's start.
        """
        if self.wrong < TRIES_A_POWER_UP:
            return 0
        return max((1000 << self.wrong + 1 - TRIES_A_POWER_UP) - since(self._since, now), 0)

    def check(self, now: int) -> None:
        """Raise Refusal (too_many_tries, too_early) unless a try is taken now."""
        if self._notes.tries() >= TRIES_A_POWER_UP or not self.left:
            raise Refusal(TOO_MANY_TRIES)
        if self.wait_ms(now):
            raise Refusal(TOO_EARLY)

    def begin(self, now: int) -> None:
        """Count a try in flash before the PIN is checked.

        Raises Refusal (too_many_tries, too_early).
        """
        self.check(now)
        self._notes.note_tries(self._notes.tries() + 1)
        self._since = now
        self._set(self.wrong + 1)

    def clear(self, openings: int = 0) -> None:
        """Reset the counter, after the right PIN or passphrase."""
        self._notes.note_tries(0)
        if self.wrong or openings != self.openings:
            self.openings = openings
            self._set(0)

    def forget(self) -> None:
        """Note that the vault was wiped, and the counter with it."""
        self._notes.note_tries(0)
        self.wrong = self.openings = 0

    def _set(self, wrong: int) -> None:
        openings = self.openings.to_bytes(2, "little") if self.openings else b""
        self._pool.write(RETRIES, bytes((wrong,)) + openings)
        self.wrong = wrong
