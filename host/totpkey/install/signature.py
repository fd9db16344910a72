"""Ed25519 signatures in minisign's format, so that minisign, signify and OpenSSL can check them without us.

A public key is `Ed`, an id of 8 bytes and the key, in base64 below a line of comment. A signature is `Ed` (of
the file) or `ED` (of the file's BLAKE2b-512), the key's id and the signature, in base64; below it stand a
comment and a second signature, of the first one and that comment. docs/decisions/releases.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PLAIN, _HASHED = b"Ed", b"ED"
_ID, _KEY, _SIGNATURE = 8, 32, 64
_UNTRUSTED, _TRUSTED = "untrusted comment: ", "trusted comment: "


class Malformed(Exception):
    """A text that is no key or no signature of this format."""


@dataclass(frozen=True)
class PublicKey:
    """`ident` only tells keys apart: minisign draws it at random, for ours it follows from the key."""

    ident: bytes
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> PublicKey:
        return cls(hashlib.sha256(raw).digest()[:_ID], raw)

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read a key's line, or the file that has it below its comment. Raises Malformed."""
        lines = [line for line in text.splitlines() if not line.startswith(_UNTRUSTED)]
        if len(lines) != 1:
            raise Malformed
        data = _decoded(lines[0], len(_PLAIN) + _ID + _KEY)
        if not data.startswith(_PLAIN):
            raise Malformed
        return cls(data[2 : 2 + _ID], data[2 + _ID :])

    @property
    def line(self) -> str:
        """The key in one line, as minisign's option -P takes it."""
        return _encoded(_PLAIN + self.ident + self.raw)

    @property
    def file(self) -> str:
        return f"{_UNTRUSTED}minisign public key {self}\n{self.line}\n"

    def signed(self, data: bytes, raw: bytes) -> bool:
        """Whether `raw` is this key's signature of `data`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(raw, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        """The id as minisign shows it."""
        return f"{int.from_bytes(self.ident, 'little'):016X}"


@dataclass(frozen=True)
class Signature:
    """A signature file that was read, and not yet checked."""

    is_hashed: bool
    ident: bytes
    raw: bytes
    comment: str
    of_comment: bytes

    @classmethod
    def parse(cls, data: bytes) -> Signature:
        """Raises Malformed."""
        try:
            lines = data.decode("utf-8").splitlines()
        except UnicodeDecodeError:
            raise Malformed from None
        if len(lines) != 4 or not (lines[0].startswith(_UNTRUSTED) and lines[2].startswith(_TRUSTED)):
            raise Malformed
        first = _decoded(lines[1], len(_PLAIN) + _ID + _SIGNATURE)
        if first[:2] not in (_PLAIN, _HASHED):
            raise Malformed
        return cls(
            first[:2] == _HASHED,
            first[2 : 2 + _ID],
            first[2 + _ID :],
            lines[2].removeprefix(_TRUSTED),
            _decoded(lines[3], _SIGNATURE),
        )

    def fits(self, data: bytes, key: PublicKey) -> bool:
        """Whether `key` signed `data` and the comment."""
        signed = hashlib.blake2b(data).digest() if self.is_hashed else data
        is_by_key = key.signed(signed, self.raw) and key.signed(
            self.raw + self.comment.encode(), self.of_comment
        )
        return is_by_key and self.ident == key.ident


def public_key(private: Ed25519PrivateKey) -> PublicKey:
    return PublicKey.of(private.public_key().public_bytes_raw())


def sign(data: bytes, private: Ed25519PrivateKey, comment: str) -> bytes:
    """Return the content of a signature file."""
    key, raw = public_key(private), private.sign(data)
    of_comment = private.sign(raw + comment.encode())
    lines = (
        f"{_UNTRUSTED}signature by key {key}",
        _encoded(_PLAIN + key.ident + raw),
        _TRUSTED + comment,
        _encoded(of_comment),
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str, length: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Malformed from None
    if len(data) != length:
        raise Malformed
    return data
