"""What opens a vault: its key slots as they are stored, and the rules by which a PIN is tried."""

from totpkey_protocol.commands import DEVICE, PASSPHRASE, PIN
from totpkey_protocol.errors import NO_SUCH_SLOT, WRONG_PASSPHRASE, WRONG_PIN, Refusal
from totpkey_protocol.limits import SALT

from . import pages, slots
from .kdf import pbkdf2
from .siv import KEY, BadSeal
from .slots import Slot, Slots
from .tries import Tries

try:
    from .kdf import Entropy
    from .pages import Pool
    from .tries import Notes
except ImportError:
    pass


class Locks:
    """The stored slots. Whoever opens one is given the data key; whoever changes them has to have it.

    Opening by PIN or passphrase clears the tally of tries, so a vault that is open has none against it.

    Methods raise Refusal (storage); those that need a slot that is not there raise Refusal (no_such_slot).
    """

    def __init__(self, pool: "Pool", notes: "Notes", entropy: "Entropy", now: int) -> None:
        self._pool = pool
        self._entropy = entropy
        self._tries = Tries(pool, notes, now)
        payload = pool.read(pages.SLOTS)
        self._slots = slots.unpack(payload) if payload else None
        self._destroy_pin()

    @property
    def usable(self) -> bool:
        """Whether somebody who knows a PIN or a passphrase can open the vault."""
        return bool(self._slots) and self._tries.left > 0 and not self.has(DEVICE)

    @property
    def export_allowed(self) -> bool:
        """Whether accounts may leave the key, sealed: settled when the vault is made."""
        return self._slots is not None and self._slots.export

    def has(self, kind: str) -> bool:
        """Whether there is a slot of that kind."""
        return self._slots is not None and self._slots.find(kind) is not None

    @property
    def tries_left(self) -> int:
        """Wrong PINs that are still allowed, 0 where there is no PIN."""
        return self._tries.left if self.has(PIN) else 0

    def wait_ms(self, now: int) -> int:
        """How long until a PIN is taken."""
        return self._tries.wait_ms(now)

    def forget(self) -> None:
        """The vault was wiped."""
        self._slots = None
        self._tries.forget()

    # Opening

    def open_by_device(self) -> bytearray:
        """The data key of a vault that has no lock. Raises BadSeal if the slot is damaged."""
        slot = self._slot(DEVICE)
        return slot.unwrap(slot.salt, self._stored.export)

    def open_by_pin(self, pin: str, now: int) -> bytearray:
        """The data key, in about a second.

        Raises Refusal (too_many_tries, too_early, wrong_pin); only the last has cost a try.
        """
        slot = self._slot(PIN)
        self._tries.begin(now)
        try:
            data_key = slot.unwrap(pbkdf2(pin.encode(), slot.salt, slot.cost), self._stored.export)
        except BadSeal:
            self._destroy_pin()
            raise Refusal(WRONG_PIN) from None
        self._tries.clear()
        return data_key

    def open_by_passphrase(self, derived: bytes) -> bytearray:
        """The data key. Gives back all tries of the PIN. Raises Refusal (wrong_passphrase)."""
        try:
            data_key = self._slot(PASSPHRASE).unwrap(derived, self._stored.export)
        except BadSeal:
            raise Refusal(WRONG_PASSPHRASE) from None
        self._tries.clear()
        return data_key

    def is_right(self, data_key: bytearray) -> bool:
        """Whether this is the vault's data key."""
        return self._slots is not None and self._slots.is_right(data_key)

    def passphrase(self) -> "tuple[bytes, int, int, int]":
        """Salt, KiB, passes and lanes by which to derive (Argon2id, RFC 9106)."""
        slot = self._slot(PASSPHRASE)
        return slot.salt, slot.cost, slot.passes, slot.lanes

    # Changing

    def create(self, export: bool) -> bytearray:
        """Store the slots of a new vault that has no lock; its data key."""
        data_key = self._entropy.take(KEY)
        self._unlock_for_good(slots.new(data_key, export), data_key)
        return data_key

    def set_pin(self, pin: str, data_key: bytearray) -> None:
        """Set or change the PIN, in about a second."""
        slot = Slot(PIN, self._entropy.take(SALT), slots.ITERATIONS)
        self._add(slot, pbkdf2(pin.encode(), slot.salt, slot.cost), data_key)

    def set_passphrase(
        self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int, data_key: bytearray
    ) -> None:
        """Set or change the passphrase: what the host derived from it, and how."""
        self._add(Slot(PASSPHRASE, salt, memory, passes, lanes), derived, data_key)

    def remove(self, kind: str, data_key: bytearray) -> None:
        """Take a lock away; after the last, whoever holds the key can type."""
        self._slot(kind)
        left = self._stored.without(kind)
        if len(left):
            self._save(left)
        else:
            self._unlock_for_good(left, data_key)

    def _add(self, slot: Slot, secret: bytes, data_key: bytearray) -> None:
        slot.wrap(secret, data_key, self._stored.export)
        self._save(self._stored.having(slot))

    def _unlock_for_good(self, changed: Slots, data_key: bytearray) -> None:
        slot = Slot(DEVICE, self._entropy.take(SALT))
        slot.wrap(slot.salt, data_key, changed.export)
        self._save(changed.having(slot))

    def _destroy_pin(self) -> None:
        """Destroy the PIN slot if the last try was wrong."""
        if self.has(PIN) and not self._tries.left:
            self._save(self._stored.without(PIN))

    def _save(self, changed: Slots) -> None:
        self._pool.write(pages.SLOTS, changed.pack())
        self._slots = changed

    @property
    def _stored(self) -> Slots:
        if self._slots is None:
            raise Refusal(NO_SUCH_SLOT)
        return self._slots

    def _slot(self, kind: str) -> Slot:
        slot = self._stored.find(kind)
        if slot is None:
            raise Refusal(NO_SUCH_SLOT)
        return slot
