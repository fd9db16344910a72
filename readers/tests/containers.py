"""Exports in containers: ZIP files by another library, a serialised Java map, base64, databases, KeePass."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import os
import sqlite3
import struct
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pyzipper
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from readers.tests import tables
from readers.tests.entries import ENTRIES, PASSWORD, PLAIN, Entry, Read, Sample, argon2id, b64, cbc, pbkdf2

#: The kinds that most apps can hold.
_FIRST = ENTRIES[:4]


# ZIP


def zipped(files: dict[str, bytes], password: str = "") -> bytes:
    out = io.BytesIO()
    encryption: Any = pyzipper.WZ_AES if password else None
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=encryption) as archive:
        if password:
            archive.setpassword(password.encode())
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def raivo_zip(entries: Read = _FIRST) -> Sample:
    """Return Raivo's archive, which contains a page for viewing beside the JSON."""
    page = b"<html><title>raivo-otp-export</title></html>"
    files = {"raivo-otp-export.html": page, "raivo-otp-export.json": tables.sample("raivo", entries).data}
    return Sample(zipped(files, PASSWORD), entries, True)


def authenticator_plus_zip(entries: Read = _FIRST) -> Sample:
    text = "\n".join(entry.uri for entry in entries).encode()
    return Sample(zipped({"Accounts.txt": text}, PASSWORD), entries, True)


def one_pux(entries: Read = _FIRST) -> Sample:
    data = tables.sample("1password", entries).data
    return Sample(
        zipped({"export.attributes": b"{}", "export.data": data, "files/x.png": b"\x89PNG"}), entries
    )


def proton_pass_zip(entries: Read = ENTRIES[:3]) -> Sample:
    return Sample(zipped({"Proton Pass/data.json": tables.sample("proton pass", entries).data}), entries)


# FreeOTP's backup


def _signed(data: bytes) -> list[int]:
    return [byte - 256 if byte > 127 else byte for byte in data]


def _java_key(key: bytes, secret: bytes, token: str) -> dict[str, Any]:
    nonce = os.urandom(12)
    return {
        "mCipher": "AES/GCM/NoPadding",
        "mCipherText": _signed(AESGCM(key).encrypt(nonce, secret, token.encode())),
        "mParameters": _signed(b"\x30\x11\x04\x0c" + nonce + b"\x02\x01\x10"),
        "mToken": token,
    }


def free_otp_backup(entries: Read = _FIRST, rounds: int = 1000) -> Sample:
    master, salt = os.urandom(32), os.urandom(32)
    outer = pbkdf2(salt, rounds, hashes.SHA512())
    texts = {
        "masterKey": json.dumps(
            {
                "mAlgorithm": "PBKDF2withHmacSHA512",
                "mEncryptedKey": _java_key(outer, master, "AES"),
                "mIterations": rounds,
                "mSalt": _signed(salt),
            }
        )
    }
    for number, entry in enumerate(entries):
        token: dict[str, Any] = {"algo": entry.algorithm, "digits": entry.digits, "issuerExt": entry.issuer}
        token |= {"label": entry.label, "period": entry.period, "type": entry.type.upper()}
        token |= {"counter": entry.counter} if entry.type == "hotp" else {}
        texts[f"id{number}"] = json.dumps({"key": json.dumps(_java_key(master, entry.secret, "HmacSHA1"))})
        texts[f"id{number}-token"] = json.dumps(token, ensure_ascii=False)
    head = b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap" + bytes.fromhex("0507dac1c31660d103") + b"\x00\x02"
    head += b"F\x00\x0aloadFactorI\x00\x09thresholdxp?@\x00\x00\x00\x00\x00\x18w\x08"
    head += struct.pack(">II", 32, len(texts))
    body = b"".join(
        b"t" + struct.pack(">H", len(text)) + text
        for pair in texts.items()
        for text in (part.encode() for part in pair)
    )
    return Sample(head + body + b"x", entries, True)


# TOTP Authenticator


def totp_authenticator(entries: Read = (ENTRIES[0], PLAIN[1])) -> Sample:
    listed = [tables.filled(_totp_entry(), entry, {"kinds": {"totp": "totp"}}) for entry in entries]
    text = json.dumps({json.dumps(listed): ""}).encode()
    return Sample(
        b64(cbc(hashlib.sha256(PASSWORD.encode()).digest(), bytes(16), text)).encode(), entries, True
    )


