"""The other key of a clone, played by a test."""

from __future__ import annotations

import base64
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from totpkey.accounts.account import Account

CLONE = b"totpkey clone"
#: Points of low order (RFC 7748 section 7): with these, anybody knows what is in common.
LOW_ORDER = [
    bytes(32),
    bytes((1, *bytes(31))),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
]


def siv(private: X25519PrivateKey, peer: bytes, salt: bytes, purpose: bytes) -> AESSIV:
    """What seals between two keys, by the secret that they have in common."""
    shared = private.exchange(X25519PublicKey.from_public_bytes(peer))
    return AESSIV(HKDF(SHA256(), 64, salt, purpose).derive(shared))


class Other:
    """The other key in a clone."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def seals(self, peer: bytes, sends: bool) -> AESSIV:
        return siv(self._private, peer, self.public + peer if sends else peer + self.public, CLONE)

    def send(self, peer: bytes, record: bytes) -> str:
        return base64.b64encode(self.seals(peer, True).encrypt(record, [CLONE])).decode()


def record(account: Account, digits: int = 0, tail: bytes = b"", identifier: int = 7) -> bytes:
    """As in docs/reference/storage.md."""
    issuer, label = account.issuer.encode(), account.label.encode()
    algorithm = ["SHA1", "SHA256", "SHA512"].index(account.algorithm)
    kind = ["totp", "hotp", "steam"].index(account.type)
    head = struct.pack(
        "<IBBHHHB",
        identifier,
        algorithm,
        digits or account.digits,
        account.period,
        len(issuer),
        len(label),
        len(account.secret),
    )
    recipe = account.recipe.encode()
    return head + issuer + label + account.secret + struct.pack("<BI", kind, account.counter) + recipe + tail
