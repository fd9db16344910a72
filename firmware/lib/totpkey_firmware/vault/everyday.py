"""The vault in the everyday face: opened and read as `keeper` has it, by a PIN with a secure element, too."""

from totpkey_protocol.words import PASSPHRASE

from ..store.format import BANKS, ELEMENT
from .element_locks import ElementLocks
from .keeper import Keeper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.sha512 import Watch
    from ..store.pool import Pool
    from .element_locks import FindWire
    from .pin_tries import Notes


class Everyday(Keeper):
    """What setup has no memory for. Methods raise Refusal as those of `Keeper` do."""

    _made_locks: "ElementLocks | None"

    def __init__(self, pool: "Pool", notes: "Notes", now: int, find_wire: "FindWire") -> None:
        """`find_wire` gives the wire to a secure element, if the board has one."""
        self._find_wire = find_wire
        super().__init__(pool, notes, now)

    def unlock_pin(self, pin: str, now: int) -> None:
        super().unlock_pin(pin, now)
        if not self.with_element and self._replaceable():
            self._locks.take_element(pin, self._data_key)

    def _replaceable(self) -> bool:
        """Whether something else than the PIN would open the key, or replace it, if an element broke."""
        backup, changed = self.backup
        return self.has(PASSPHRASE) or (backup > 0 and not changed)

    @property
    def wants_session(self) -> bool:
        """Whether a PIN that is entered goes to a secure element that no session is open with."""
        return self._locks.wants_session

    def open_session(self, watch: "Watch") -> None:
        """Open that session, while the PIN is entered: `watch` is called every few milliseconds.

        Raises Refusal (no_element).
        """
        self._locks.open_session(watch)

    @property
    def _locks(self) -> ElementLocks:
        if self._made_locks is None:
            self._made_locks = ElementLocks(
                self.pool, self._stored, self._notes, self._entropy, self._started, self._find_wire
            )
        return self._made_locks

    def _tend_element(self) -> None:
        """Make good what tries have destroyed, where flash knows of banks."""
        if any(self.pool.has(ELEMENT, bank) for bank in range(BANKS)):
            self._locks.mend(self._data_key)
