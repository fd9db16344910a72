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


class Vault(Keeper):
    """The vault in setup, where its contents, its locks and what it knows of the clock can be changed.

    Methods that need an open vault raise Refusal (not_allowed); those that write, Refusal (storage).
    """

    def __init__(self, pool: "Pool", notes: "Notes", now: int) -> None:
        super().__init__(pool, notes, now, None, Rooms(MOST, MOST))
        #: The clock's page while the key is blank.
        self._clock_page = bytearray()

    @property
    def ledger(self) -> "Ledger":
        """What the key knows about its clock, read anew: setup's heap has no room for it all the time."""
        ledger: "type[Ledger]" = load(_LEDGER).Ledger
        return ledger(self.pool, self.reckoning, self._clock_page)

    def create(self, export: bool = True) -> None:
        """Create the vault. Anyone who holds the key can use it until there is a lock."""
        if self.state != BLANK:
            raise Refusal(NOT_ALLOWED)
        self.open(self.locks.create(export))
        if self._clock_page:
            # Before the vault existed, neither could be stored.
            self.pool.write(CLOCK, self._clock_page)
            self._clock_page[:] = b""
            self.set_floor(self.reckoning.synced)

    def wipe(self) -> None:
        """Forget everything. A wipe that has begun is finished, by the next start if necessary.

        If some flash keeps its content, the key is blank, and this raises Refusal (storage) at the end.
        """
        self.close()
        self.locks.forget()
        try:
            self.pool.wipe()
        finally:
            self.settings = Settings(self.pool)
            self.typing_settings = TypingSettings()
            self.reckoning.forget()
            self._clock_page[:] = b""

    def unlock_derived(self, derived: bytes) -> None:
        """Open with the value that the host derived from the passphrase. Restores all tries of the PIN.

        Raises Refusal (no_such_slot, wrong_passphrase).
        """
        self.open(self.locks.open_by_passphrase(derived))

    def new_identifier(self) -> int:
        """An identifier that no account has. 0 stands for none."""
        identifier = int.from_bytes(self.entropy.take(4), "big") or 1
        # Count up instead of drawing again, because the chip's random source may be stuck.
        while self.index(identifier) >= 0:
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
        self.changes.settle()
        while self.keys.two and self.to_seal >= 0:
            self.seal_one()

    def _lock_changes(self) -> "LockChanges":
        # Also where flash has refused a page before.
        self.to_seal = max(self.to_seal, 0)
        self.finish_sealing()
        # All pages have to be sealed again.
        self.to_seal = 0
        return self.locks.changing(self.keys)

    # Accounts

    def remove(self, index: int) -> None:
        """Forget an account for good. The file of a borrowed one does not bring it back."""
        if self.pool.has(CARD):
            from .card import note_removed

            note_removed(self, index)
        self.changes.remove(index)

    def shared(self, index: int) -> "Account":
        """An account that may leave the key.

        Raises Refusal (export_off), or (not_allowed) for an account with an end, which a copy would not have.
        """
        account = self.account(index)
        if not self.locks.export_allowed:
            raise Refusal(EXPORT_OFF)
        if account.end:
            raise Refusal(NOT_ALLOWED, "account")
        return account

    def sealed(self, index: int, key: "bytes | bytearray", purpose: bytes) -> memoryview:
        """An account's record, sealed by AES-SIV, until the next one. Raises Refusal as `shared` does."""
        account, room = self.shared(index), self.rooms.record
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
        self.settings.note_backup(time, self.account_sum())

    def note_setback(self) -> None:
        """Note that the clock lost its time, or is set back: no date and no hour of an end can be judged any
        more. A blank key has no account with an end.
        """
        if self.state != BLANK:
            self.settings.note_setback()

    def set_locking(self, idle: int, suspend: bool) -> None:
        """Set when the key locks itself."""
        self.need_open()
        settings = self.settings
        settings.save(settings.floor, settings.chosen, idle, suspend)

    def set_typing_settings(self, typing_settings: TypingSettings) -> None:
        """Set how the key types."""
        self.need_open()
        self.pool.write(TYPING, Tagged(self.keys.present, TYPING, pack_typing(typing_settings)))
        self.typing_settings = typing_settings
