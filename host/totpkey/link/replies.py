"""Replies of a key, as types of the host."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.accounts import names
from totpkey_protocol import words


@dataclass(frozen=True)
class Hello:
    """A key's identity and state. `key` is its unique id, `accounts` their number (0 if not open)."""

    protocol: int
    firmware: str
    circuitpython: str
    board: str
    key: str
    face: str
    state: str
    clock: str
    accounts: int


@dataclass(frozen=True)
class KeyTime:
    """A key's clock: whether it is trusted, Unix seconds (UTC) and milliseconds."""

    clock: str
    time: int
    milliseconds: int

    @property
    def trusted(self) -> bool:
        return self.clock == words.TRUSTED

    @property
    def seconds(self) -> float:
        return self.time + self.milliseconds / 1000


@dataclass(frozen=True)
class Clock:
    """The state of a key's clock. Times are Unix seconds, rates parts per billion, 0 if unknown.

    `off`: its greatest error now, in ms. `rate`: how fast that may grow. `until`: when the budget of
    `limits.BUDGET` s is used up. `register` and `added`: the corrections of its chip's drift. `first`: its
    first time, while no person has agreed to any.
    """

    clock: str
    chip: str
    battery: str
    set: int
    until: int
    off: int
    rate: int
    register: int
    added: int
    intervals: int
    limit: int
    floor: int
    changes: int
    first: int = 0

    @property
    def drift(self) -> int:
        """The chip's measured drift without corrections."""
        return -(self.register + self.added)


@dataclass(frozen=True)
class ClockChange:
    """A change of a key's time that a person approved: the reason, the old time and the new one.

    `before` is 0 if the clock had lost its time.
    """

    reason: str
    before: int
    after: int


@dataclass(frozen=True)
class StoredAccount:
    """An account on a key, without its secret, which the key does not reveal."""

    account: str
    issuer: str
    label: str
    algorithm: str
    digits: int
    period: int
    type: str = words.TOTP
    counter: int = 0
    recipe: str = ""
    #: Its end as the key has it (`totpkey.accounts.ends`), and why it gives no code: one of `words.OVER`.
    end: str = ""
    over: str = ""
    #: Who lent it by a file; empty for one of the key's own.
    lender: str = ""
    #: Whether a press types its code.
    chosen: bool = False

    @property
    def name(self) -> str:
        return names.join(self.issuer, self.label)

    @property
    def lost(self) -> bool:
        """Whether the key cannot read it any more. It can still be removed."""
        return self.name == words.UNREADABLE


@dataclass(frozen=True)
class Card:
    """A key's card for what others lend it: its name and its public half (X25519, 32 bytes)."""

    name: str
    public: bytes


@dataclass(frozen=True)
class Accepted:
    """An account that a file has brought, or whose end it has renewed."""

    account: str
    added: bool


@dataclass(frozen=True)
class Added:
    """An account just stored, and the key's code that proves it."""

    account: str
    code: str


@dataclass(frozen=True)
class Code:
    """A code, and the key's time (Unix seconds) for it: 0 for a code by counter of a key without a time."""

    code: str
    time: int


@dataclass(frozen=True)
class Uses:
    """How often a code was typed or read, and when last, Unix seconds (0: never)."""

    count: int
    last: int


@dataclass(frozen=True)
class JournalReply:
    """A key's journal: where its chain of hashes begins, the hash before the entries, how many were dropped
    before them, and the entries, packed (`totpkey.journal`).
    """

    name: bytes
    before: bytes
    dropped: int
    entries: bytes


@dataclass(frozen=True)
class Slots:
    """What opens a key. `device`: no lock. `tries`: remaining PIN tries, the next after `wait` s.

    `export`: whether accounts may leave it, encrypted, for backups. `element`: whether a secure element
    answers. `with_element`: whether the PIN is one with it.
    """

    device: bool
    pin: bool
    passphrase: bool
    tries: int
    wait: int
    export: bool
    element: bool = False
    with_element: bool = False


@dataclass(frozen=True)
class Element:
    """A secure element's certificates (`totpkey.locks.certificates`), and the public key of the one that the
    PIN needs: 32 bytes, none where it needs none.
    """

    certificates: bytes
    key: bytes


@dataclass(frozen=True)
class BackupNote:
    """Time of a key's last backup, Unix seconds (0: never), and whether accounts changed since."""

    time: int
    changed: bool


@dataclass(frozen=True)
class Locking:
    """When a key locks itself: after `idle` seconds without a touch (0: never), and on a suspend."""

    idle: int
    suspend: bool


@dataclass(frozen=True)
class Firmware:
    """The slot that firmware runs from, and whether the next start uses it. `size`: of a slot, in bytes."""

    layout: int
    slot: str
    kept: bool
    size: int
    digest: str


@dataclass(frozen=True)
class Health:
    """A board's condition. `free`: KB on its drive. `held`: seconds that its button has been down."""

    free: int
    intact: bool
    pull_ups: bool
    held: int


@dataclass(frozen=True)
class Typing:
    """How a key types.

    `pace` is the time between two reports and `delay` the time before the first, in ms. `margin` is for how
    many seconds a typed code must remain valid. `layout` names the layout of letters, "" for none.
    """

    mode: str
    pace: int
    delay: int
    margin: int
    layout: str
