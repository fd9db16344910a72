"""The vault as the rest of the firmware sees it: open or closed, and the accounts in it while it is open."""

from totpkey_protocol.commands import BLANK, BLOCKED, DEVICE, LOCKED, OPEN
from totpkey_protocol.errors import EXPORT_OFF, NO_SUCH_SLOT, NOT_ALLOWED, Refusal

from . import pages
from .kdf import Entropy, expand
from .locks import Locks
from .records import Records
from .settings import Settings
from .siv import BadSeal, seal, wipe

try:
    from ..accounts import Account
    from .pages import Pool
    from .tries import Notes
except ImportError:
    pass

#: What the key of an export is expanded for.
_EXPORT = b"totpkey export"


class Vault:
    """All that the key stores. Every change is there wholly or not at all, wherever the power is cut.

    Methods that read or write flash raise Refusal (storage); those about accounts raise Refusal (not_allowed)
    unless the vault is open.
    """

    def __init__(self, pool: "Pool", notes: "Notes", now: int) -> None:
        """Finish what a cut has left, and open it if there is no lock. `now`: ticks.

        A vault that is damaged comes up blocked, so that its owner can wipe it.
        """
        self._pool = pool
        self._entropy = Entropy()
        self._data_key = bytearray()
        self._records: "Records | None" = None
        if pool.has(pages.WIPING):
            pool.wipe()
        self._settings = Settings(pool)
        self._locks = Locks(pool, notes, self._entropy, now)
        if self.has(DEVICE):
            self._open_by_device()
        else:
            # Nobody waits for a code.
            pool.tidy()

    @property
    def state(self) -> str:
        """The protocol's state of the key: blank, locked, open or blocked."""
        if self._records is not None:
            return OPEN
        if not len(self._pool):
            return BLANK
        return LOCKED if self._locks.usable else BLOCKED

    def stir(self, data: bytes) -> None:
        """Mix what is hard to guess from outside into all random numbers to come."""
        self._entropy.stir(data)

    def create(self, export: bool = True) -> None:
        """Make a vault, open to whoever holds the key until there is a lock."""
        if self.state != BLANK:
            raise Refusal(NOT_ALLOWED)
        self._open(self._locks.create(export))

    def wipe(self) -> None:
        """Forget everything. Once this has begun it is finished, by the next start if need be."""
        self._close()
        self._locks.forget()
        self._pool.wipe()
        self._settings = Settings(self._pool)

    def turn(self) -> None:
        """Finish what a cut has left, if it did not have to be done at once."""
        self._pool.tidy()
        if self._records is not None:
            self._records.sweep()

    # Opening and closing

    def unlock_pin(self, pin: str, now: int) -> None:
        """Open by PIN, in about a second.

        Raises Refusal (no_such_slot, too_many_tries, too_early, wrong_pin); only the last has cost a try.
        """
        self._open(self._locks.open_by_pin(pin, now))

    def unlock_derived(self, derived: bytes) -> None:
        """Open by what the host derived from the passphrase. Gives back all tries of the PIN.

        Raises Refusal (no_such_slot, wrong_passphrase).
        """
        self._open(self._locks.open_by_passphrase(derived))

    def lock(self) -> None:
        """Close, and wipe the keys. Raises Refusal (no_such_slot) where nothing could open it again."""
        if self.has(DEVICE):
            raise Refusal(NO_SUCH_SLOT)
        self._close()

    def hand_over(self) -> bytearray:
        """A copy of the data key, for a start that shall come up open."""
        self._need_open()
        return bytearray(self._data_key)

    def resume(self, data_key: bytearray) -> bool:
        """Open by a data key that was handed over, if it is this vault's; whether it was. It is used up."""
        if self.state != LOCKED or not self._locks.is_right(data_key):
            wipe(data_key)
            return False
        self._open(data_key)
        return True

    def _open_by_device(self) -> None:
        try:
            self._open(self._locks.open_by_device())
        except (BadSeal, Refusal):
            self._close()

    def _open(self, data_key: bytearray) -> None:
        try:
            self._records = Records(self._pool, data_key)
        except Refusal:
            wipe(data_key)
            raise
        self._data_key = data_key

    def _close(self) -> None:
        if self._records is not None:
            self._records.forget()
            self._records = None
        wipe(self._data_key)

    def _need_open(self) -> Records:
        if self._records is None:
            raise Refusal(NOT_ALLOWED)
        return self._records

    # Locks

    def has(self, kind: str) -> bool:
        """Whether there is a key slot of that kind."""
        return self._locks.has(kind)

    @property
    def export_allowed(self) -> bool:
        """Whether accounts may leave the key, sealed: settled when the vault is made."""
        return self._locks.export_allowed

    @property
    def tries_left(self) -> int:
        """Wrong PINs that are still allowed, 0 where there is no PIN."""
        return self._locks.tries_left

    def wait_ms(self, now: int) -> int:
        """How long until a PIN is taken."""
        return self._locks.wait_ms(now)

    def passphrase(self) -> "tuple[bytes, int, int, int]":
        """Salt, KiB, passes and lanes by which to derive (Argon2id, RFC 9106).

        Raises Refusal (no_such_slot).
        """
        return self._locks.passphrase()

    def set_pin(self, pin: str) -> None:
        """Set or change the PIN, in about a second."""
        self._need_open()
        self._locks.set_pin(pin, self._data_key)

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> None:
        """Set or change the passphrase: what the host derived from it, and how."""
        self._need_open()
        self._locks.set_passphrase(derived, salt, memory, passes, lanes, self._data_key)

    def remove_slot(self, kind: str) -> None:
        """Take a lock away; after the last, whoever holds the key can type. Raises Refusal (no_such_slot)."""
        self._need_open()
        self._locks.remove(kind, self._data_key)

    # Accounts

    def __len__(self) -> int:
        """How many accounts, 0 unless the vault is open."""
        return len(self._records) if self._records is not None else 0

    def account(self, index: int) -> "Account":
        return self._need_open().account(index)

    def index(self, identifier: int) -> int:
        """Where the account with that identifier stands, or -1."""
        return self._need_open().index(identifier)

    def add(self, account: "Account") -> int:
        """Store one more account, last; its index. Raises Refusal (full)."""
        return self._need_open().add(account)

    def replace(self, index: int, account: "Account") -> None:
        """Put `account`, of the same identifier, where another stood. Raises Refusal (full)."""
        self._need_open().replace(index, account)

    def remove(self, index: int) -> None:
        """Forget an account."""
        self._need_open().remove(index)

    def move(self, index: int, position: int) -> None:
        """Give an account another place in the order."""
        self._need_open().move(index, position)

    def export(self, index: int, derived: bytes) -> bytes:
        """An account's record, sealed by AES-SIV under a key expanded from `derived`.

        Raises Refusal (export_off).
        """
        records = self._need_open()
        if not self.export_allowed:
            raise Refusal(EXPORT_OFF)
        key = expand(derived, _EXPORT)
        sealed = seal(key, (_EXPORT,), records.account(index).pack())
        wipe(key)
        return bytes(sealed)

    # Settings

    @property
    def chosen(self) -> int:
        """The index of the account that is typed; the first, if that one is gone."""
        return max(self.index(self._settings.chosen), 0)

    def choose(self, index: int) -> None:
        """Type this account from now on."""
        kept = self._settings
        kept.save(kept.floor, self._need_open().identifier(index), kept.idle, kept.suspend)

    @property
    def floor(self) -> int:
        """The Unix time before which no time is believed."""
        return self._settings.floor

    def set_floor(self, time: int) -> None:
        """Set the floor. A blank key has nothing to protect, and keeps none."""
        kept = self._settings
        if self.state != BLANK:
            kept.save(time, kept.chosen, kept.idle, kept.suspend)

    @property
    def idle(self) -> int:
        """Seconds without a touch after which the key locks itself, 0 for never."""
        return self._settings.idle

    @property
    def suspend(self) -> bool:
        """Whether the key locks itself when the computer goes to sleep."""
        return self._settings.suspend

    def set_locking(self, idle: int, suspend: bool) -> None:
        """Set when the key locks itself."""
        self._need_open()
        self._settings.save(self._settings.floor, self._settings.chosen, idle, suspend)
