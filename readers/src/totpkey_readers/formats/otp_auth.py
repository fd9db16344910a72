"""OTP Auth for iOS: backups (`.otpauthdb`) and single accounts (`.otpauth`).

A file is a property list of NSKeyedArchiver, encrypted twice: under a key that is the same for all, then
under the password. Described by the app's author in CooperRS/decrypt-otpauth-files; the inner encryption of
the newer versions is RNCryptor's (version 3 of its data format).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from totpkey_readers.formats import locked
from totpkey_readers.records import strays
from totpkey_readers.records.account import HOTP, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "OTP Auth (iOS)"
#: The keys of the outer encryption: of a backup, and of an account.
_OUTER = (hashlib.sha256(b"Authenticator").digest(), hashlib.sha256(b"OTPAuth").digest())
_BLOCK = 16
_LIST = b"bplist00"
_TYPES = {1: HOTP, 2: TOTP}
_ALGORITHMS = {0: "SHA1", 1: "SHA1", 2: "SHA256", 3: "SHA512", 4: "MD5"}
#: RNCryptor: its version and options, two salts, an IV; rounds of PBKDF2; a MAC at the end.
_RN_BEGINS = b"\x03\x01"
_RN_SALT, _RN_ROUNDS, _RN_MAC = 8, 10_000, 32
_DEEPEST = 50


def recognises(data: bytes) -> bool:
    return _outer_key(data) is not None


def read(data: bytes, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    key = _outer_key(data)
    if key is None or len(data) % _BLOCK:
        raise Problem("cut_off")
    archive = _unarchived(_open_outer(key, data))
    password = ask(NAME)
    inner = _unarchived(_open_inner(Fields(archive), archive, password))
    contents = Contents(NAME)
    strays.seen_in(inner)
    contents.take_each(_accounts(inner), _read_account)
    return contents


def _outer_key(data: bytes) -> bytes | None:
    if data[: 4 * _BLOCK].isascii():
        # Text, for which loading a cipher would take longer than reading it. One sealed file in 2^64 is such.
        return None
    return next((key for key in _OUTER if len(data) > _BLOCK and _first_block(key, data) == _LIST), None)


def _first_block(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).decryptor()
    return decryptor.update(data[:_BLOCK])[: len(_LIST)]


def _open_outer(key: bytes, data: bytes) -> bytes:
    with locked.unopened_as("content_damaged"):
        return locked.open_cbc(key, bytes(_BLOCK), data)


def _open_inner(fields: Fields, archive: dict[str, Any], password: str) -> bytes:
    sealed = archive.get("WrappedData", archive.get("Data"))
    if not isinstance(sealed, bytes):
        raise Problem("field_missing", field="Data")
    if sealed.startswith(_RN_BEGINS):
        return _open_rncryptor(sealed, password)
    # Backups of version 1.0, accounts of version 1.1.
    salt, iv = fields.text("Salt"), archive.get("IV")
    plain = iv if isinstance(iv, bytes) else str(iv).encode(errors="replace")
    key = hashlib.sha256(f"{salt}-{password}".encode(errors="replace")).digest()
    return locked.open_cbc(key, hashlib.sha1(plain, usedforsecurity=False).digest()[:_BLOCK], sealed)


def _open_rncryptor(sealed: bytes, password: str) -> bytes:
    at = len(_RN_BEGINS)
    for_key, for_mac = sealed[at : at + _RN_SALT], sealed[at + _RN_SALT : at + 2 * _RN_SALT]
    at += 2 * _RN_SALT
    iv, body, mac = sealed[at : at + _BLOCK], sealed[at + _BLOCK : -_RN_MAC], sealed[-_RN_MAC:]
    own = locked.pbkdf2(password, for_mac, _RN_ROUNDS, "sha1")
    if not hmac.compare_digest(hmac.digest(own, sealed[:-_RN_MAC], "sha256"), mac):
        raise locked.wrong()
    return locked.open_cbc(locked.pbkdf2(password, for_key, _RN_ROUNDS, "sha1"), iv, body)


def _unarchived(data: bytes) -> dict[str, Any]:
    """The top object of an archive, its references resolved. Raises Problem."""
    if not data.startswith(_LIST):
        raise locked.wrong()
    import plistlib

    try:
        archive = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
        objects, top = archive["$objects"], archive["$top"]
        (root,) = top.values() if "root" not in top else (top["root"],)
        value = _resolved(objects, root)
    except (plistlib.InvalidFileException, KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise Problem("content_damaged") from None
    if not isinstance(value, dict):
        raise Problem("content_damaged")
    return value


def _resolved(objects: list[Any], value: Any, depth: int = 0) -> Any:
    """A value of NSKeyedArchiver: dictionaries, lists, texts and bytes as Python has them."""
    import plistlib

    if depth > _DEEPEST:
        raise Problem("too_deep")
    if isinstance(value, plistlib.UID):
        value = objects[value.data]
    if not isinstance(value, dict):
        return None if value == "$null" else value
    within = {name: inner for name, inner in value.items() if name != "$class"}
    if "NS.keys" in within:
        pairs = zip(within["NS.keys"], within["NS.objects"], strict=True)
        return {_resolved(objects, k, depth + 1): _resolved(objects, v, depth + 1) for k, v in pairs}
    if "NS.objects" in within:
        return [_resolved(objects, inner, depth + 1) for inner in within["NS.objects"]]
    if "NS.data" in within or "NS.string" in within:
        return _resolved(objects, within.get("NS.data", within.get("NS.string")), depth + 1)
    return {name: _resolved(objects, inner, depth + 1) for name, inner in within.items()}


def _accounts(inner: dict[str, Any]) -> Iterator[dict[str, Any]]:
    folders = inner.get("Folders")
    if not isinstance(folders, list):
        yield inner
        return
    for folder in folders:
        listed = folder.get("accounts") if isinstance(folder, dict) else None
        yield from listed if isinstance(listed, list) else ()


def _read_account(entry: Fields) -> Reading:
    kind, algorithm = entry.number("type"), entry.number("algorithm", 0)
    if kind not in _TYPES:
        raise Problem("unknown", what="type")
    return account(
        entry.text("issuer", ""),
        entry.text("label", ""),
        entry.bytes("secret"),
        _TYPES[kind],
        _ALGORITHMS.get(algorithm, str(algorithm)),
        # The app writes 0 for its defaults.
        entry.number("digits", 0) or 6,
        entry.number("period", 0) or 30,
        entry.number("counter", 0),
    )
