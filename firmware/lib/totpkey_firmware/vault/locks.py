"""The locks of a vault: its stored key slots, and the rules for trying a PIN."""

from totpkey_protocol.errors import NO_ELEMENT, WRONG_PASSPHRASE, WRONG_PIN, Refusal
from totpkey_protocol.limits import DERIVED, SALT
from totpkey_protocol.words import DEVICE, PASSPHRASE, PIN

from ..crypto.siv import KEY, BadSeal, wipe
from ..heap import load
from . import key_slots
from .key_slots import Slot
from .pin_tries import Tries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.kdf import Entropy
    from .element_locks import ElementLocks
    from .key_slots import Stored
    from .lock_changes import LockChanges
    from .sealing import DataKeys

#: What setup loads to change a lock.
_LOCK_CHANGES = "totpkey_firmware.vault.lock_changes"


class Locks:
    """The stored slots. Opening a slot returns the data key. `lock_changes` changes the slots.

    Opening by PIN or passphrase resets the retry counter, so it is 0 while the vault is open. The exception
    is a PIN with a secure element that does not answer.

    Methods raise Refusal (storage); those that need a slot that is not there raise Refusal (no_such_slot).
    """

    def __init__(
        self,
        stored: "Stored",
        entropy: "Entropy",
        tries: Tries,
        element: "ElementLocks | None" = None,
    ) -> None:
        """`element`: what a PIN with a secure element needs besides. Setup has no memory for it."""
        self._stored = stored
        self._entropy = entropy
        self._tries = tries
        self.element = element
        # What PIN and passphrase have given since the vault was opened, zeros for what nobody has entered.
        # Only a slot whose secret is known can be wrapped around a new data key.
        self._secrets = bytearray(2 * DERIVED)

    @property
    def usable(self) -> bool:
        """Whether the vault can be opened with a PIN or a passphrase."""
        some = self._stored.has() and len(self._stored.slots) > 0
        return some and self._tries.left > 0 and not self._stored.has(DEVICE)

    @property
    def export_allowed(self) -> bool:
        """Whether accounts may leave the key, sealed. This is decided when the vault is created."""
        return self._stored.has() and self._stored.slots.export

    @property
    def tries_left(self) -> int:
        """How many wrong PINs are still allowed; 0 without a PIN."""
        return self._tries.left if self._stored.has(PIN) else 0

    def wait_ms(self, now: int) -> int:
        """How long until the next PIN is accepted, in ms."""
        return self._tries.wait_ms(now)

    def forget(self) -> None:
        """Forget the locks of a vault that was wiped."""
        self._stored.forget()
        self._tries.forget()
        self.closed()

    def closed(self) -> None:
        """The vault was closed."""
        wipe(self._secrets)

    def know(self, kind: str, secret: bytes) -> None:
        """Keep the secret that has opened, or now opens, the slot of that kind."""
        if self.element:
            # No lock is changed in the everyday face.
            return
        at = DERIVED if kind == PASSPHRASE else 0
        self._secrets[at : at + DERIVED] = secret

    def secret(self, slot: Slot) -> bytes:
        """What opens that slot, as far as it is known; zeros where it is not."""
        if slot.kind == DEVICE:
            return slot.salt
        at = DERIVED if slot.kind == PASSPHRASE else 0
        return bytes(self._secrets[at : at + DERIVED])

    # Opening

    def open_by_pin(self, pin: str, now: int) -> bytearray:
        """The data key, in about a second.

        Raises Refusal (too_many_tries, too_early, no_element, wrong_pin). Only the last one costs a try.
        """
        slot = self._stored.slot(PIN)
        try:
            if slot.bank >= 0:
                if not self.element:
                    raise Refusal(NO_ELEMENT)
                return self.element.open(slot, pin, now)
            self._tries.begin(now)
            secret = slot.derive(pin)
            data_key = slot.unwrap(secret, self._stored.slots.export)
        except BadSeal:
            self.destroy_spent_pin()
            raise Refusal(WRONG_PIN) from None
        self._tries.clear()
        self.know(PIN, secret)
        return data_key

    def open_by_passphrase(self, derived: bytes) -> bytearray:
        """The data key. Restores all tries of the PIN. Raises Refusal (wrong_passphrase)."""
        try:
            data_key = self._stored.slot(PASSPHRASE).unwrap(derived, self._stored.slots.export)
        except BadSeal:
            raise Refusal(WRONG_PASSPHRASE) from None
        self.know(PASSPHRASE, derived)
        if self.mend(data_key):
            self._tries.clear(self._tries.openings)
        return data_key

    def is_right(self, data_key: bytearray) -> bool:
        """Whether this is the vault's data key."""
        return self._stored.has() and self._stored.slots.is_right(data_key)

    def passphrase(self) -> "tuple[bytes, int, int, int]":
        """Salt, KiB, passes and lanes for deriving the passphrase's key (Argon2id, RFC 9106)."""
        slot = self._stored.slot(PASSPHRASE)
        return slot.salt, slot.cost, slot.passes, slot.lanes

    # Changing

    def create(self, export: bool) -> bytearray:
        """Store the slots of a new vault without a lock. Returns its data key."""
        data_key = self._entropy.take(KEY)
        slot = Slot(DEVICE, self._entropy.take(SALT))
        slot.wrap(slot.salt, data_key, export)
        self._stored.save(key_slots.new(data_key, export).having(slot))
        return data_key

    def changing(self, keys: "DataKeys") -> "LockChanges":
        """What changes the locks of a vault that is open."""
        made: "LockChanges" = load(_LOCK_CHANGES).LockChanges(
            self, self._stored, self._tries, self._entropy, keys
        )
        return made

    def mend(self, data_key: bytearray) -> bool:
        """Whether the retry counter may be reset. It may not while a secure element has destroyed slots.

        If the element answers, this makes them sound.
        """
        sound = self._stored.bank < 0 or not self._tries.wrong
        return self.element.mend(data_key, sound) if self.element else sound

    def destroy_spent_pin(self) -> None:
        """Destroy the PIN slot if no try is left."""
        if self._stored.has(PIN) and not self._tries.left:
            self._stored.save(self._stored.slots.without(PIN))
