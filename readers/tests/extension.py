"""The browser extension "Authenticator", as Authenticator-Extension/Authenticator shows it (src/models).

CryptoJS encrypts as `openssl enc -aes-256-cbc -md md5` does.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any

from readers.tests.entries import ENTRIES, PASSWORD, Entry, Read, Sample, argon2id, cbc, to_json

_HELD = (*ENTRIES[:4], ENTRIES[4])


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "account": entry.label,
        "encrypted": False,
        "hash": entry.base32[:8],
        "index": 0,
        "issuer": entry.issuer,
        "secret": ("stm-" if entry.type == "steam" else "") + entry.base32,
        "type": entry.type,
        "counter": entry.counter,
        "digits": entry.digits,
        "period": entry.period,
        "algorithm": entry.algorithm,
        "pinned": False,
    }


def crypto_js(text: bytes, passphrase: bytes) -> str:
    """Encrypt as CryptoJS.AES.encrypt does with a passphrase."""
    salt, stream, block = os.urandom(8), b"", b""
    while len(stream) < 48:
        block = hashlib.md5(block + passphrase + salt, usedforsecurity=False).digest()
        stream += block
    sealed = cbc(stream[:32], stream[32:48], text)
    return base64.b64encode(b"Salted__" + salt + sealed).decode()


def plain(entries: Read = _HELD) -> Sample:
    return Sample(to_json({str(number): _entry(one) for number, one in enumerate(entries)}), entries)


def _sealed_secrets(entries: Read, passphrase: bytes) -> dict[str, Any]:
    document = {}
    for number, one in enumerate(entries):
        entry = _entry(one)
        secret = crypto_js(entry["secret"].encode(), passphrase)
        document[str(number)] = entry | {"secret": secret, "encrypted": True}
    return document


def first(entries: Read = _HELD) -> Sample:
    """Under the password itself."""
    return Sample(to_json(_sealed_secrets(entries, PASSWORD.encode())), entries, True)


def second(entries: Read = _HELD) -> Sample:
    """Under a random key, which the password encrypts."""
    key = os.urandom(120)
    document = _sealed_secrets(entries, key.hex().encode())
    document["key"] = {"enc": crypto_js(key, PASSWORD.encode()), "hash": "x"}
    return Sample(to_json(document), entries, True)


def third(entries: Read = _HELD) -> Sample:
    """Whole entries under a key by Argon2id."""
    salt = "f9a3c1d5e7b90a12"
    derived = argon2id(salt.encode(), 19 * 1024, 2, 1)
    key = base64.b64encode(derived).rstrip(b"=")
    document: dict[str, Any] = {
        "k": {"dataType": "Key", "id": "k", "salt": salt, "hash": "$argon2id$x", "version": 3}
    }
    for number, one in enumerate(entries):
        data = crypto_js(to_json(_entry(one)), key)
        document[str(number)] = {"dataType": "EncOTPStorage", "keyId": "k", "data": data, "index": number}
    return Sample(to_json(document), entries, True)


WRITERS = {
    "extension": plain,
    "extension encrypted 1": first,
    "extension encrypted 2": second,
    "extension encrypted 3": third,
}
