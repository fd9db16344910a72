"""What a key tells, in the host's types."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.accounts import names
from totpkey_protocol import words


@dataclass(frozen=True)
class Hello:
    """What a key says about itself. `key` is its unique id, `accounts` how many it holds (0 if not open)."""

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
    """What a key knows of its clock. Times are Unix seconds, rates parts per billion; 0 where it knows none.

    `off`: by how many ms it may be off now, `rate`: by how much it may go wrong, `until`: when the budget of
    `limits.BUDGET` s is used up, `register` and `added`: what is done against the drift of its chip.
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

    @property
    def drift(self) -> int:
        """How fast the chip runs by itself, as measured."""
        return -(self.register + self.added)


@dataclass(frozen=True)
class ClockChange:
    """A change of a key's time that a person agreed to: why that was asked for, and from when to when.

    `before` is 0 where the clock had lost its time.
    """

    reason: str
    before: int
    after: int


@dataclass(frozen=True)
class StoredAccount:
    """An account on a key, by its id; the key keeps the secret to itself."""

    account: str
    issuer: str
    label: str
    algorithm: str
    digits: int
    period: int
    type: str = words.TOTP
    counter: int = 0
    recipe: str = ""

    @property
    def name(self) -> str:
        return names.join(self.issuer, self.label)

    @property
    def lost(self) -> bool:
        """Whether the key cannot read it any more; it can be removed."""
        return self.name == words.UNREADABLE


@dataclass(frozen=True)
class Added:
    """An account just stored, and the code with which the key proved it."""

    account: str
    code: str


@dataclass(frozen=True)
class Code:
    """A code, and the key's time (Unix seconds) that it was computed for."""

    code: str
    time: int


@dataclass(frozen=True)
class Uses:
    """How often a code was typed or read, and when last, Unix seconds (0: never)."""

    count: int
    last: int


@dataclass(frozen=True)
class Slots:
    """What opens a key. `device`: whoever holds it. `tries`: wrong PINs left, the next in `wait` s.

    `export`: whether accounts may leave it, sealed, for backups.
    """

    device: bool
    pin: bool
    passphrase: bool
    tries: int
    wait: int
    export: bool


@dataclass(frozen=True)
class BackupNote:
    """When a key's last backup was made, Unix seconds (0: never), and whether accounts came or went since."""

    time: int
    changed: bool


@dataclass(frozen=True)
class Locking:
    """When a key locks itself: after `idle` seconds without a touch (0: never), and on a suspend."""

    idle: int
    suspend: bool


@dataclass(frozen=True)
class Firmware:
    """From which slot a key's firmware runs, and whether the next start does. `size`: bytes of a slot."""

    layout: int
    slot: str
    kept: bool
    size: int
    digest: str


@dataclass(frozen=True)
class Health:
    """How a board is. `free`: KB on its drive. `held`: seconds that its button has been down."""

    free: int
    intact: bool
    pull_ups: bool
    held: int


@dataclass(frozen=True)
class Typing:
    """How a key types.

    `pace` is the time between two reports and `delay` the time before the first, in ms; `margin` for how many
    seconds a code must still live once it is typed. `layout` names the layout of letters, "" for none.
    """

    mode: str
    pace: int
    delay: int
    margin: int
    layout: str
