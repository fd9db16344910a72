"""Bitwarden's vault under a password of its own. Plain ones are read by `by_content`.

The password's key (PBKDF2-SHA256, or Argon2id with the SHA-256 of the salt) is expanded by HKDF into one for
AES-CBC and one for HMAC-SHA256; see "Encrypted exports" in Bitwarden's help.
"""

from __future__ import annotations

import hashlib
import hmac

from totpkey_readers.formats import by_content, locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Bitwarden"
_PBKDF2, _ARGON2ID = 0, 1
#: AES-256-CBC with HMAC-SHA256, among Bitwarden's kinds of ciphertext.
_CBC_HMAC = "2"


def recognises(document: object) -> bool:
    if not isinstance(document, dict) or document.get("encrypted") is not True:
        return False
    return not document.keys().isdisjoint(("encKeyValidation_DO_NOT_EDIT", "items", "data"))


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts of an encrypted export. Raises Problem."""
    assert isinstance(document, dict)  # noqa: S101 - it was recognised
    return by_content.read_as(NAME, _opened(Fields(document), document, ask))


def _opened(file: Fields, document: dict[str, object], ask: AskPassword) -> object:
    if document.get("passwordProtected") is not True:
        raise Problem("bitwarden_restricted")
    key = _password_key(file, ask(NAME))
    encrypt, authenticate = (_expand(key, use) for use in (b"enc", b"mac"))
    _open_string(
        file.text("encKeyValidation_DO_NOT_EDIT"), "encKeyValidation_DO_NOT_EDIT", encrypt, authenticate
    )
    return documents.parse(_open_string(file.text("data"), "data", encrypt, authenticate))


def _password_key(file: Fields, password: str) -> bytes:
    salt, iterations = file.text("salt").encode(errors="replace"), file.number("kdfIterations")
    kind = file.number("kdfType")
    if kind == _PBKDF2:
        return locked.pbkdf2(password, salt, iterations)
    if kind == _ARGON2ID:
        memory, lanes = file.number("kdfMemory"), file.number("kdfParallelism")
        return locked.argon2id(password, hashlib.sha256(salt).digest(), memory * 1024, iterations, lanes)
    raise Problem("bitwarden_kdf")


def _expand(key: bytes, use: bytes) -> bytes:
    """One block of HKDF-Expand (RFC 5869 section 2.3)."""
    return hmac.digest(key, use + b"\x01", "sha256")


def _open_string(text: str, field: str, encrypt: bytes, authenticate: bytes) -> bytes:
    """A ciphertext as Bitwarden writes it: `2.iv|data|mac`."""
    kind, _, rest = text.partition(".")
    parts = [texts.from_base64(part, field) for part in rest.split("|")]
    if kind != _CBC_HMAC or len(parts) != 3:
        raise Problem("bitwarden_text", field=field)
    iv, data, mac = parts
    if not hmac.compare_digest(hmac.digest(authenticate, iv + data, "sha256"), mac):
        raise locked.wrong()
    return locked.open_cbc(encrypt, iv, data)
