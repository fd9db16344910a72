"""The locks of a vault: its stored key slots, and the rules for trying a PIN."""

from totpkey_protocol.errors import NO_ELEMENT, WRONG_PASSPHRASE, WRONG_PIN, Refusal
from totpkey_protocol.limits import SALT
from totpkey_protocol.words import DEVICE, PASSPHRASE, PIN

from ..crypto.siv import KEY, BadSeal
from . import key_slots
from .key_slots import Slot, Slots
from .pin_tries import Tries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.kdf import Entropy
    from ..crypto.sha512 import Watch
    from ..store.pool import Pool
    from .key_slots import Stored
    from .pin_tries import Notes


class Locks:
    """The stored slots. Opening a slot returns the data key, and changing the slots requires it.

    Opening by PIN or passphrase resets the retry counter, so it is 0 while the vault is open. The exception
    is a PIN with a secure element that does not answer.

    Methods raise Refusal (storage); those that need a slot that is not there raise Refusal (no_such_slot).
    """

    def __init__(self, pool: "Pool", stored: "Stored", notes: "Notes", entropy: "Entropy", now: int) -> None:
        self._stored = stored
        self._entropy = entropy
        self._tries = Tries(pool, notes, now)

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

    # Opening

    def open_by_pin(self, pin: str, now: int) -> bytearray:
        """The data key, in about a second.

        Raises Refusal (too_many_tries, too_early, no_element, wrong_pin). Only the last one costs a try.
        """
        slot = self._stored.slot(PIN)
        try:
            if slot.bank >= 0:
                return self._open_with_element(slot, pin, now)
            self._tries.begin(now)
            data_key = slot.unwrap(slot.derive(pin), self._stored.slots.export)
        except BadSeal:
            self.destroy_spent_pin()
            raise Refusal(WRONG_PIN) from None
        self._tries.clear()
        return data_key

    def opened(self, pin: str, data_key: bytearray, backup: "tuple[int, bool]") -> None:
        """The PIN has opened the vault. `backup`: see `Keeper.backup`."""

    @property
    def wants_session(self) -> bool:
        """Whether the next PIN needs a session with an element, and none is open yet."""
        return False

    def open_session(self, watch: "Watch") -> None:
        """Open the session in slices, and call `watch` between them. Raises Refusal (no_element)."""
        raise Refusal(NO_ELEMENT)

    def _open_with_element(self, slot: Slot, pin: str, now: int) -> bytearray:
        raise Refusal(NO_ELEMENT)

    def open_by_passphrase(self, derived: bytes) -> bytearray:
        """The data key. Restores all tries of the PIN. Raises Refusal (wrong_passphrase)."""
        try:
            data_key = self._stored.slot(PASSPHRASE).unwrap(derived, self._stored.slots.export)
        except BadSeal:
            raise Refusal(WRONG_PASSPHRASE) from None
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
        self._unlock_for_good(key_slots.new(data_key, export), data_key)
        return data_key

    def set_pin(self, pin: str, data_key: bytearray) -> None:
        """Set or change the PIN, in about a second. It does not use a secure element yet."""
        slot = Slot(PIN, self._entropy.take(SALT), key_slots.ITERATIONS)
        self._add(slot, slot.derive(pin), data_key)
        self._tries.clear()

    def set_passphrase(
        self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int, data_key: bytearray
    ) -> None:
        """Set or change the passphrase. `derived` is the result on the host, the rest are the parameters."""
        self._add(Slot(PASSPHRASE, salt, memory, passes, lanes), derived, data_key)

    def remove(self, kind: str, data_key: bytearray) -> None:
        """Remove a lock. After the last one, anyone who holds the key can type."""
        self._stored.slot(kind)
        left = self._stored.slots.without(kind)
        if len(left):
            self._stored.save(left)
        else:
            self._unlock_for_good(left, data_key)

    def _add(self, slot: Slot, secret: bytes, data_key: bytearray) -> None:
        slot.wrap(secret, data_key, self._stored.slots.export)
        self._stored.save(self._stored.slots.having(slot))

    def _unlock_for_good(self, changed: Slots, data_key: bytearray) -> None:
        slot = Slot(DEVICE, self._entropy.take(SALT))
        slot.wrap(slot.salt, data_key, changed.export)
        self._stored.save(changed.having(slot))

    def mend(self, data_key: bytearray) -> bool:
        """Whether the retry counter may be reset. It may not while a secure element has destroyed slots,
        which this class cannot make sound.
        """
        return self._stored.bank < 0 or not self._tries.wrong

    def destroy_spent_pin(self) -> None:
        """Destroy the PIN slot if no try is left."""
        if self._stored.has(PIN) and not self._tries.left:
            self._stored.save(self._stored.slots.without(PIN))
