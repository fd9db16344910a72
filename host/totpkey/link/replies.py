"""Replies of a key, as types: those of the definition, and those that a method of the client makes."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey_protocol import words
from totpkey_protocol.answers import (
    BackupNote,
    Clock,
    ClockChange,
    Firmware,
    Health,
    Hello,
    KeyTime,
    Locking,
    Slots,
    Uses,
)
from totpkey_readers.records.account import joined_name

__all__ = [
    "Added",
    "BackupNote",
    "Clock",
    "ClockChange",
    "Code",
    "Element",
    "Firmware",
    "Health",
    "Hello",
    "KeyTime",
    "Locking",
    "Slots",
    "StoredAccount",
    "Typing",
    "Uses",
]


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
        return joined_name(self.issuer, self.label)

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
class JournalReply:
    """A key's journal: where its chain of hashes begins, the hash before the entries, how many were dropped
    before them, and the entries, packed (`totpkey.journal`).
    """

    name: bytes
    before: bytes
    dropped: int
    entries: bytes


@dataclass(frozen=True)
class LoansReply:
    """A key's book of loans: whether an earlier one could not be read, how many loans there were since, and
    those that it has, packed (`totpkey.lending`).
    """

    lost: bool
    count: int
    loans: bytes


@dataclass(frozen=True)
class Element:
    """A secure element's certificates (`totpkey.locks.certificates`), and the public key of the one that the
    PIN needs: 32 bytes, none where it needs none.
    """

    certificates: bytes
    key: bytes


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
