"""Stratum, once Authenticator Pro: JSON, plain or encrypted behind a mark (doc/BACKUP_FORMAT.md there)."""

from __future__ import annotations

from totpkey_readers.formats import locked
from totpkey_readers.records import documents
from totpkey_readers.records.account import HOTP, STEAM, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Stratum"
_MARK = b"AUTHENTICATORPRO"
_LEGACY_MARK = b"AuthenticatorPro"
#: Salt, nonce; then Argon2id's KiB, passes and lanes.
_SALT, _NONCE = 16, 12
_MEMORY, _PASSES, _LANES = 64 * 1024, 3, 4
_LEGACY_SALT, _LEGACY_IV, _LEGACY_ITERATIONS = 20, 16, 64_000

_TYPES = {1: HOTP, 2: TOTP, 4: STEAM}
_OTHER_TYPES = {3: "Mobile-OTP", 5: "Yandex"}
_ALGORITHMS = ("SHA1", "SHA256", "SHA512")


def recognises(document: object) -> bool:
    return isinstance(document, dict) and "Authenticators" in document


def is_encrypted(data: bytes) -> bool:
    return data.startswith((_MARK, _LEGACY_MARK))


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts of a plain export. Raises Problem."""
    contents = Contents(NAME)
    contents.take_each(Fields(document).list("Authenticators"), read_entry)
    return contents


def read_encrypted(data: bytes, ask: AskPassword) -> Contents:
    """The accounts of either encrypted kind. Raises Problem."""
    rest = data[len(_MARK) :]
    opened = _open(rest, ask(NAME)) if data.startswith(_MARK) else _open_legacy(rest, ask(NAME))
    return read(documents.parse(opened), ask)


def _open(rest: bytes, password: str) -> bytes:
    if len(rest) < _SALT + _NONCE + 16:
        raise Problem("cut_off")
    key = locked.argon2id(password, rest[:_SALT], _MEMORY, _PASSES, _LANES)
    return locked.open_gcm(key, rest[_SALT : _SALT + _NONCE], rest[_SALT + _NONCE :])


def _open_legacy(rest: bytes, password: str) -> bytes:
    at = _LEGACY_SALT + _LEGACY_IV
    if len(rest) <= at:
        raise Problem("cut_off")
    key = locked.pbkdf2(password, rest[:_LEGACY_SALT], _LEGACY_ITERATIONS, "sha1")
    return locked.open_cbc(key, rest[_LEGACY_SALT:at], rest[at:])


def read_entry(entry: Fields) -> Reading:
    """An account of the app's. Raises Problem."""
    kind = entry.number("Type")
    if kind not in _TYPES:
        other = _OTHER_TYPES.get(kind, "of a kind that is not known")
        raise Problem("other_code", other=other)
    algorithm = entry.number("Algorithm", 0)
    if not 0 <= algorithm < len(_ALGORITHMS):
        raise Problem("out_of_range", field="Algorithm")
    return account(
        entry.text("Issuer", ""),
        entry.text("Username", ""),
        entry.text("Secret"),
        _TYPES[kind],
        _ALGORITHMS[algorithm],
        entry.number("Digits", 6),
        entry.number("Period", 30),
        entry.number("Counter", 0),
    )
