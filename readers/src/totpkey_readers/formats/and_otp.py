"""andOTP: a list in JSON, plain or encrypted by AES-GCM.

The key is PBKDF2-SHA1 of the password, with the count of rounds in front, or in older versions its SHA-256.
Nothing marks the encrypted kinds.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from totpkey_readers.formats import locked
from totpkey_readers.records import documents
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "andOTP"
_SALT = 12
_NONCE = 12
#: How many bytes are tested for randomness, and the least share of distinct values expected of random bytes.
_LOOK = 4096
_RANDOM = 0.85
_TAG = 16
#: Fields of every entry, also in GNOME Authenticator's exports.
_MARKS = ("secret", "label", "type", "thumbnail")
#: The app chooses from 140 000 to 160 000 rounds; old versions used fewer.
_ITERATIONS_LEAST = 1000
_ITERATIONS_MOST = 5_000_000


def recognises(document: object) -> bool:
    return entries_have(document, *_MARKS)


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts of a plain export. Raises Problem."""
    contents = Contents(NAME)
    contents.take_each(documents.as_list(document), _read_entry)
    return contents


def can_be(data: bytes) -> bool:
    """Whether bytes of unknown format may be an encrypted export: random but for the count in front."""
    body = data[4 : 4 + _LOOK]
    return len(data) > _NONCE + _TAG and len(set(body)) >= _RANDOM * 256 * (1 - (255 / 256) ** len(body))


def read_encrypted(data: bytes, ask: AskPassword) -> Contents:
    """The accounts of either encrypted kind. Raises Problem."""
    password = ask(NAME)
    with locked.unopened_as("andotp_password"):
        contents = read(documents.parse(_opened(data, password)), ask)
    contents.format = f"{NAME}, encrypted"
    return contents


def _opened(data: bytes, password: str) -> bytes:
    iterations = int.from_bytes(data[:4], "big")
    if _ITERATIONS_LEAST <= iterations <= _ITERATIONS_MOST and len(data) > 4 + _SALT + _NONCE + _TAG:
        salt, sealed = data[4 : 4 + _SALT], data[4 + _SALT :]
        key = locked.pbkdf2(password, salt, iterations, "sha1")
        # The first bytes of an older export may look like a count of rounds.
        with suppress(Problem):
            return locked.open_gcm(key, sealed[:_NONCE], sealed[_NONCE:])
    key = hashlib.sha256(password.encode(errors="surrogatepass")).digest()
    return locked.open_gcm(key, data[:_NONCE], data[_NONCE:])


def _read_entry(entry: Fields) -> Reading:
    issuer, label = entry.text("issuer", ""), entry.text("label", "")
    # Before version 0.6.3 the issuer stood in the label.
    if not issuer and " - " in label:
        issuer, _, label = label.partition(" - ")
    return account(
        issuer,
        label,
        entry.text("secret"),
        entry.text("type", "TOTP"),
        entry.text("algorithm", "SHA1"),
        entry.number("digits", 6),
        entry.number("period", 30),
        entry.number("counter", 0),
    )
