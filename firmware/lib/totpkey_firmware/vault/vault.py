"""The whole vault, for setup, in which its contents and its locks can be changed."""

from totpkey_protocol.errors import EXPORT_OFF, NOT_ALLOWED, Refusal
from totpkey_protocol.words import BLANK

from ..crypto.kdf import expand
from ..crypto.siv import TAG, seal_in_place, wipe
from ..heap import load
from ..store.format import CARD, CLOCK, TYPING
from .keeper import Keeper
from .records import MOST, Rooms
from .sealing import Tagged
from .settings import Settings, TypingSettings, pack_typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..accounts import Account
    from ..clock.ledger import Ledger
    from ..store.pool import Pool
    from .lock_changes import LockChanges
    from .pin_tries import Notes

#: The purpose for which the key of an export is expanded.
_EXPORT = b"totpkey export"
_LEDGER = "totpkey_firmware.clock.ledger"


class Vault:
    """What only setup may do with the vault, and what it knows about the clock.

    Methods that need an open vault raise Refusal (not_allowed); those that write, Refusal (storage).
    """

    def __init__(self, pool: "Pool", notes: "Notes", now: int) -> None:
        #: The vault as it is in the everyday face, too.
        self.keeper = Keeper(pool, notes, now, None, Rooms(MOST, MOST))
        #: The clock's page while the key is blank.
        self._clock_page = bytearray()

    @property
    def ledger(self) -> "Ledger":
        """What the key knows about its clock, read anew: setup's heap has no room for it all the time."""
        ledger: "type[Ledger]" = load(_LEDGER).Ledger
        return ledger(self.keeper.pool, self.keeper.reckoning, self._clock_page)

    def create(self, export: bool = True) -> None:
        """Create the vault. Anyone who holds the key can use it until there is a lock."""
        keeper = self.keeper
        if keeper.state != BLANK:
            raise Refusal(NOT_ALLOWED)
        keeper.open(keeper.locks.create(export))
        if self._clock_page:
            # Before the vault existed, neither could be stored.
            keeper.pool.write(CLOCK, self._clock_page)
            self._clock_page[:] = b""
            keeper.set_floor(keeper.reckoning.synced)

    def wipe(self) -> None:
        """Forget everything. A wipe that has begun is finished, by the next start if necessary.

        If some flash keeps its content, the key is blank, and this raises Refusal (storage) at the end.
        """
        keeper = self.keeper
        keeper.close()
        keeper.locks.forget()
        try:
            keeper.pool.wipe()
        finally:
            keeper.settings = Settings(keeper.pool)
            keeper.typing_settings = TypingSettings()
            keeper.reckoning.forget()
            self._clock_page[:] = b""

    def unlock_derived(self, derived: bytes) -> None:
        """Open with the value that the host derived from the passphrase. Restores all tries of the PIN.

        Raises Refusal (no_such_slot, wrong_passphrase).
        """
        self.keeper.open(self.keeper.locks.open_by_passphrase(derived))

    def new_identifier(self) -> int:
        """An identifier that no account has. 0 stands for none."""
        identifier = int.from_bytes(self.keeper.entropy.take(4), "big") or 1
        # Count up instead of drawing again, because the chip's random source may be stuck.
        while self.keeper.index(identifier) >= 0:
            identifier = identifier % 0xFFFFFFFF + 1
        return identifier

    # Locks

    def set_pin(self, pin: str) -> bool:
        """Set or change the PIN, in about a second. A secure element checks it only after it was next entered
        in the everyday face.

        Like the other changes of locks, returns whether there is a new data key. If so, no older copy of the
        flash, with the locks that it had, opens what is written from now on.
        """
        return self._lock_changes().set_pin(pin)

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bool:
        """Set or change the passphrase. `derived` is the result on the host, the rest are the parameters."""
        return self._lock_changes().set_passphrase(derived, salt, memory, passes, lanes)

    def remove_slot(self, kind: str) -> bool:
        """Remove a lock. After the last, anyone who holds the key can type. Raises Refusal (no_such_slot)."""
        return self._lock_changes().remove(kind)

    def finish_sealing(self) -> None:
        """Seal at once what is still sealed under an older data key, unless flash refuses."""
        keeper = self.keeper
        keeper.changes.settle()
        while keeper.keys.two and keeper.to_seal >= 0:
            keeper.seal_one()

    def _lock_changes(self) -> "LockChanges":
        keeper = self.keeper
        # Also where flash has refused a page before.
        keeper.to_seal = max(keeper.to_seal, 0)
        self.finish_sealing()
        # All pages have to be sealed again.
        keeper.to_seal = 0
        return keeper.locks.changing(keeper.keys)

    # Accounts

    def remove(self, index: int) -> None:
        """Forget an account for good. The file of a borrowed one does not bring it back."""
        keeper = self.keeper
        if keeper.pool.has(CARD):
            from .card import note_removed

            note_removed(keeper, index)
        keeper.changes.remove(index)

    def shared(self, index: int) -> "Account":
        """An account that may leave the key.

        Raises Refusal (export_off), or (not_allowed) for an account with an end, which a copy would not have.
        """
        account = self.keeper.account(index)
        if not self.keeper.locks.export_allowed:
            raise Refusal(EXPORT_OFF)
        if account.end:
            raise Refusal(NOT_ALLOWED, "account")
        return account

    def sealed(self, index: int, key: "bytes | bytearray", purpose: bytes) -> memoryview:
        """An account's record, sealed by AES-SIV, until the next one. Raises Refusal as `shared` does."""
        account, room = self.shared(index), self.keeper.rooms.record
        sealed = memoryview(room)[: account.pack_into(room, TAG)]
        seal_in_place(key, (purpose,), sealed)
        return sealed

    def export(self, index: int, derived: bytes) -> memoryview:
        """The same, sealed under a key expanded from `derived`."""
        key = expand(derived, _EXPORT)
        try:
            return self.sealed(index, key, _EXPORT)
        finally:
            wipe(key)

    def note_backup(self, time: int) -> None:
        """Note that the computer has a complete backup of all accounts. `time`: Unix time."""
        self.keeper.settings.note_backup(time, self.keeper.account_sum())

    def note_setback(self) -> None:
        """Note that the clock lost its time, or is set back: no date and no hour of an end can be judged any
        more. A blank key has no account with an end.
        """
        if self.keeper.state != BLANK:
            self.keeper.settings.note_setback()

    def set_locking(self, idle: int, suspend: bool) -> None:
        """Set when the key locks itself."""
        self.keeper.need_open()
        settings = self.keeper.settings
        settings.save(settings.floor, settings.chosen, idle, suspend)

    def set_typing_settings(self, typing_settings: TypingSettings) -> None:
        """Set how the key types."""
        keeper = self.keeper
        keeper.need_open()
        keeper.pool.write(TYPING, Tagged(keeper.keys.present, TYPING, pack_typing(typing_settings)))
        keeper.typing_settings = typing_settings
