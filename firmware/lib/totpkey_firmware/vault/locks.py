"""What opens a vault: its key slots as they are stored, and the rules by which a PIN is tried."""

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
    """The stored slots. Whoever opens one is given the data key; whoever changes them has to have it.

    Opening by PIN or passphrase resets the retry counter, so it is 0 while the vault is open; but for a PIN
    with a secure element that does not answer.

    Methods raise Refusal (storage); those that need a slot that is not there raise Refusal (no_such_slot).
    """

    def __init__(self, pool: "Pool", stored: "Stored", notes: "Notes", entropy: "Entropy", now: int) -> None:
        self._stored = stored
        self._entropy = entropy
        self._tries = Tries(pool, notes, now)

    @property
    def usable(self) -> bool:
        """Whether somebody who knows a PIN or a passphrase can open the vault."""
        some = self._stored.has() and len(self._stored.slots) > 0
        return some and self._tries.left > 0 and not self._stored.has(DEVICE)

    @property
    def export_allowed(self) -> bool:
        """Whether accounts may leave the key, sealed: settled when the vault is made."""
        return self._stored.has() and self._stored.slots.export

    @property
    def tries_left(self) -> int:
        """Wrong PINs that are still allowed, 0 where there is no PIN."""
        return self._tries.left if self._stored.has(PIN) else 0

    def wait_ms(self, now: int) -> int:
        """How long until a PIN is taken."""
        return self._tries.wait_ms(now)

    def forget(self) -> None:
        """The vault was wiped."""
        self._stored.forget()
        self._tries.forget()

    # Opening

    def open_by_pin(self, pin: str, now: int) -> bytearray:
        """The data key, in about a second.

        Raises Refusal (too_many_tries, too_early, no_element, wrong_pin); only the last has cost a try.
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
        """The PIN has opened the vault. `backup`: as `Keeper` has it."""

    @property
    def wants_session(self) -> bool:
        """Whether a PIN that is entered will be tried in a session with an element that is not open yet."""
        return False

    def open_session(self, watch: "Watch") -> None:
        """Open that session, in slices: `watch` is called between them. Raises Refusal (no_element)."""
        raise Refusal(NO_ELEMENT)

    def _open_with_element(self, slot: Slot, pin: str, now: int) -> bytearray:
        raise Refusal(NO_ELEMENT)

    def open_by_passphrase(self, derived: bytes) -> bytearray:
        """The data key. Gives back all tries of the PIN. Raises Refusal (wrong_passphrase)."""
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
        """Salt, KiB, passes and lanes by which to derive (Argon2id, RFC 9106)."""
        slot = self._stored.slot(PASSPHRASE)
        return slot.salt, slot.cost, slot.passes, slot.lanes

    # Changing

    def create(self, export: bool) -> bytearray:
        """Store the slots of a new vault that has no lock; its data key."""
        data_key = self._entropy.take(KEY)
        self._unlock_for_good(key_slots.new(data_key, export), data_key)
        return data_key

    def set_pin(self, pin: str, data_key: bytearray) -> None:
        """Set or change the PIN, in about a second. A secure element has no part in it yet."""
        slot = Slot(PIN, self._entropy.take(SALT), key_slots.ITERATIONS)
        self._add(slot, slot.derive(pin), data_key)
        self._tries.clear()

    def set_passphrase(
        self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int, data_key: bytearray
    ) -> None:
        """Set or change the passphrase: what the host derived from it, and how."""
        self._add(Slot(PASSPHRASE, salt, memory, passes, lanes), derived, data_key)

    def remove(self, kind: str, data_key: bytearray) -> None:
        """Take a lock away; after the last, whoever holds the key can type."""
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
        """Whether the retry counter may start anew: what tries have destroyed in a secure element is not made
        good here.
        """
        return self._stored.bank < 0 or not self._tries.wrong

    def destroy_spent_pin(self) -> None:
        """Destroy the PIN slot if the last try was wrong."""
        if self._stored.has(PIN) and not self._tries.left:
            self._stored.save(self._stored.slots.without(PIN))
