"""Exports of other authenticators, written from published descriptions and independently of our readers.

Ciphers and key derivations come from `cryptography` and PyNaCl.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from typing import Any

import nacl.bindings
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from readers.tests import bitwarden, containers, desktops, extension, migration, tables
from readers.tests.entries import ENTRIES, PASSWORD, Read, Sample, argon2id, b64, cbc, pbkdf2, to_json

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
        # Like the iOS app, leave out default values.
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
    # The file is not UTF-8, and its first number could be an iteration count.
    nonce = struct.pack(">I", 140_001) + b"\xff" * 8
    key = hashlib.sha256(PASSWORD.encode()).digest()
    return Sample(nonce + AESGCM(key).encrypt(nonce, _and_otp_list(entries), None), entries, True)


# FreeOTP+


def free_otp(entries: Read = ENTRIES) -> Sample:
    tokens = []
    for entry in entries:
        signed = [byte - 256 if byte > 127 else byte for byte in entry.secret]
        token: dict[str, Any] = {"algo": entry.algorithm, "digits": entry.digits, "period": entry.period}
        token |= {
            "issuerExt": entry.issuer,
            "label": entry.label,
            # FreeOTP+ has no separate type for Steam.
            "type": "HOTP" if entry.type == "hotp" else "TOTP",
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


def ente_encrypted(entries: Read = ENTRIES[:4], memory: int = 64, passes: int = 2) -> Sample:
    """`memory` is in KiB."""
    key_salt = os.urandom(16)
    # libsodium counts memory in bytes.
    key = argon2id(key_salt, memory, passes, 1)
    state = nacl.bindings.crypto_secretstream_xchacha20poly1305_state()
    header = nacl.bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    text = "\n".join(entry.uri for entry in entries).encode()
    final = nacl.bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
    sealed = nacl.bindings.crypto_secretstream_xchacha20poly1305_push(state, text, None, final)
    parameters = {"memLimit": memory * 1024, "opsLimit": passes, "salt": b64(key_salt)}
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
    salt, iv = os.urandom(20), os.urandom(16)
    sealed = cbc(pbkdf2(salt, 64_000, hashes.SHA1()), iv, _stratum(entries))  # noqa: S303
    return Sample(b"AuthenticatorPro" + salt + iv + sealed, entries, True)


# LastPass


def last_pass(entries: Read = ENTRIES[:3]) -> Sample:
    listed = []
    for entry in entries:
        fields: dict[str, Any] = {"accountID": "x", "issuerName": entry.issuer, "userName": entry.label}
        fields |= {"secret": entry.base32, "timeStep": entry.period, "digits": entry.digits}
        listed.append({**fields, "algorithm": entry.algorithm, "isFavorite": False})
    return Sample(to_json({"version": 3, "accounts": listed, "folders": []}), entries)


#: Each writer takes the accounts to write and has a default.
WRITERS: dict[str, Callable[..., Sample]] = {
    "aegis": aegis,
    "aegis encrypted": aegis_encrypted,
    "2fas": two_fas,
    "2fas encrypted": two_fas_encrypted,
    "andotp": and_otp,
    "andotp encrypted": and_otp_encrypted,
    "andotp old": and_otp_old,
    "bitwarden": bitwarden.plain,
    "bitwarden authenticator": bitwarden.authenticator,
    "bitwarden csv": bitwarden.table,
    "bitwarden authenticator csv": bitwarden.authenticator_table,
    "bitwarden pbkdf2": bitwarden.by_pbkdf2,
    "bitwarden argon2id": bitwarden.by_argon2id,
    "bitwarden without marks": bitwarden.without_marks,
    "freeotp+": free_otp,
    "proton": proton,
    "proton encrypted": proton_encrypted,
    "uri list": uri_list,
    "ente encrypted": ente_encrypted,
    "stratum": stratum,
    "stratum encrypted": stratum_encrypted,
    "stratum legacy": stratum_legacy,
    "lastpass": last_pass,
    "keepassxc": tables.keepassxc,
    "proton pass csv": tables.proton_pass,
    "proton pass csv with secrets": tables.proton_pass_bare,
    "migration": migration.sample,
}

WRITERS |= containers.WRITERS
WRITERS |= extension.WRITERS
WRITERS |= desktops.WRITERS
WRITERS |= tables.OF_TOTP

SAMPLES: dict[str, Callable[[], Sample]] = WRITERS | desktops.FOLDERS | tables.SAMPLES

#: What apps take by themselves to derive a key, where these samples take less. The rest take it.
COSTS: dict[str, tuple[int, ...]] = {
    "aegis encrypted": (2**15,),
    "andotp encrypted": (160_000,),
    "bitwarden pbkdf2": (600_000,),
    "bitwarden argon2id": (64, 3),
    "ente encrypted": (2**20, 4),
    "freeotp backup": (100_000,),
    "keepass 4": (2**16, 10, 2),
}
