"""The lock with a PIN that a secure element checks: the order of changes in flash and element.

See docs/concepts/element.md. Loaded only if an element answers.
"""

from totpkey_protocol.errors import NO_ELEMENT, Refusal
from totpkey_protocol.words import PIN

from .banks import Banks
from .key_slots import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.kdf import Entropy
    from ..element.glance import Wire
    from ..store.pool import Pool
    from .key_slots import Stored
    from .pin_tries import Tries

#: PBKDF2 iterations of such a PIN: fewer, because the element takes time as well, and stops guessing.
ITERATIONS = 1800
#: A bank is used for this number of openings, because its slots wear out.
OPENINGS = 10_000


class ElementLock:
    """The rules for one element. Methods raise Refusal (no_element, storage)."""

    def __init__(
        self, pool: "Pool", stored: "Stored", tries: "Tries", entropy: "Entropy", wire: "Wire"
    ) -> None:
        self._stored = stored
        self._tries = tries
        self.banks = Banks(pool, entropy, wire)

    def open(self, slot: Slot, pin: str, now: int) -> bytearray:
        """Return the data key. Raises BadSeal for a wrong PIN; Refusal, also (too_many_tries, too_early).

        Only a wrong PIN costs a try, and a try whose answer is lost.
        """
        self._tries.check(now)
        # Before the try is counted, so that a missing element costs none.
        self.banks.open_for(slot.bank)
        number = self._tries.wrong
        self._tries.begin(now)
        pin_key = slot.derive(pin)
        secret = self.banks.attempt(slot.bank, number, pin_key)
        data_key = slot.unwrap(pin_key + secret, self._stored.slots.export)
        try:
            self.banks.freshen(slot.bank, range(self._tries.wrong), secret)
            self._restore(slot, pin_key, data_key)
        except Refusal as refusal:
            # The element disconnected after it answered. Its unrepaired slots still count.
            if refusal.code != NO_ELEMENT:
                raise
        self.banks.close()
        return data_key

    def _restore(self, slot: Slot, pin_key: bytes, data_key: bytearray) -> None:
        """After the right PIN: restore all tries, and move to another bank once this one is worn."""
        openings = min(self._tries.openings + 1, OPENINGS)
        self._tries.clear(openings)
        # Only now, so that no slot is being made sound while the next try needs it.
        self.banks.leave(slot.bank, data_key)
        if openings == OPENINGS:
            self._replace(Slot(PIN, slot.salt, slot.cost), pin_key, data_key)

    def mend(self, data_key: bytearray) -> bool:
        """Make the slots of used tries sound, and destroy left-over banks.

        Returns whether the bank in force belongs to this element.
        """
        self.banks.meet()
        bank = self._stored.bank
        if bank >= 0 and self.banks.owns(bank):
            self.banks.renew(bank, range(self._tries.wrong), data_key)
            self._tries.clear(self._tries.openings)
            self.banks.leave(bank, data_key)
            return True
        self.banks.leave(-1, data_key)
        return False

    def take(self, plain: Slot, pin: str, data_key: bytearray) -> None:
        """Let this element check the PIN, whose slot has no element yet."""
        self.mend(data_key)
        slot = Slot(PIN, plain.salt, ITERATIONS)
        self._replace(slot, slot.derive(pin), data_key)

    def _replace(self, slot: Slot, pin_key: bytes, data_key: bytearray) -> None:
        old = self._stored.bank
        if old >= 0 and not self.banks.owns(old):
            old = -1
        slot.bank, secret = self.banks.fill(pin_key, data_key, old)
        slot.wrap(pin_key + secret, data_key, self._stored.slots.export)
        self._stored.save(self._stored.slots.having(slot))
        try:
            self.banks.leave(slot.bank, data_key)
        except Refusal as refusal:
            # The new bank is already in force. The next right PIN continues here.
            if refusal.code != NO_ELEMENT:
                raise
        self._tries.clear()