def _totp_entry() -> Any:
    return tables.FORMATS["totp authenticator preferences"]["entry"]


# Databases


def _database(sql: str, rows: list[tuple[Any, ...]], table: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute(sql)
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    connection.commit()
    return bytes(connection.serialize())


def google(entries: Read = (*PLAIN, ENTRIES[3])) -> Sample:
    rows = [
        (n, f"{e.issuer}:{e.label}", e.base32, e.counter, int(e.type == "hotp"), 0, e.issuer, None)
        for n, e in enumerate(entries)
    ]
    columns = "_id INTEGER PRIMARY KEY, email, secret, counter, type, provider, issuer, original_name"
    return Sample(_database(f"CREATE TABLE accounts ({columns})", rows, "accounts"), entries)


def microsoft(entries: Read = PLAIN) -> Sample:
    rows: list[tuple[Any, ...]] = [(n, e.issuer, e.label, e.base32, 1, 0) for n, e in enumerate(entries)]
    rows.append((len(rows), "Work", "me@work", "", 0, 2))
    columns = "_id INTEGER PRIMARY KEY, name, username, oath_secret_key, oath_enabled, account_type"
    return Sample(_database(f"CREATE TABLE accounts ({columns})", rows, "accounts"), entries)


def stratum(entries: Read = ENTRIES) -> Sample:
    types = {"hotp": 1, "totp": 2, "steam": 4}
    names = ("SHA1", "SHA256", "SHA512")
    rows = [
        (
            types[e.type],
            e.issuer,
            e.label,
            e.base32,
            names.index(e.algorithm),
            e.digits,
            e.period,
            e.counter,
            0,
        )
        for e in entries
    ]
    columns = "type, issuer, username, secret, algorithm, digits, period, counter, ranking"
    return Sample(_database(f"CREATE TABLE authenticator ({columns})", rows, "authenticator"), entries)


# KeePass


def _xml(entries: Read, protect: Any) -> bytes:
    """Return a database with a note, an entry's history and a deleted entry, none of which counts."""

    def string(key: str, value: str, protected: bool = False) -> str:
        text = b64(protect(value.encode())) if protected else escape(value)
        mark = ' Protected="True"' if protected else ""
        return f"<String><Key>{key}</Key><Value{mark}>{text}</Value></String>"

    def entry(title: str, user: str, code: str) -> str:
        fields = string("Title", title) + string("UserName", user) + string("Password", "x", True)
        return f"<Entry>{fields}{string('otp', code, True) if code else ''}</Entry>"

    # Create the strings in the order of the file, since the stream cipher runs through it.

    old = "otpauth://totp/old?secret=JBSWY3DPEHPK3PXP"
    note = entry("note", "", "").replace("</Entry>", f"<History>{entry('old', 'me', old)}</History></Entry>")
    listed = "".join(entry(e.issuer, e.label, e.uri) for e in entries[:-1])
    inner = entry(entries[-1].issuer, entries[-1].label, entries[-1].uri)
    thrown = entry("thrown away", "me", old)
    group = f"<Group><UUID>Z3JvdXA=</UUID>{entry('thrown away with its group', 'me', old)}</Group>"
    bin_group = f"<Group><UUID>YmluIG9mIHRoaW5ncw==</UUID>{thrown}{group}</Group>"
    return (
        "<?xml version='1.0' encoding='utf-8'?><KeePassFile><Meta><RecycleBinUUID>YmluIG9mIHRoaW5ncw=="
        f"</RecycleBinUUID></Meta><Root><Group><UUID>cm9vdA==</UUID>{note}{listed}"
        f"<Group><UUID>aW5uZXI=</UUID>{inner}</Group>{bin_group}</Group></Root></KeePassFile>"
    ).encode()


def _field(kind: int, value: bytes) -> bytes:
    return bytes([kind]) + struct.pack("<I", len(value)) + value


def keepass(entries: Read = _FIRST, *costs: int) -> Sample:
    """Return a KDBX 4 database with AES, Argon2id, and ChaCha20 for protected texts."""
    return Sample(kdbx(lambda protect: _xml(entries, protect), *costs), entries, True)


def kdbx(xml: Callable[[Any], bytes], memory: int = 64, passes: int = 2, lanes: int = 1) -> bytes:
    """Return a database with that XML. `xml` gets the function that protects a text. `memory` is in KiB."""
    seed, iv, salt, inner_key = os.urandom(32), os.urandom(16), os.urandom(32), os.urandom(64)
    variants: list[tuple[int, bytes, bytes]] = [
        (0x42, b"$UUID", bytes.fromhex("9e298b1956db4773b23dfc3ec6f0a1e6")),
        (0x42, b"S", salt),
        (0x05, b"M", struct.pack("<Q", memory * 1024)),
        (0x05, b"I", struct.pack("<Q", passes)),
        (0x04, b"P", struct.pack("<I", lanes)),
    ]
    dictionary = b"\x00\x01"
    for kind, name, value in variants:
        dictionary += (
            bytes([kind]) + struct.pack("<I", len(name)) + name + struct.pack("<I", len(value)) + value
        )
    head = bytes.fromhex("03d9a29a67fb4bb5") + struct.pack("<HH", 0, 4)
    head += _field(2, bytes.fromhex("31c1f2e6bf714350be5805216afc5aff")) + _field(3, struct.pack("<I", 1))
    head += _field(4, seed) + _field(7, iv) + _field(11, dictionary + b"\x00") + _field(0, b"\r\n\r\n")
    composite = hashlib.sha256(hashlib.sha256(PASSWORD.encode()).digest()).digest()
    derived = argon2id(salt, memory, passes, lanes, composite)
    digest = hashlib.sha512(inner_key).digest()
    stream = Cipher(algorithms.ChaCha20(digest[:32], bytes(4) + digest[32:44]), mode=None).encryptor()
    inner = _field(1, struct.pack("<I", 3)) + _field(2, inner_key) + _field(0, b"")
    content = gzip.compress(inner + xml(stream.update), 6)
    sealed = cbc(hashlib.sha256(seed + derived).digest(), iv, content)
    root = hashlib.sha512(seed + derived + b"\x01").digest()
    blocks = b""
    for number, block in enumerate((sealed[:1000], sealed[1000:], b"")):
        counted = struct.pack("<Q", number)
        key, size = hashlib.sha512(counted + root).digest(), struct.pack("<I", len(block))
        blocks += hmac.digest(key, counted + size + block, "sha256") + size + block
    mac = hmac.digest(hashlib.sha512(b"\xff" * 8 + root).digest(), head, "sha256")
    return head + hashlib.sha256(head).digest() + mac + blocks


def authy_encrypted(entries: Read = PLAIN) -> Sample:
    """Return a file in which each secret is encrypted separately."""
    shape = json.loads(json.dumps(tables.FORMATS["authy preferences"]))
    shape["entry"] |= {"encryptedSecret": "{sealed}", "salt": "{salt}"}
    del shape["entry"]["decryptedSecret"]
    listed = []
    for entry in entries:
        salt = b64(os.urandom(24))
        key = pbkdf2(salt.encode(), 1000, hashes.SHA1())  # noqa: S303
        values = {"sealed": b64(cbc(key, bytes(16), entry.base32.encode())), "salt": salt}
        filled = {
            name: values[value[1:-1]] if value in ("{sealed}", "{salt}") else _fill(value, entry)
            for name, value in shape["entry"].items()
        }
        listed.append(filled)
    name, text = shape["preference"], escape(json.dumps(listed))
    xml = f"<?xml version='1.0' ?>\n<map>\n<string name=\"{name}\">{text}</string>\n</map>"
    return Sample(xml.encode(), entries, True)


def _fill(value: Any, entry: Entry) -> Any:
    return tables.filled(value, entry, {"kinds": {"totp": "authenticator"}})


WRITERS = {
    "raivo zip": raivo_zip,
    "authenticator plus zip": authenticator_plus_zip,
    "1pux": one_pux,
    "proton pass zip": proton_pass_zip,
    "freeotp backup": free_otp_backup,
    "totp authenticator": totp_authenticator,
    "google database": google,
    "microsoft database": microsoft,
    "stratum database": stratum,
    "keepass 4": keepass,
    "authy encrypted": authy_encrypted,
}
