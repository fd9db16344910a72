"""Bitwarden's exports, plain and password-protected, written from their published description."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from readers.tests.entries import ENTRIES, PLAIN, Read, Sample, argon2id, b64, cbc, pbkdf2, to_csv, to_json


def _items(entries: Read) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"type": 2, "name": "a note", "notes": "…"},
        {"type": 1, "name": "no code", "login": {"username": "me", "password": "x", "totp": None}},
    ]
    for entry in entries:
        code = entry.base32 if entry in PLAIN else entry.uri
        items.append({"type": 1, "name": entry.issuer, "login": {"username": entry.label, "totp": code}})
    return items


def plain(entries: Read = ENTRIES) -> Sample:
    return Sample(to_json({"encrypted": False, "folders": [], "items": _items(entries)}), entries)


def without_marks(entries: Read = PLAIN) -> Sample:
    """Return the form of other programs, which do not say whether the export is encrypted."""
    items = [
        {"type": 1, "name": e.issuer, "folderId": None, "login": {"username": e.label, "totp": e.base32}}
        for e in entries
    ]
    return Sample(to_json({"folders": [], "items": items}), entries)


def authenticator(entries: Read = ENTRIES) -> Sample:
    return Sample(to_json({"encrypted": False, "items": _items(entries)[2:]}), entries)


def table(entries: Read = ENTRIES) -> Sample:
    names = (
        "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp"
    )
    rows = [["", "", "login", "no code", "two\nlines", "", "0", "", "me", "x", ""]]
    for entry in entries:
        code = entry.base32 if entry in PLAIN else entry.uri
        rows.append(["", "", "login", entry.issuer, "", "", "0", "", entry.label, "x", code])
    return Sample(to_csv(names.split(","), rows), entries)


def authenticator_table(entries: Read = ENTRIES[:4]) -> Sample:
    """Return Bitwarden Authenticator's table: each row has three fields more than the header."""
    lines = ["folder,favorite,type,name,login_uri,login_totp"]
    lines += [f",,1,{e.issuer},,{e.uri},{e.issuer},{e.period},{e.digits}" for e in entries]
    return Sample("\n".join(lines).encode(), entries)


def _string(key: bytes, data: bytes) -> str:
    encrypt, authenticate = (HKDFExpand(hashes.SHA256(), 32, use).derive(key) for use in (b"enc", b"mac"))
    iv = os.urandom(16)
    ciphertext = cbc(encrypt, iv, data)
    mac = hmac.HMAC(authenticate, hashes.SHA256())
    mac.update(iv + ciphertext)
    return "2." + "|".join(map(b64, (iv, ciphertext, mac.finalize())))


def _protected(entries: Read, key: Callable[[bytes], bytes], **derivation: int) -> Sample:
    salt = b64(os.urandom(16))
    own = key(salt.encode())
    document = {
        "encrypted": True,
        "passwordProtected": True,
        "salt": salt,
        **derivation,
        "encKeyValidation_DO_NOT_EDIT": _string(own, b"a random id"),
        "data": _string(own, to_json({"encrypted": False, "items": _items(entries)})),
    }
    return Sample(to_json(document), entries, True)


def by_pbkdf2(entries: Read = ENTRIES, iterations: int = 1000) -> Sample:
    def key(salt: bytes) -> bytes:
        return pbkdf2(salt, iterations, hashes.SHA256())

    return _protected(entries, key, kdfType=0, kdfIterations=iterations)


def by_argon2id(entries: Read = ENTRIES, memory: int = 1, passes: int = 2) -> Sample:
    """`memory` is in MiB."""

    def key(salt: bytes) -> bytes:
        return argon2id(hashlib.sha256(salt).digest(), memory * 1024, passes, 4)

    return _protected(entries, key, kdfType=1, kdfIterations=passes, kdfMemory=memory, kdfParallelism=4)


def restricted() -> bytes:
    text = _string(os.urandom(32), b"x")
    return to_json({"encrypted": True, "encKeyValidation_DO_NOT_EDIT": text, "items": []})
