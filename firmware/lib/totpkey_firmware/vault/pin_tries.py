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
        """Counts the tries since power-on, also across resets (`restart_notes`)."""

        def tries(self) -> int: ...
        def note_tries(self, count: int) -> None: ...


class Tries:
    """The retry counter. A try counts as wrong until the PIN has proved right, even after a power cut.

    Methods raise Refusal (storage).
    """

    def __init__(self, pool: "Pool", notes: "Notes", now: int) -> None:
        self._pool = pool
        self._notes = notes
        page = pool.read(RETRIES)
        self._wrong = page[0] if page else 0
        self._since = now

    @property
    def left(self) -> int:
        return max(TRIES - self._wrong, 0)

    def wait_ms(self, now: int) -> int:
        """How long until the next try is accepted.

        The fourth to the eighth try wait 2, 4 ... 32 s after the last one, or after the key's start.
        """
        if self._wrong < TRIES_A_POWER_UP:
            return 0
        return max((1000 << self._wrong + 1 - TRIES_A_POWER_UP) - since(self._since, now), 0)

    def begin(self, now: int) -> None:
        """Count a try in flash before the PIN is checked.

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
        """Reset the counter, after the right PIN or passphrase."""
        self._notes.note_tries(0)
        if self._wrong:
            self._set(0)

    def forget(self) -> None:
        """Note that the vault was wiped, and the counter with it."""
        self._notes.note_tries(0)
        self._wrong = 0

    def _set(self, wrong: int) -> None:
        self._pool.write(RETRIES, bytes((wrong,)))
        self._wrong = wrong
