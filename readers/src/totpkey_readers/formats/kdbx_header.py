"""The header of a KDBX file: its encryption, and the key from its password."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

from totpkey_readers.formats import cost, locked
from totpkey_readers.records.problem import Problem

MAGIC = bytes.fromhex("03d9a29a67fb4bb5")
_AES = bytes.fromhex("31c1f2e6bf714350be5805216afc5aff")
_CHACHA20 = bytes.fromhex("d6038a2b8b6f4cb5a524339a31dbb59a")
_TWOFISH = bytes.fromhex("ad68f29f576f4bb9a36ad47af965346c")
_AES_KDF = (
    bytes.fromhex("c9d9f39a628a4460bf740d08c18a4fea"),
    bytes.fromhex("7c02bb8279a74ac0927d114a00648238"),
)
_ARGON2D = bytes.fromhex("ef636ddf8c29444b91f7a9a403e30a0c")
_ARGON2ID = bytes.fromhex("9e298b1956db4773b23dfc3ec6f0a1e6")
# Fields of the header
_END, _CIPHER, _COMPRESSION, _SEED, _KDF_SEED, _ROUNDS, _IV, _INNER_KEY, _START, _INNER, _KDF = (
    *(0, 2, 3, 4, 5, 6, 7),
    *(8, 9, 10, 11),
)
#: More rounds of AES than this take longer than a minute.
_ROUNDS_MOST = 2**40
#: So many rounds are done at a time.
_AT_ONCE = 1 << 16


@dataclass
class Header:
    """The header's fields. Sizes are in bytes."""

    major: int = 0
    size: int = 0
    cipher: bytes = b""
    compressed: bool = False
    seed: bytes = b""
    iv: bytes = b""
    start: bytes = b""
    inner_stream: int = 0
    inner_key: bytes = field(default=b"", repr=False)
    kdf: dict[str, bytes] = field(default_factory=dict)


def read(data: bytes) -> Header:
    """Parse the header. Raises Problem, also for unknown encryption."""
    if len(data) < 12:
        raise _cut_off()
    header = Header(int.from_bytes(data[10:12], "little"))
    if header.major not in (3, 4):
        raise Problem("keepass_version")
    width = 2 if header.major == 3 else 4
    at = 12
    while at + 1 + width <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 1 + width], "little")
        value = data[at + 1 + width : at + 1 + width + size]
        at += 1 + width + size
        if kind == _END:
            header.size = at
            return header
        _take(header, kind, value)
    raise _cut_off()


def _take(header: Header, kind: int, value: bytes) -> None:
    if kind == _CIPHER:
        header.cipher = value
    elif kind == _COMPRESSION:
        header.compressed = any(value)
    elif kind == _SEED:
        header.seed = value
    elif kind == _IV:
        header.iv = value
    elif kind == _KDF:
        header.kdf = _dictionary(value)
    elif kind in (_KDF_SEED, _ROUNDS):
        header.kdf |= {"$UUID": _AES_KDF[0], "S" if kind == _KDF_SEED else "R": value}
    elif kind == _INNER_KEY:
        header.inner_key = value
    elif kind == _START:
        header.start = value
    elif kind == _INNER:
        header.inner_stream = int.from_bytes(value, "little")


def derive(header: Header, password: str) -> bytes:
    """The password's key, without the header's seed. Raises Problem."""
    composite = hashlib.sha256(hashlib.sha256(password.encode(errors="replace")).digest()).digest()
    kind, salt = header.kdf.get("$UUID", b""), header.kdf.get("S", b"")
    if kind in _AES_KDF:
        return _aes_kdf(composite, salt, _number(header, "R"))
    if kind in (_ARGON2D, _ARGON2ID):
        memory, passes, lanes = _number(header, "M") // 1024, _number(header, "I"), _number(header, "P")
        if kind == _ARGON2ID:
            return locked.argon2id(composite, salt, memory, passes, lanes)
        return locked.argon2d(composite, salt, memory, passes, lanes)
    raise Problem("kdf_unknown")


def decrypt(header: Header, derived: bytes, sealed: bytes) -> bytes:
    """`sealed`, decrypted by the file's cipher. Raises Problem."""
    key = hashlib.sha256(header.seed + derived).digest()
    if header.cipher == _AES:
        return locked.open_cbc(key, header.iv, sealed)
    if header.cipher == _CHACHA20 and len(header.iv) == 12:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

        return Cipher(algorithms.ChaCha20(key, bytes(4) + header.iv), mode=None).decryptor().update(sealed)
    if header.cipher == _TWOFISH:
        raise Problem("twofish")
    raise Problem("sealed_unknown")


def _aes_kdf(composite: bytes, seed: bytes, rounds: int) -> bytes:
    """Encrypt both halves repeatedly. CBC over zeros does that, with many rounds in one call."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not 1 <= rounds <= _ROUNDS_MOST or len(seed) != 32:
        raise Problem("aes_rounds")
    cost.aes(rounds)
    halves = []
    for half in (composite[:16], composite[16:]):
        encryptor = Cipher(algorithms.AES(seed), modes.CBC(half)).encryptor()
        last = half
        for done in range(0, rounds, _AT_ONCE):
            last = encryptor.update(bytes(16 * min(_AT_ONCE, rounds - done)))[-16:]
        halves.append(last)
    return hashlib.sha256(b"".join(halves)).digest()


def _number(header: Header, name: str) -> int:
    return int.from_bytes(header.kdf.get(name, b"")[:8], "little")


def _dictionary(value: bytes) -> dict[str, bytes]:
    """KeePass' VariantDictionary: values by name, left as bytes."""
    found: dict[str, bytes] = {}
    at = 2
    while at < len(value) and value[at]:
        try:
            (name_size,) = struct.unpack_from("<I", value, at + 1)
            name = value[at + 5 : at + 5 + name_size].decode("ascii", errors="replace")
            at += 5 + name_size
            (size,) = struct.unpack_from("<I", value, at)
        except struct.error:
            raise _cut_off() from None
        found[name] = value[at + 4 : at + 4 + size]
        at += 4 + size
    return found


def _cut_off() -> Problem:
    return Problem("cut_off")
