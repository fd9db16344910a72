"""Changes of what opens an open vault. Setup loads this with a command that wants it, then forgets it.

Each change brings a new data key, so that an older copy of the flash and the lock of that time open nothing
that is written from then on (docs/storage.md). A slot can be wrapped around it only by what opens the slot:
where a lock stays that nobody has entered since the vault was opened, the data key stays as well.
"""

from totpkey_protocol.limits import SALT
from totpkey_protocol.words import DEVICE, PASSPHRASE, PIN

from ..crypto.siv import KEY, BadSeal, wipe
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
        """What PIN and passphrase have given since the vault was opened (`locks`)."""

        def know(self, kind: str, secret: bytes) -> None: ...
        def secret(self, slot: Slot) -> bytes: ...


class LockChanges:
    """Each returns whether there is a new data key: then all other pages have to be sealed under it.

    Nothing may be left from the change before (`Vault.finish_sealing`). Methods raise Refusal (storage).
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
        """Set or change the PIN, in about a second. A secure element has no part in it yet."""
        slot = Slot(PIN, self._entropy.take(SALT), key_slots.ITERATIONS)
        renewed = self._add(self._stored.slots, slot, slot.derive(pin))
        self._tries.clear()
        return renewed

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bool:
        """Set or change the passphrase: what the host derived from it, and how."""
        return self._add(self._stored.slots, Slot(PASSPHRASE, salt, memory, passes, lanes), derived)

    def remove(self, kind: str) -> bool:
        """Take a lock away; after the last, whoever holds the key can type. Raises Refusal (no_such_slot)."""
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
        """Store other slots, for a new data key if that can be; whether it is one."""
        # Under two of them pages are sealed where flash has refused to go on.
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
        """Whether what is known opens that slot: nobody could open it again if it were wrapped by another."""
        try:
            data_key = slot.unwrap(self._known.secret(slot), export)
        except BadSeal:
            return False
        right = data_key == self._keys.present
        wipe(data_key)
        return right
