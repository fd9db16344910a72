"""Sets and removes the locks of an open vault. Setup loads this for a command and unloads it afterwards.

Each change makes a new data key. So an older copy of the flash, with the lock of that time, opens nothing
that is written later (docs/reference/storage.md). A slot can only wrap the new data key under the secret that
opens the slot. If a remaining lock was not entered since the vault was opened, its secret is unknown, and the
old data key stays.
"""

from totpkey_protocol.limits import SALT
from totpkey_protocol.words import DEVICE, PASSPHRASE, PIN

from ..crypto.siv import KEY, BadSeal, equal, wipe
from . import key_slots
from .key_slots import Slot, Slots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..crypto.kdf import Entropy
    from .key_slots import Stored
    from .pin_tries import Tries
    from .sealing import DataKeys

    class Known(Protocol):
        """The secrets of PIN and passphrase, if entered since the vault was opened (`locks`)."""

        def know(self, kind: str, secret: bytes) -> None: ...
        def secret(self, slot: Slot) -> bytes: ...


class LockChanges:
    """Each change returns whether there is a new data key. If so, all other pages must be sealed under it.

    Before a change, the sealing of the previous one must be finished (`Vault.finish_sealing`). Methods raise
    Refusal (storage).
    """

    def __init__(
        self, known: "Known", stored: "Stored", tries: "Tries", entropy: "Entropy", keys: "DataKeys"
    ) -> None:
        self._known = known
        self._stored = stored
        self._tries = tries
        self._entropy = entropy
        self._keys = keys

    def set_pin(self, pin: str) -> bool:
        """Set or change the PIN, in about a second. A secure element checks it only later."""
        slot = Slot(PIN, self._entropy.take(SALT), key_slots.ITERATIONS)
        renewed = self._add(self._stored.slots, slot, slot.derive(pin))
        self._tries.clear()
        return renewed

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bool:
        """Set or change the passphrase, given as the value that the host derived, and the parameters."""
        return self._add(self._stored.slots, Slot(PASSPHRASE, salt, memory, passes, lanes), derived)

    def remove(self, kind: str) -> bool:
        """Remove a lock. Without any, anyone who holds the key can type. Raises Refusal (no_such_slot)."""
        self._stored.slot(kind)
        left = self._stored.slots.without(kind)
        if len(left):
            return self._save(left)
        slot = Slot(DEVICE, self._entropy.take(SALT))
        return self._add(left, slot, slot.salt)

    def _add(self, others: Slots, slot: Slot, secret: bytes) -> bool:
        slot.wrap(secret, self._keys.present, others.export)
        if slot.kind != DEVICE:
            self._known.know(slot.kind, secret)
        return self._save(others.having(slot))

    def _save(self, changed: Slots) -> bool:
        """Store the changed slots, with a new data key if possible. Return whether it is new."""
        # With two data keys, a flash error has stopped the sealing of pages, which still need the older one.
        if self._keys.two or not all(self._opens(slot, changed.export) for slot in changed.all):
            self._stored.save(changed)
            return False
        data_key = self._entropy.take(KEY)
        renewed = key_slots.new(data_key, changed.export, self._keys.present)
        for slot in changed.all:
            again = Slot(slot.kind, slot.salt, slot.cost, slot.passes, slot.lanes)
            again.wrap(self._known.secret(slot), data_key, changed.export)
            renewed = renewed.having(again)
        self._stored.save(renewed)
        self._keys.renew(data_key)
        return True

    def _opens(self, slot: Slot, export: bool) -> bool:
        """Whether the known secret opens that slot. Wrapped under another, the slot could never be opened."""
        try:
            data_key = slot.unwrap(self._known.secret(slot), export)
        except BadSeal:
            return False
        right = equal(data_key, self._keys.present)
        wipe(data_key)
        return right
