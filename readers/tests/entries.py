"""The entries in the samples, and key derivations shared by their writers but not with the readers."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

PASSWORD = "pass wörd 密码"


@dataclass(frozen=True)
class Entry:
    """The fields of an account in an app."""

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


#: One account of each kind that most apps can hold. Amazon's secrets have 32 bytes.
AMAZON = Entry("Amazon", "shop@example.com", bytes(range(100, 132)))
WORK = Entry("公司", "小王", b"12345678901234567890", "SHA256", 8, 60)
LONG = Entry("Bank", "me", bytes(range(64)), "SHA512")
COUNTED = Entry("Old VPN", "me", b"A" * 20, type="hotp", counter=41)
STEAM = Entry("Steam", "gamer", b"B" * 20, digits=5, type="steam")
ENTRIES = (AMAZON, WORK, LONG, COUNTED, STEAM)
#: For apps that support only SHA-1, six digits and 30 seconds.
PLAIN = (AMAZON, Entry("GitHub", "me", b"C" * 20))

Read = tuple[Entry, ...]


@dataclass(frozen=True)
class Sample:
    """An export and its entries."""

    data: bytes
    entries: Read
    encrypted: bool = False


def to_json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pbkdf2(salt: bytes, iterations: int, digest: hashes.HashAlgorithm) -> bytes:
    return PBKDF2HMAC(digest, 32, salt, iterations).derive(PASSWORD.encode())


def argon2id(salt: bytes, memory: int, passes: int, lanes: int, secret: bytes = PASSWORD.encode()) -> bytes:
    derivation = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return derivation.derive(secret)


def cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC with PKCS#7 padding."""
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def to_csv(names: list[str], rows: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([names, *rows])
    return file.getvalue().encode()
