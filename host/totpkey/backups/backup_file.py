"""Backups: the records that a key sealed, in one file under a passphrase (docs/reference/backup-file.md)."""

from __future__ import annotations

import base64
import hmac
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.i18n import reader_words
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.locks import passphrase
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import record
from totpkey_readers.records import documents
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

FORMAT = "totpkey backup"
VERSION = 1
#: The largest file that is read as a backup, in bytes.
LARGEST = 8 << 20

#: What the passphrase's key is expanded for (HKDF-SHA256): for the key's records, and for all the rest.
_RECORDS = b"totpkey export"
_SEAL = b"totpkey backup"
_ANOTHER = _(
    "Take another copy of the backup; if it is the only one, make a new one from the key as soon as you can."
)


@dataclass(frozen=True)
class Backup:
    """A backup that is still encrypted. `made` is in Unix seconds; `key` is the id of its key."""

    made: int
    key: str
    parameters: Parameters
    records: tuple[bytes, ...]
    seal: bytes


@dataclass(frozen=True)
class Opened:
    """A backup's contents: accounts in the key's order, and the owner's notes, such as recovery codes."""

    accounts: tuple[Account, ...]
    notes: str


def make(
    key: str, made: int, derived: bytes, parameters: Parameters, records: Sequence[bytes], notes: str = ""
) -> Backup:
    """A backup of the records that a key has exported under `derived`, the passphrase's key."""
    sealed = Backup(made, key, parameters, tuple(records), b"")
    seal = _siv(derived, _SEAL).encrypt(notes.encode(errors="replace") or b"\n", [_covered(sealed)])
    return Backup(made, key, parameters, sealed.records, seal)


def write(backup: Backup) -> bytes:
    """The file."""
    return json.dumps(_document(backup) | {"seal": _text(backup.seal)}, indent=1).encode() + b"\n"


def read(data: bytes) -> Backup:
    """A backup, not opened. Raises InvalidBackup."""
    try:
        return _read(data)
    except Problem as problem:
        raise errors.InvalidBackup(
            tr("The backup is damaged. {reason}", reason=reader_words.told(problem.note)), tr(_ANOTHER)
        ) from None


def unseal(backup: Backup, text: str) -> Opened:
    """Open it with its passphrase. Raises WrongFilePassword, InvalidBackup, DerivationFailed.

    It does not open if any byte was changed, or an account added or removed.
    """
    from cryptography.exceptions import InvalidTag

    derived = passphrase.derive(text, backup.parameters)
    try:
        notes = _siv(derived, _SEAL).decrypt(backup.seal, [_covered(backup)])
        siv = _siv(derived, _RECORDS)
        accounts = [_account(siv.decrypt(sealed, [_RECORDS])) for sealed in backup.records]
    except InvalidTag:
        raise errors.WrongFilePassword(
            tr("Wrong passphrase, or the backup is damaged."),
            tr("Check Caps Lock and the keyboard's layout, then try again, or use another copy."),
        ) from None
    except (struct.error, ValueError, IndexError):
        raise errors.InvalidBackup(
            tr("The backup is intact, but this version does not know its kind of accounts."),
            tr("Update the totpkey command."),
        ) from None
    return Opened(tuple(accounts), notes.decode(errors="replace").strip("\n"))


def _read(data: bytes) -> Backup:
    if len(data) > LARGEST:
        raise Problem("far_too_large")
    file = Fields(documents.parse(data))
    if file.text("format", "") != FORMAT:
        raise Problem("not_a_backup")
    if file.number("version") != VERSION:
        raise Problem("newer")
    derivation = file.inside("argon2id")
    parameters = Parameters(
        _bytes(derivation, "salt"),
        derivation.number("memory"),
        derivation.number("passes"),
        derivation.number("lanes"),
    )
    if not passphrase.within_bounds(parameters):
        raise Problem("argon2_bounds")
    records = file.list("accounts")
    if not all(isinstance(record, str) for record in records):
        raise Problem("field_texts")
    decoded = tuple(_from_text(record, "accounts") for record in records)
    return Backup(file.number("made"), file.text("key"), parameters, decoded, _bytes(file, "seal"))


def _document(backup: Backup) -> dict[str, object]:
    """All but the seal."""
    derivation = backup.parameters
    return {
        "format": FORMAT,
        "version": VERSION,
        "made": backup.made,
        "key": backup.key,
        "argon2id": {
            "salt": _text(derivation.salt),
            "memory": derivation.memory,
            "passes": derivation.passes,
            "lanes": derivation.lanes,
        },
        "accounts": [_text(record) for record in backup.records],
    }


def _covered(backup: Backup) -> bytes:
    """What the seal authenticates besides the notes: everything else, in canonical JSON (RFC 8785)."""
    document = _document(backup)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        errors="surrogatepass"
    )


def _siv(derived: bytes, use: bytes):  # type: ignore[no-untyped-def]
    """AES-SIV (RFC 5297) with AES-256, under 64 bytes by the expand step of HKDF-SHA256 (RFC 5869)."""
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    first = hmac.digest(derived, use + b"\x01", "sha256")
    return AESSIV(first + hmac.digest(derived, first + use + b"\x02", "sha256"))


def _account(packed: bytes) -> Account:
    """The account of a record. Its identifier matters only to the key, which exports none with an end."""
    _, *fields, end = record.unpack(packed)
    if end:
        raise ValueError
    return Account(*fields)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(fields: Fields, name: str) -> bytes:
    return _from_text(fields.text(name), name)


def _from_text(text: str, name: str) -> bytes:
    from totpkey_readers.records.texts import from_base64

    return from_base64(text, name)
