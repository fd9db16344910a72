"""The whole vault, for setup, in which its contents and its locks can be changed."""

from totpkey_protocol.errors import EXPORT_OFF, NOT_ALLOWED, Refusal
from totpkey_protocol.words import BLANK

from ..clock.ledger import Ledger
from ..crypto.kdf import expand
from ..crypto.siv import TAG, seal_in_place, wipe
from ..store.format import CARD, TYPING
from .changes import Changes
from .keeper import Keeper
from .records import MOST, Rooms
from .sealing import Tagged
from .settings import Settings, TypingSettings, pack_typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..accounts import Account
    from ..store.pool import Pool
    from .lock_changes import LockChanges
    from .pin_tries import Notes

#: The purpose for which the key of an export is expanded.
_EXPORT = b"totpkey export"


class Vault(Keeper):
    """Methods that need an open vault raise Refusal (not_allowed); those that write, Refusal (storage)."""

    def __init__(
        self, pool: "Pool", notes: "Notes", now: int, rest: "Callable[[], None] | None" = None
    ) -> None:
        """`rest` is called between pages that are written in a row, to feed the watchdog."""
        self.ledger = Ledger(pool)
        self._rest = rest
        super().__init__(pool, notes, now, None, self.ledger, Rooms(MOST, MOST), Changes)

    def create(self, export: bool = True) -> None:
        """Create the vault. Anyone who holds the key can use it until there is a lock."""
        if self.state != BLANK:
            raise Refusal(NOT_ALLOWED)
        self._open(self.locks.create(export))
        if self.ledger.synced:
            # Before the vault existed, neither could be stored.
            self.ledger.save()
            self.set_floor(self.ledger.synced)

    def wipe(self) -> None:
        """Forget everything. A wipe that has begun is finished, by the next start if necessary.

        If some flash keeps its content, the key is blank, and this raises Refusal (storage) at the end.
        """
        self._close()
        self.locks.forget()
        try:
            self.pool.wipe()
        finally:
            self._settings = Settings(self.pool)
            self.typing_settings = TypingSettings()
            self.ledger.forget()

    def unlock_derived(self, derived: bytes) -> None:
        """Open with the value that the host derived from the passphrase. Restores all tries of the PIN.

        Raises Refusal (no_such_slot, wrong_passphrase).
        """
        self._open(self.locks.open_by_passphrase(derived))

    def lock(self) -> None:
        """Close, and wipe the keys. Raises Refusal (no_such_slot) if nothing could open the vault again."""
        self.settle()
        super().lock()

    def random(self, length: int) -> bytearray:
        """That many fresh random bytes."""
        return self._entropy.take(length)

    def new_identifier(self) -> int:
        """An identifier that no account has. 0 stands for none."""
        identifier = int.from_bytes(self.random(4), "big") or 1
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
        while self._keys.two and self._to_seal >= 0:
            self._seal_one()
            if self._rest:
                self._rest()

    def _lock_changes(self) -> "LockChanges":
        # Also where flash has refused a page before.
        self._to_seal = max(self._to_seal, 0)
        self.finish_sealing()
        # All pages have to be sealed again.
        self._to_seal = 0
        return self.locks.changing(self._keys)

    # Accounts

    def settle(self) -> None:
        """Write the accounts in memory. If this raises Refusal (storage), they are lost."""
        if self._records is not None:
            self.changes.settle()

    def remove(self, index: int) -> None:
        """Forget an account for good. The file of a borrowed one does not bring it back."""
        if self.pool.has(CARD):
            from .card import note_removed

            note_removed(self, index)
        self.changes.remove(index, self._rest)

    @property
    def room(self) -> bytearray:
        """Memory for one record behind its seal's tag. The next record overwrites it."""
        return self._rooms.record

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
        account = self.shared(index)
        sealed = memoryview(self.room)[: account.pack_into(self.room, TAG)]
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
        self._settings.note_backup(time, self._sum())

    def note_setback(self) -> None:
        """Note that the clock lost its time, or is set back: no date and no hour of an end can be judged any
        more. A blank key has no account with an end.
        """
        if self.state != BLANK:
            self._settings.note_setback()

    def set_locking(self, idle: int, suspend: bool) -> None:
        """Set when the key locks itself."""
        self._need_open()
        self._settings.save(self._settings.floor, self._settings.chosen, idle, suspend)

    def set_typing_settings(self, typing_settings: TypingSettings) -> None:
        """Set how the key types."""
        self._need_open()
        self.pool.write(TYPING, Tagged(self._keys.present, TYPING, pack_typing(typing_settings)))
        self.typing_settings = typing_settings
