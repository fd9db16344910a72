"""The locks of a vault in the everyday face, where a secure element may check the PIN.

See docs/concepts/element.md.
"""

from totpkey_protocol.errors import NO_ELEMENT, Refusal
from totpkey_protocol.words import PASSPHRASE, PIN

from ..element.glance import answers
from ..store.format import BANKS, ELEMENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..crypto.kdf import Entropy
    from ..crypto.sha512 import Watch
    from ..element.glance import Wire
    from ..store.pool import Pool
    from .element_lock import ElementLock
    from .key_slots import Slot, Stored
    from .pin_tries import Tries

    FindWire = Callable[[], "Wire | None"]


class ElementLocks:
    """The part of the locks for a PIN with an element. Looks for the element only when needed."""

    def __init__(
        self, pool: "Pool", stored: "Stored", entropy: "Entropy", tries: "Tries", find_wire: "FindWire"
    ) -> None:
        self._pool = pool
        self._stored = stored
        self._entropy = entropy
        self._tries = tries
        self._find_wire = find_wire
        self._wire: "Wire | None" = None
        self._element_lock: "ElementLock | None" = None

    @property
    def wants_session(self) -> bool:
        """Whether the next PIN needs a session with the element, and none is open yet."""
        lock = self._element_lock
        return self._stored.bank >= 0 and (lock is None or not lock.banks.is_open)

    def open_session(self, watch: "Watch") -> None:
        """Open the session in slices, and call `watch` between them. Raises Refusal (no_element)."""
        banks = self._need_lock().banks
        between, banks.watch = banks.watch, watch
        try:
            banks.open_for(self._stored.bank)
        finally:
            banks.watch = between

    def open(self, slot: "Slot", pin: str, now: int) -> bytearray:
        """The data key, by a PIN that the element checks. Raises BadSeal for a wrong one; Refusal."""
        return self._need_lock().open(slot, pin, now)

    def opened(self, pin: str, data_key: bytearray, backup: "tuple[int, bool]") -> None:
        """The PIN has opened the vault: if an element answers, let it check the PIN from now on.

        `backup`: see `Keeper.backup`.
        """
        made, changed = backup
        # If the element breaks, a passphrase must open the key, or a backup must replace it.
        replaceable = self._stored.has(PASSPHRASE) or (made > 0 and not changed)
        if self._stored.bank < 0 and replaceable:
            self._take_element(pin, data_key)

    def _take_element(self, pin: str, data_key: bytearray) -> None:
        lock = self._lock()
        try:
            if lock:
                lock.take(self._stored.slot(PIN), pin, data_key)
        except Refusal as refusal:
            # The PIN stays as it was.
            if refusal.code != NO_ELEMENT:
                raise

    def mend(self, data_key: bytearray, sound: bool) -> bool:
        """If the element answers, make the slots of used tries sound, and destroy left-over banks.

        `sound`: whether no try was used. Returns whether the retry counter may be reset.
        """
        if sound and not self._left_over():
            return True
        try:
            return self._need_lock().mend(data_key) or sound
        except Refusal:
            return sound

    def _lock(self) -> "ElementLock | None":
        if self._wire is None:
            self._wire = self._find_wire()
        wire = self._wire
        if wire is None or not answers(wire):
            return None
        if self._element_lock is None:
            from .element_lock import ElementLock

            self._element_lock = ElementLock(self._pool, self._stored, self._tries, self._entropy, wire)
        return self._element_lock

    def _need_lock(self) -> "ElementLock":
        lock = self._lock()
        if lock is None:
            raise Refusal(NO_ELEMENT)
        return lock

    def _left_over(self) -> bool:
        """Whether there is a bank that no key slot names."""
        return any(bank != self._stored.bank and self._pool.has(ELEMENT, bank) for bank in range(BANKS))
