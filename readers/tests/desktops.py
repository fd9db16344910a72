"""Files of programs for desktops: OTPClient's database, Authme's export, and the folder of Steam's codes."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from readers.tests.entries import (
    ENTRIES,
    PASSWORD,
    PLAIN,
    STEAM,
    Entry,
    Read,
    Sample,
    argon2id,
    b64,
    cbc,
    pbkdf2,
    to_json,
)

#: Cheaper than the programs' own, so that tests are quick.
_PASSES, _MEMORY, _LANES = 1, 8192, 4
OTHER = Entry("Steam", "other", b"D" * 20, digits=5, type="steam")


def otp_client(entries: Read = ENTRIES, version: int = 3, password: bytes = PASSWORD.encode()) -> Sample:
    """paolostivanin/OTPClient: src/common/db-common.c, encrypt_db; common.c, build_json_obj."""
    listed = []
    for entry in entries:
        steam = entry.type == "steam"
        fields: dict[str, object] = {
            "type": "TOTP" if steam else entry.type.upper(),
            "label": entry.label,
            "issuer": entry.issuer,
        }
        fields |= {"digits": entry.digits, "algo": entry.algorithm, "secret": entry.base32}
        fields |= {"counter": entry.counter} if entry.type == "hotp" else {"period": entry.period}
        listed.append(fields)
    iv, salt = os.urandom(16), os.urandom(32)
    numbers = (_PASSES, _MEMORY, _LANES)
    if version == 3:
        header = b"OTPClient" + struct.pack(">I", 3) + iv + salt + struct.pack(">3I", *numbers)
    else:
        # As a compiler lays the structure out: three bytes of padding before the first number.
        header = b"OTPClient\0\0\0" + struct.pack("<I", version) + iv + salt + struct.pack("<3I", *numbers)
    key = argon2id(salt, _MEMORY, _PASSES, _LANES, password)
    return Sample(header + AESGCM(key).encrypt(iv, to_json(listed), header), entries, True)


def otp_client_2(entries: Read = ENTRIES) -> Sample:
    """As many bytes of the password as it has characters: what version 2 made of one beyond ASCII."""
    return otp_client(entries, version=2, password=PASSWORD.encode()[: len(PASSWORD)])


def authme(entries: Read = PLAIN) -> Sample:
    """Levminer/authme: interface/windows/export/index.ts."""
    lines = "".join(
        f"\nName:   {entry.label} \nSecret: {entry.base32} \nIssuer: {entry.issuer} \nType:   OTP_TOTP\n"
        for entry in entries
    )
    document = {"role": "codes", "encrypted": False, "codes": b64(lines.encode())}
    return Sample(to_json(document | {"date": "2024-02-20-10-00-00", "version": 3}), entries)


Lock = tuple[dict[str, object], bytes, bytes]


def sda_lock(name: str) -> Lock:
    """Jessecar96/SteamDesktopAuthenticator: Manifest.cs, FileEncryptor.cs."""
    salt, iv = os.urandom(8), os.urandom(16)
    entry = {"encryption_iv": b64(iv), "encryption_salt": b64(salt), "filename": name, "steamid": 1}
    return entry, pbkdf2(salt, 50_000, hashes.SHA1()), iv  # noqa: S303 - as the program does


def argon2id_lock(name: str) -> Lock:
    """dyc3/steamguard-cli: src/encryption/argon2id_aes.rs."""
    salt, iv = os.urandom(16), os.urandom(16)
    encryption = {"iv": b64(iv), "salt": b64(salt), "scheme": "Argon2idAes256"}
    entry = {"filename": name, "steam_id": 1, "account_name": "x", "encryption": encryption}
    return entry, argon2id(salt, 12 * 1024, 3, 12), iv


def steam_folder(entries: Read = (STEAM, OTHER), lock: Callable[[str], Lock] = sda_lock) -> Sample:
    """The folder `maFiles` in a ZIP, with a file for each account, all encrypted."""
    out, listed = io.BytesIO(), []
    with zipfile.ZipFile(out, "w") as archive:
        for number, entry in enumerate(entries):
            name = f"{number}.maFile"
            known, key, iv = lock(name)
            listed.append(known)
            file = {"shared_secret": b64(entry.secret), "account_name": entry.label, "status": 1}
            archive.writestr(f"maFiles/{name}", b64(cbc(key, iv, to_json(file))))
        marks = {"encrypted": True, "periodic_checking": False} if lock is sda_lock else {"version": 1}
        archive.writestr("maFiles/manifest.json", json.dumps(marks | {"entries": listed}))
    return Sample(out.getvalue(), entries, True)


def steam_folder_argon2id() -> Sample:
    return steam_folder(lock=argon2id_lock)


WRITERS: dict[str, Callable[..., Sample]] = {
    "otpclient": otp_client,
    "otpclient 2": otp_client_2,
    "authme": authme,
}
FOLDERS: dict[str, Callable[[], Sample]] = {
    "steam folder zip": steam_folder,
    "steam folder argon2id zip": steam_folder_argon2id,
}
