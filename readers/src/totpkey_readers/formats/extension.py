"""The browser extension "Authenticator": JSON, plain, or under a password in its three ways.

Entries are texts that CryptoJS encrypts as OpenSSL does (`Salted__`, then a key and an IV by MD5): under the
password itself, under a random key that the password encrypts, or under a key by Argon2id (version 8 on).
Described by Authenticator-Extension/Authenticator: src/models/encryption.ts, src/import.ts, src/argon.ts.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from totpkey_readers.formats import locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import HOTP, STEAM, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Authenticator (browser extension)"
_MAGIC, _SALT = b"Salted__", 8
_MEMORY, _PASSES, _LANES = 19 * 1024, 2, 1
_SEALED = "EncOTPStorage"
#: Its types, whether the secret is in hexadecimal.
_TYPES = {"totp": (TOTP, False), "hotp": (HOTP, False), "hex": (TOTP, True), "hhex": (HOTP, True)}
_STEAM = "steam"
#: How Steam's secrets begin.
_OF_STEAM = "stm-"


def recognises(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    return any(_is_entry(value) for value in document.values())


def _is_entry(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return (
        value.get("dataType") == _SEALED or {"encrypted", "hash", "index", "secret", "type"} <= value.keys()
    )


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    given: Mapping[str, Any] = document if isinstance(document, dict) else {}
    entries = [value for value in given.values() if _is_entry(value)]
    sealed = [entry for entry in entries if entry.get("encrypted") is True or "keyId" in entry]
    open_text = _opener(given, ask(NAME)) if sealed else None
    contents = Contents(NAME)
    for number, entry in enumerate(entries, 1):
        if open_text is not None and entry in sealed:
            try:
                entry = _opened(entry, open_text)
            except Problem as damaged:
                if damaged.is_of_the_file:
                    raise
                contents.skip(f"entry {number}", "", damaged.note, entry)
                continue
        fields = Fields(entry)
        contents.take(f"entry {number}", partial(_read_entry, fields), fields.any_name(), fields)
    return contents


#: Opens a text under the key of that name.
_Open = Callable[[str, str], bytes]


def _opener(document: Mapping[str, Any], password: str) -> _Open:
    secret = password.encode(errors="replace")
    old = document.get("key") if isinstance(document.get("key"), dict) else document
    if isinstance(old, dict) and isinstance(old.get("enc"), str):
        # CryptoJS gives the key as the hexadecimal text of its bytes.
        secret = _open_text(old["enc"], secret).hex().encode()
    keys: dict[str, bytes] = {}

    def open_text(text: str, key: str) -> bytes:
        if not key:
            return _open_text(text, secret)
        if key not in keys:
            keys[key] = _derived(document, key, password)
        return _open_text(text, keys[key])

    return open_text


def _derived(document: Mapping[str, Any], key: str, password: str) -> bytes:
    """The key of version 3: the part of Argon2's text behind its salt, which is base64 without padding."""
    salt = Fields(document.get(key), "key.").text("salt").encode(errors="replace")
    derived = locked.argon2id(password, salt, _MEMORY, _PASSES, _LANES)
    return base64.b64encode(derived).rstrip(b"=")


def _opened(entry: dict[str, Any], open_text: _Open) -> dict[str, Any]:
    fields = Fields(entry)
    if entry.get("dataType") == _SEALED:
        inner = documents.parse(open_text(fields.text("data"), fields.text("keyId")))
        return {**entry, **inner} if isinstance(inner, dict) else entry
    secret = open_text(fields.text("secret"), fields.text("keyId", ""))
    if not secret.isascii():
        # One wrong password in 256 gives valid padding.
        raise locked.wrong()
    return {**entry, "secret": secret.decode()}


def _open_text(text: str, passphrase: bytes) -> bytes:
    """A text as `openssl enc` writes it in base64. Raises Problem."""
    data = texts.from_base64(text, "secret")
    if not data.startswith(_MAGIC):
        raise Problem("sealed_unknown")
    salt = data[len(_MAGIC) : len(_MAGIC) + _SALT]
    material, block = b"", b""
    while len(material) < 48:
        block = hashlib.md5(block + passphrase + salt, usedforsecurity=False).digest()
        material += block
    return locked.open_cbc(material[:32], material[32:48], data[len(_MAGIC) + _SALT :])


def _read_entry(entry: Fields) -> Reading:
    entry.leave_out("hash", "data")
    kind, secret = entry.text("type").lower(), entry.text("secret")
    issuer = entry.text("issuer", "").partition("::")[0]
    label = entry.text("account", "")
    if kind == _STEAM or secret.startswith(_OF_STEAM):
        entry.leave_out("algorithm", "digits", "period", "counter")
        return account(issuer, label, secret.removeprefix(_OF_STEAM), STEAM)
    if kind not in _TYPES:
        raise Problem("other_kind")
    known, is_hex = _TYPES[kind]
    return account(
        issuer,
        label,
        texts.from_hex(secret, "secret") if is_hex else secret,
        known,
        entry.text("algorithm", "SHA1"),
        entry.number("digits", 6),
        entry.number("period", 30),
        entry.number("counter", 0),
    )
