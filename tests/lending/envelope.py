"""The other key of a lend, written from docs/concepts/lend-file.md alone, with PyCA `cryptography`."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.clone.other_key import record as packed
from tests.clone.other_key import siv
from totpkey.accounts.account import Account
from totpkey.link.replies import Card

LEND = b"totpkey lend 1"


@dataclass(frozen=True)
class Letter:
    """What a file seals."""

    made: int
    end: bytes
    lender: str
    record: bytes

    @property
    def secret(self) -> bytes:
        issuer, label, secret = struct.unpack_from("<HHB", self.record, 8)
        return self.record[13 + issuer + label :][:secret]

    def pack(self) -> bytes:
        name = self.lender.encode()
        return struct.pack("<I", self.made) + self.end + bytes([len(name)]) + name + self.record


def unpack(content: bytes) -> Letter:
    """The content of an opened file."""
    (made,) = struct.unpack_from("<I", content)
    length = content[16]
    return Letter(made, content[4:16], content[17 : 17 + length].decode(), content[17 + length :])


@dataclass(frozen=True)
class Borrower:
    """A staff key that a test plays."""

    private: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def card(self) -> Card:
        return Card("Anna", self.public)

    def open(self, sealed: bytes) -> Letter:
        """Open what a key has sealed. Raises cryptography's InvalidTag."""
        both = sealed[:32] + self.public
        return unpack(siv(self.private, sealed[:32], both, LEND).decrypt(sealed[32:], [LEND + both]))


def seal(card: bytes, content: bytes) -> bytes:
    """What a lender's key sends for a card."""
    private = X25519PrivateKey.generate()
    both = private.public_key().public_bytes_raw() + card
    return both[:32] + siv(private, card, both, LEND).encrypt(content, [LEND + both])


def record(
    secret: bytes, label: str = "me", issuer: str = "", kind: str = "totp", tail: bytes = b""
) -> bytes:
    """A record as in docs/reference/storage.md, without end and recipe."""
    return packed(Account(issuer, label, secret, type=kind), tail=tail, identifier=0)
