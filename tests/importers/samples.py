"""Exports of other authenticators, written from their published descriptions and by other means than ours.

Ciphers and derivations are those of `cryptography` and PyNaCl; nothing here comes from the readers.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import nacl.bindings
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

PASSWORD = "pass wörd 密码"


@dataclass(frozen=True)
class Entry:
    """What an app knows of an account."""

    issuer: str
    label: str
    secret: bytes
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    type: str = "totp"
    counter: int = 0

    @property
    def base32(self) -> str:
        return base64.b32encode(self.secret).decode().rstrip("=")

    @property
    def uri(self) -> str:
        if self.type == "steam":
            return f"steam://{self.base32}"
        step = f"counter={self.counter}" if self.type == "hotp" else f"period={self.period}"
        return (
            f"otpauth://{self.type}/{quote(self.issuer)}:{quote(self.label)}?secret={self.base32}"
            f"&issuer={quote(self.issuer)}&algorithm={self.algorithm}&digits={self.digits}&{step}"
        )


#: One of each kind that most apps can hold. Amazon's secrets have 32 bytes.
AMAZON = Entry("Amazon", "shop@example.com", bytes(range(100, 132)))
WORK = Entry("公司", "小王", b"12345678901234567890", "SHA256", 8, 60)
LONG = Entry("Bank", "me", bytes(range(64)), "SHA512")
COUNTED = Entry("Old VPN", "me", b"A" * 20, type="hotp", counter=41)
STEAM = Entry("Steam", "gamer", b"B" * 20, digits=5, type="steam")
ENTRIES = (AMAZON, WORK, LONG, COUNTED, STEAM)
#: For apps that know SHA-1, six digits and half a minute alone.
PLAIN = (AMAZON, Entry("GitHub", "me", b"C" * 20))

Read = tuple[Entry, ...]


@dataclass(frozen=True)
class Sample:
    """An export, and what is in it."""

    data: bytes
    entries: Read
    encrypted: bool = False


def to_json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pbkdf2(salt: bytes, iterations: int, digest: hashes.HashAlgorithm) -> bytes:
    return PBKDF2HMAC(digest, 32, salt, iterations).derive(PASSWORD.encode())


def argon2id(salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    derivation = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return derivation.derive(PASSWORD.encode())


# Aegis


def _aegis_db(entries: Read) -> dict[str, Any]:
    listed = []
    for entry in entries:
        info: dict[str, Any] = {"secret": entry.base32, "algo": entry.algorithm, "digits": entry.digits}
        info |= {"counter": entry.counter} if entry.type == "hotp" else {"period": entry.period}
        listed.append(
            {
                "type": entry.type,
                "uuid": "x",
                "name": entry.label,
                "issuer": entry.issuer,
                "icon": None,
                "info": info,
            }
        )
    return {"version": 3, "entries": listed, "groups": []}


def aegis(entries: Read = ENTRIES) -> Sample:
    header = {"slots": None, "params": None}
    return Sample(to_json({"version": 1, "header": header, "db": _aegis_db(entries)}), entries)


def aegis_encrypted(entries: Read = ENTRIES, n: int = 16) -> Sample:
    master, salt = os.urandom(32), os.urandom(32)

    def sealed(key: bytes, data: bytes) -> tuple[bytes, dict[str, str]]:
        nonce = os.urandom(12)
        both = AESGCM(key).encrypt(nonce, data, None)
        return both[:-16], {"nonce": nonce.hex(), "tag": both[-16:].hex()}

    key, key_params = sealed(Scrypt(salt, 32, n, 8, 1).derive(PASSWORD.encode()), master)
    other_key, other_params = sealed(os.urandom(32), master)
    slot = {"type": 1, "uuid": "a", "n": n, "r": 8, "p": 1, "salt": salt.hex(), "repaired": True}
    slots = [
        {"type": 2, "uuid": "b", "key": other_key.hex(), "key_params": other_params},
        {**slot, "key": other_key.hex(), "key_params": other_params, "is_backup": True},
        {**slot, "key": key.hex(), "key_params": key_params},
    ]
    db, params = sealed(master, to_json(_aegis_db(entries)))
    return Sample(
        to_json({"version": 1, "header": {"slots": slots, "params": params}, "db": b64(db)}), entries, True
    )


# 2FAS


def _two_fas_services(entries: Read) -> list[dict[str, Any]]:
    services = []
    for entry in entries:
        otp: dict[str, Any] = {
            "account": entry.label,
            "issuer": entry.issuer,
            "tokenType": entry.type.upper(),
        }
        # As on iOS: what is usual is left out.
        if entry.type != "steam":
            otp |= {"digits": entry.digits} if entry.digits != 6 else {}
            otp |= {"algorithm": entry.algorithm} if entry.algorithm != "SHA1" else {}
            otp |= {"period": entry.period} if entry.period != 30 else {}
            otp |= {"counter": entry.counter} if entry.type == "hotp" else {}
        services.append({"name": entry.issuer, "secret": entry.base32, "otp": otp, "order": {"position": 0}})
    return services


def two_fas(entries: Read = ENTRIES, schema: int = 4) -> Sample:
    document = {"services": _two_fas_services(entries), "groups": [], "schemaVersion": schema}
    return Sample(to_json(document), entries)


def two_fas_encrypted(entries: Read = ENTRIES) -> Sample:
    salt, iv = os.urandom(256), os.urandom(12)
    key = pbkdf2(salt, 10_000, hashes.SHA256())
    sealed = AESGCM(key).encrypt(iv, to_json(_two_fas_services(entries)), None)
    text = ":".join(map(b64, (sealed, salt, iv)))
    document = {"services": [], "servicesEncrypted": text, "reference": text, "schemaVersion": 4}
    return Sample(to_json(document), entries, True)


# andOTP


def _and_otp_list(entries: Read) -> bytes:
    listed = []
    for entry in entries:
        fields: dict[str, Any] = {"secret": entry.base32, "issuer": entry.issuer, "label": entry.label}
        fields |= {"digits": entry.digits, "type": entry.type.upper(), "algorithm": entry.algorithm}
        fields |= {"counter": entry.counter} if entry.type == "hotp" else {"period": entry.period}
        listed.append({**fields, "thumbnail": "Default", "last_used": 0, "used_frequency": 0, "tags": []})
    return to_json(listed)


def and_otp(entries: Read = ENTRIES) -> Sample:
    return Sample(_and_otp_list(entries), entries)


def and_otp_encrypted(entries: Read = ENTRIES, iterations: int = 1500) -> Sample:
    salt, nonce = os.urandom(12), os.urandom(12)
    sealed = AESGCM(pbkdf2(salt, iterations, hashes.SHA1())).encrypt(nonce, _and_otp_list(entries), None)  # noqa: S303
    return Sample(struct.pack(">I", iterations) + salt + nonce + sealed, entries, True)


def and_otp_old(entries: Read = ENTRIES) -> Sample:
    # Not UTF-8, and with a first number that could be a count of rounds.
    nonce = struct.pack(">I", 140_001) + b"\xff" * 8
    key = hashlib.sha256(PASSWORD.encode()).digest()
    return Sample(nonce + AESGCM(key).encrypt(nonce, _and_otp_list(entries), None), entries, True)


# Bitwarden


def _bitwarden_items(entries: Read) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"type": 2, "name": "a note", "notes": "…"},
        {"type": 1, "name": "no code", "login": {"username": "me", "password": "x", "totp": None}},
    ]
    for entry in entries:
        code = entry.base32 if entry in PLAIN else entry.uri
        items.append({"type": 1, "name": entry.issuer, "login": {"username": entry.label, "totp": code}})
    return items


def bitwarden(entries: Read = ENTRIES) -> Sample:
    return Sample(to_json({"encrypted": False, "folders": [], "items": _bitwarden_items(entries)}), entries)


def bitwarden_authenticator(entries: Read = ENTRIES) -> Sample:
    return Sample(to_json({"encrypted": False, "items": _bitwarden_items(entries)[2:]}), entries)


def bitwarden_csv(entries: Read = ENTRIES) -> Sample:
    names = (
        "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp"
    )
    rows = [["", "", "login", "no code", "two\nlines", "", "0", "", "me", "x", ""]]
    for entry in entries:
        code = entry.base32 if entry in PLAIN else entry.uri
        rows.append(["", "", "login", entry.issuer, "", "", "0", "", entry.label, "x", code])
    return Sample(to_csv(names.split(","), rows), entries)


def _bitwarden_string(key: bytes, data: bytes) -> str:
    encrypt, authenticate = (HKDFExpand(hashes.SHA256(), 32, use).derive(key) for use in (b"enc", b"mac"))
    iv, padder = os.urandom(16), padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(encrypt), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    mac = hmac.HMAC(authenticate, hashes.SHA256())
    mac.update(iv + ciphertext)
    return "2." + "|".join(map(b64, (iv, ciphertext, mac.finalize())))


def _bitwarden_protected(entries: Read, key: Callable[[bytes], bytes], **derivation: int) -> Sample:
    salt = b64(os.urandom(16))
    own = key(salt.encode())
    document = {
        "encrypted": True,
        "passwordProtected": True,
        "salt": salt,
        **derivation,
        "encKeyValidation_DO_NOT_EDIT": _bitwarden_string(own, b"a random id"),
        "data": _bitwarden_string(own, to_json({"encrypted": False, "items": _bitwarden_items(entries)})),
    }
    return Sample(to_json(document), entries, True)


def bitwarden_pbkdf2(entries: Read = ENTRIES, iterations: int = 1000) -> Sample:
    def key(salt: bytes) -> bytes:
        return pbkdf2(salt, iterations, hashes.SHA256())

    return _bitwarden_protected(entries, key, kdfType=0, kdfIterations=iterations)


def bitwarden_argon2id(entries: Read = ENTRIES) -> Sample:
    def key(salt: bytes) -> bytes:
        return argon2id(hashlib.sha256(salt).digest(), 1024, 2, 4)

    return _bitwarden_protected(entries, key, kdfType=1, kdfIterations=2, kdfMemory=1, kdfParallelism=4)


def bitwarden_restricted() -> bytes:
    text = _bitwarden_string(os.urandom(32), b"x")
    return to_json({"encrypted": True, "encKeyValidation_DO_NOT_EDIT": text, "items": []})


# FreeOTP+


def free_otp(entries: Read = ENTRIES[:4]) -> Sample:
    tokens = []
    for entry in entries:
        signed = [byte - 256 if byte > 127 else byte for byte in entry.secret]
        token: dict[str, Any] = {"algo": entry.algorithm, "digits": entry.digits, "period": entry.period}
        token |= {
            "issuerExt": entry.issuer,
            "label": entry.label,
            "type": entry.type.upper(),
            "secret": signed,
        }
        tokens.append({**token, "counter": entry.counter - 1 if entry.type == "hotp" else 0})
    return Sample(to_json({"tokenOrder": [entry.label for entry in entries], "tokens": tokens}), entries)


# Proton Authenticator


def _proton(entries: Read) -> bytes:
    listed = []
    for entry in entries:
        content = {"uri": entry.uri, "entry_type": entry.type.capitalize(), "name": entry.label}
        listed.append({"id": "x", "content": content, "note": None})
    return to_json({"version": 1, "entries": listed})


def proton(entries: Read = ENTRIES[:3]) -> Sample:
    return Sample(_proton(entries), entries)


def proton_encrypted(entries: Read = ENTRIES[:3]) -> Sample:
    salt, nonce = os.urandom(16), os.urandom(12)
    key = argon2id(salt, 19 * 1024, 2, 1)
    sealed = nonce + AESGCM(key).encrypt(nonce, _proton(entries), b"proton.authenticator.export.v1")
    return Sample(to_json({"version": 1, "salt": b64(salt), "content": b64(sealed)}), entries, True)


# Ente, and lists of URIs


def uri_list(entries: Read = ENTRIES[:4]) -> Sample:
    lines = ["# exported", "", *(entry.uri for entry in entries), ""]
    return Sample("\r\n".join(lines).encode(), entries)


def ente_encrypted(entries: Read = ENTRIES[:4]) -> Sample:
    key_salt = os.urandom(16)
    # libsodium counts bytes.
    key = argon2id(key_salt, 64, 2, 1)
    state = nacl.bindings.crypto_secretstream_xchacha20poly1305_state()
    header = nacl.bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    text = "\n".join(entry.uri for entry in entries).encode()
    final = nacl.bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
    sealed = nacl.bindings.crypto_secretstream_xchacha20poly1305_push(state, text, None, final)
    parameters = {"memLimit": 64 * 1024, "opsLimit": 2, "salt": b64(key_salt)}
    document = {
        "version": 1,
        "kdfParams": parameters,
        "encryptedData": b64(sealed),
        "encryptionNonce": b64(header),
    }
    return Sample(to_json(document), entries, True)


# Stratum


def _stratum(entries: Read) -> bytes:
    types = {"hotp": 1, "totp": 2, "steam": 4}
    listed = []
    for entry in entries:
        fields: dict[str, Any] = {"Type": types[entry.type], "Issuer": entry.issuer, "Username": entry.label}
        fields |= {"Secret": entry.base32, "Pin": None, "Digits": entry.digits, "Period": entry.period}
        fields |= {"Algorithm": ("SHA1", "SHA256", "SHA512").index(entry.algorithm), "Counter": entry.counter}
        listed.append({**fields, "Ranking": 0, "CopyCount": 1})
    return to_json({"Authenticators": listed, "Categories": [], "AuthenticatorCategories": []})


def stratum(entries: Read = ENTRIES) -> Sample:
    return Sample(_stratum(entries), entries)


def stratum_encrypted(entries: Read = ENTRIES) -> Sample:
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(argon2id(salt, 65536, 3, 4)).encrypt(nonce, _stratum(entries), None)
    return Sample(b"AUTHENTICATORPRO" + salt + nonce + sealed, entries, True)


def stratum_legacy(entries: Read = ENTRIES) -> Sample:
    salt, iv, padder = os.urandom(20), os.urandom(16), padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(pbkdf2(salt, 64_000, hashes.SHA1())), modes.CBC(iv)).encryptor()  # noqa: S303
    padded = padder.update(_stratum(entries)) + padder.finalize()
    sealed = encryptor.update(padded) + encryptor.finalize()
    return Sample(b"AuthenticatorPro" + salt + iv + sealed, entries, True)


# LastPass, KeePassXC


def last_pass(entries: Read = ENTRIES[:3]) -> Sample:
    listed = []
    for entry in entries:
        fields: dict[str, Any] = {"accountID": "x", "issuerName": entry.issuer, "userName": entry.label}
        fields |= {"secret": entry.base32, "timeStep": entry.period, "digits": entry.digits}
        listed.append({**fields, "algorithm": entry.algorithm, "isFavorite": False})
    return Sample(to_json({"version": 3, "accounts": listed, "folders": []}), entries)


def keepassxc(entries: Read = ENTRIES[:4]) -> Sample:
    names = [
        "Group",
        "Title",
        "Username",
        "Password",
        "URL",
        "Notes",
        "TOTP",
        "Icon",
        "Last Modified",
        "Created",
    ]
    rows = [["Root", "no code", "me", "x", "", 'a "quoted" note', "", "0", "", ""]]
    rows += [["Root", entry.issuer, entry.label, "x", "", "", entry.uri, "0", "", ""] for entry in entries]
    return Sample(to_csv(names, rows), entries)


def to_csv(names: list[str], rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([names, *rows])
    return file.getvalue().encode()


# Google Authenticator


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def migration_account(entry: Entry) -> bytes:
    name = f"{entry.issuer}:{entry.label}".encode()
    message = field(1, entry.secret) + field(2, name) + field(3, entry.issuer.encode())
    message += field(4, {"SHA1": 1, "SHA256": 2, "SHA512": 3}[entry.algorithm])
    message += field(5, {6: 1, 8: 2}[entry.digits]) + field(6, 1 if entry.type == "hotp" else 2)
    return (
        message
        + (field(7, entry.counter) if entry.counter else b"")
        + field(8, b"an id that nobody documents")
    )


def migration_uri(entries: Read, index: int = 0, size: int = 1, identifier: int = 0) -> str:
    message = b"".join(field(1, migration_account(entry)) for entry in entries) + field(2, 2) + field(3, size)
    message += field(4, index) if index else b""
    message += field(5, identifier) if identifier else b""
    return "otpauth-migration://offline?data=" + quote(b64(message), safe="")


def migration(entries: Read = (AMAZON, COUNTED, PLAIN[1])) -> Sample:
    return Sample(migration_uri(entries).encode(), entries)


#: Each takes the accounts to write, or has some of its own.
WRITERS: dict[str, Callable[..., Sample]] = {
    "aegis": aegis,
    "aegis encrypted": aegis_encrypted,
    "2fas": two_fas,
    "2fas encrypted": two_fas_encrypted,
    "andotp": and_otp,
    "andotp encrypted": and_otp_encrypted,
    "andotp old": and_otp_old,
    "bitwarden": bitwarden,
    "bitwarden authenticator": bitwarden_authenticator,
    "bitwarden csv": bitwarden_csv,
    "bitwarden pbkdf2": bitwarden_pbkdf2,
    "bitwarden argon2id": bitwarden_argon2id,
    "freeotp+": free_otp,
    "proton": proton,
    "proton encrypted": proton_encrypted,
    "uri list": uri_list,
    "ente encrypted": ente_encrypted,
    "stratum": stratum,
    "stratum encrypted": stratum_encrypted,
    "stratum legacy": stratum_legacy,
    "lastpass": last_pass,
    "keepassxc": keepassxc,
    "migration": migration,
}

SAMPLES: dict[str, Callable[[], Sample]] = dict(WRITERS)
