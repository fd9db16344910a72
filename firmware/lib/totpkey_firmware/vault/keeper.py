"""The vault for the everyday face: open or closed, and its accounts while it is open.

Functions for setup are in `vault`, so that the everyday face neither waits for them nor contains them.
"""

from totpkey_protocol.errors import NO_SUCH_SLOT, NOT_ALLOWED, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import COUNTER_MOST
from totpkey_protocol.words import BLANK, BLOCKED, DEVICE, LOCKED, OPEN

from ..clock.reckoning import Reckoning
from ..crypto.kdf import Entropy
from ..crypto.siv import BadSeal, wipe
from ..heap import forget, load
from ..store.format import BANKS, ELEMENT, TYPING, WIPING
from .key_slots import Stored
from .records import NO_BUCKET, Records, Rooms
from .sealing import DataKeys, is_genuine, read_tagged
from .settings import Settings, TypingSettings, unpack_typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..accounts import Account
    from ..store.pool import Pool
    from ..store.usage_log import UsageLog
    from .changes import Changes
    from .element_locks import FindWire
    from .journal import Journal
    from .locks import Locks
    from .pin_tries import Notes


#: The module that is loaded for the journal.
_JOURNAL = "totpkey_firmware.vault.journal"


class Keeper:
    """Everything that the key stores. After a power cut at any moment, a change is complete or absent.

    Methods that read or write flash raise Refusal (storage); those about accounts raise Refusal (not_allowed)
    unless the vault is open.
    """

    def __init__(
        self,
        pool: "Pool",
        notes: "Notes",
        now: int,
        find_wire: "FindWire | None" = None,
        rooms: "Rooms | None" = None,
    ) -> None:
        """Finish a change that a power cut has interrupted, and open the vault if there is no lock.

        `now`: ticks. `find_wire` returns the wire to a secure element; setup has no memory for one. `rooms`:
        setup's memory for accounts.

        A damaged vault is blocked, so that its owner can wipe it.
        """
        #: The pages, for data that is neither an account nor a lock.
        self.pool = pool
        self._notes = notes
        self._find_wire = find_wire
        self._started = now
        self.entropy = Entropy()
        self.keys = DataKeys()
        #: The next page to seal under a new data key. -1 after a flash error: the next change of a lock or
        #: the next start tries again.
        self.to_seal = 0
        self.rooms = rooms or Rooms()
        self._records: "Records | None" = None
        self._changes: "Changes | None" = None
        self._tidied = self._swept = False
        try:
            if pool.has(WIPING) and not len(pool):
                pool.wipe()
        except Refusal:
            # Worn flash may keep its content. It is ignored, and the key is blank.
            pass
        #: The floor of time, the chosen account, and when the key locks itself. Readable while it is locked.
        self.settings = Settings(pool)
        #: How the key types. Read while the key is locked, as it is not secret, and checked when it opens.
        self.typing_settings = unpack_typing(read_tagged(pool, TYPING))
        #: When the clock was set and how it drifts. Readable while the key is locked.
        self.reckoning = Reckoning(pool)
        self._stored = Stored(pool)
        self._made_locks: "Locks | None" = None
        if self.has(DEVICE):
            self._open_by_device()
        else:
            # The key is locked, so there is time to tidy.
            pool.tidy()
            try:
                self.locks.destroy_spent_pin()
            except Refusal:
                # The slot is still there, but with no try left the PIN opens nothing.
                pass

    @property
    def state(self) -> str:
        """The protocol's state of the key: blank, locked, open or blocked."""
        if self._records is not None:
            return OPEN
        if not len(self.pool):
            return BLANK
        return LOCKED if self.locks.usable else BLOCKED

    # Opening and closing

    def unlock_pin(self, pin: str, now: int) -> None:
        """Open with the PIN, in about a second. Only a wrong PIN costs a try.

        Raises Refusal (no_such_slot, too_many_tries, too_early, no_element, wrong_pin).
        """
        self.open(self.locks.open_by_pin(pin, now))
        if self.locks.element:
            self.locks.element.opened(pin, self.keys.present, self.backup)

    @property
    def with_element(self) -> bool:
        """Whether a secure element checks the PIN."""
        return self.bank >= 0

    @property
    def bank(self) -> int:
        """The PIN's bank in the secure element, -1 for none."""
        return self._stored.bank

    def lock(self) -> None:
        """Close, and wipe the keys. Raises Refusal (no_such_slot) if nothing could open the vault again."""
        self.settle()
        if self.has(DEVICE):
            raise Refusal(NO_SUCH_SLOT)
        self.close()

    def hand_over(self) -> bytearray:
        """A copy of the data key, for a restart after which the key stays open."""
        self.need_open()
        return bytearray(self.keys.present)

    def resume(self, data_key: bytearray) -> bool:
        """Open with a data key that was handed over. Return whether it fits. The argument is wiped."""
        if self.state != LOCKED or not self.locks.is_right(data_key):
            wipe(data_key)
            return False
        self.open(data_key)
        return True

    def has(self, kind: str) -> bool:
        """Whether there is a key slot of that kind."""
        return self._stored.has(kind)

    @property
    def locks(self) -> "Locks":
        """The rules for opening a locked vault, and for changing its locks."""
        if self._made_locks is None:
            from .locks import Locks
            from .pin_tries import Tries

            tries, element = Tries(self.pool, self._notes, self._started), None
            if self._find_wire:
                from .element_locks import ElementLocks

                element = ElementLocks(self.pool, self._stored, self.entropy, tries, self._find_wire)
            self._made_locks = Locks(self._stored, self.entropy, tries, element)
        return self._made_locks

    def _open_by_device(self) -> None:
        try:
            slot = self._stored.slot(DEVICE)
            self.open(slot.unwrap(slot.salt, self._stored.slots.export))
        except (BadSeal, Refusal):
            self.close()

    def open(self, data_key: bytearray) -> None:
        """Open with `data_key`, and wipe the argument."""
        self.keys.take(data_key, self._stored.slots.older(data_key))
        try:
            self._records, self._changes = Records(self.pool, self.keys, self.rooms), None
            if not is_genuine(self.pool, TYPING, self.keys):
                # A forged table could make the key press arbitrary keys.
                self.typing_settings = TypingSettings()
        except Refusal:
            self.close()
            raise
        self._swept = False
        self.to_seal = 0

    def close(self) -> None:
        """Forget the open accounts and the keys. What was not written is lost."""
        if self._records is not None:
            self._records.forget()
            self._records = self._changes = None
        if self._made_locks is not None:
            self._made_locks.closed()
        self.keys.forget()

    # Time passes

    def turn(self) -> None:
        """Do the repairs after a power cut that the start left for later."""
        if not self._tidied:
            self._tidied = True
            self.pool.tidy()
        if self._records is not None and not self._swept:
            self._swept = True
            try:
                self._tend_element()
                if self._records.unswept != NO_BUCKET:
                    self.changes.sweep()
            except Refusal:
                # The flash is damaged. The next start and the next change try again.
                pass
        elif self._records is not None and self.keys.two and self.to_seal >= 0:
            self.seal_one()

    def seal_one(self) -> None:
        """Seal one more page under the data key of the last change of a lock (docs/reference/storage.md)."""
        changes, number = self.changes, self.to_seal
        if changes.gathering:
            return
        self.to_seal = -1
        try:
            if changes.seal_again(number):
                self.to_seal = number + 1
            else:
                self._stored.save(self._stored.slots.settled())
                self.keys.forget_older()
        except Refusal:
            # The older key still opens the remaining pages.
            pass

    def _tend_element(self) -> None:
        """Repair the secure element's slots of used tries, if flash has a bank for one."""
        if self._find_wire and any(self.pool.has(ELEMENT, bank) for bank in range(BANKS)):
            self.locks.mend(self.keys.present)

    # Accounts

    def need_open(self) -> Records:
        """The accounts. Raises Refusal (not_allowed) unless the vault is open."""
        if self._records is None:
            raise Refusal(NOT_ALLOWED)
        return self._records

    @property
    def changes(self) -> "Changes":
        """The accounts in a form that can be changed. The first change loads it."""
        records = self.need_open()
        if self._changes is None:
            from .changes import Changes

            self._changes = Changes(self.pool, self.keys, self.rooms, records)
        return self._changes

    def settle(self) -> None:
        """Write the accounts in memory. If this raises Refusal (storage), they are lost."""
        if self._changes is not None:
            self._changes.settle()

    def __len__(self) -> int:
        """The number of accounts; 0 unless the vault is open."""
        return len(self._records) if self._records is not None else 0

    def account(self, index: int) -> "Account":
        return self.need_open().account(index)

    def identifier(self, index: int) -> int:
        return self.need_open().identifier(index)

    def index(self, identifier: int) -> int:
        """The index of the account with that identifier, or -1."""
        return self.need_open().index(identifier)

    def replace(self, index: int, account: "Account") -> None:
        """Replace an account by `account`, which has the same identifier. Raises Refusal (full)."""
        self.changes.replace(index, account)

    def count(self, account: "Account") -> None:
        """Count a code before it is given, for good. Raises Refusal (out_of_range, end_reached, full)."""
        before = account.counter, account.end
        try:
            if not account.timed:
                if account.counter >= COUNTER_MOST:
                    raise Refusal(OUT_OF_RANGE, "counter")
                account.counter += 1
            if account.end:
                from ..ends import count

                count(account)
            self.replace(self.index(account.identifier), account)
        except Refusal:
            account.counter, account.end = before
            raise

    @property
    def chosen(self) -> int:
        """The index of the account that a press types: the first account if the chosen one was removed."""
        return max(self.index(self.settings.chosen), 0)

    def choose(self, index: int) -> None:
        """Type this account from now on."""
        self.settings.choose(self.identifier(index))

    def account_sum(self) -> int:
        """A number for the set of accounts, so that adding or removing an account needs no extra write."""
        total = 0
        for index in range(len(self)):
            total = (total + self.identifier(index)) & 0xFFFFFFFF
        return total

    # Beside the accounts

    @property
    def backup(self) -> "tuple[int, bool]":
        """When the last backup was made, 0 for never; and whether accounts were added or removed since."""
        return self.settings.backup, self.settings.backed_up != self.account_sum()

    def journal(self, log: "UsageLog") -> "Journal":
        """The journal, with the marks of `log`. Its module's memory is free again with it."""
        made: "Journal" = load(_JOURNAL).Journal(self.pool, self.keys, log)
        forget((_JOURNAL,))
        return made

    def set_floor(self, time: int) -> None:
        """Set the floor. A blank key has nothing to protect, and stores no floor."""
        if self.state != BLANK:
            self.settings.set_floor(time)
