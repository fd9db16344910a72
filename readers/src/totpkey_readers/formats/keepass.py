"""KeePass databases (KDBX 3.1 and 4), as KeePassXC, KeePass, Strongbox and others keep them.

The format is described in "KDBX 4" at keepass.info and in KeePassXC's documentation. Its header has the
encryption, and the key comes from its password. A code stands in a field `otp` as a key URI, or in KeePass'
own fields `TimeOtp-…` and `HmacOtp-…`; KeeTrayTOTP has `TOTP Seed`.

Salsa20 (D. J. Bernstein, "The Salsa20 family of stream ciphers") protects texts in KDBX 3. None of our
libraries has it, and the texts are short.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from totpkey_readers.formats import by_content, cost, locked, markup
from totpkey_readers.records import base32, strays, texts
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.problem import Problem, note

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


def read_header(data: bytes) -> Header:
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


def derive_key(header: Header, password: str) -> bytes:
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


def decrypt_body(header: Header, derived: bytes, sealed: bytes) -> bytes:
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


if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "KeePass"
_LARGEST = 64 << 20
_STREAM_SALSA20, _STREAM_CHACHA20 = 2, 3
_SALSA20_NONCE = bytes.fromhex("e830094b97205d2a")


class _Cipher(Protocol):
    def update(self, data: bytes, /) -> bytes: ...


def recognises(data: bytes) -> bool:
    return data.startswith(MAGIC)


def read(data: bytes, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    header = read_header(data)
    password = ask(NAME)
    with locked.unopened_as("keepass_password"):
        content, stream = _opened(data, header, password)
    return _read_xml(content, stream)


def _opened(data: bytes, header: Header, password: str) -> tuple[bytes, _Cipher]:
    """The XML, and the stream for its protected texts."""
    derived = derive_key(header, password)
    if header.major == 4:
        return _inner_header(_unpacked(_open_4(data, header, derived), header.compressed))
    content = _unpacked(_open_3(data, header, derived), header.compressed)
    return content, _stream(header.inner_stream, header.inner_key)


def _open_4(data: bytes, header: Header, derived: bytes) -> bytes:
    """The content: blocks with an HMAC each, after the header's HMAC, then decrypted as a whole."""
    root = hashlib.sha512(header.seed + derived + b"\x01").digest()
    at = header.size
    if len(data) < at + 64:
        raise Problem("cut_off")
    if data[at : at + 32] != hashlib.sha256(data[:at]).digest():
        raise Problem("header_damaged")
    own = hashlib.sha512(b"\xff" * 8 + root).digest()
    if not hmac.compare_digest(hmac.digest(own, data[:at], "sha256"), data[at + 32 : at + 64]):
        raise locked.wrong()
    at += 64
    blocks: list[bytes] = []
    for number in range(len(data)):
        mac, size = data[at : at + 32], int.from_bytes(data[at + 32 : at + 36], "little")
        block = data[at + 36 : at + 36 + size]
        if len(mac) < 32 or len(block) < size:
            raise Problem("cut_off")
        key = hashlib.sha512(number.to_bytes(8, "little") + root).digest()
        authenticated = number.to_bytes(8, "little") + data[at + 32 : at + 36] + block
        if not hmac.compare_digest(hmac.digest(key, authenticated, "sha256"), mac):
            raise Problem("block_damaged")
        if not size:
            break
        blocks.append(block)
        at += 36 + size
    return decrypt_body(header, derived, b"".join(blocks))


def _open_3(data: bytes, header: Header, derived: bytes) -> bytes:
    """The content, decrypted as a whole. Its first bytes reveal a wrong password; hashed blocks follow."""
    opened = decrypt_body(header, derived, data[header.size :])
    start = len(header.start)
    if opened[:start] != header.start:
        raise locked.wrong()
    at = start
    blocks: list[bytes] = []
    while True:
        digest, size = opened[at + 4 : at + 36], int.from_bytes(opened[at + 36 : at + 40], "little")
        block = opened[at + 40 : at + 40 + size]
        if not size:
            return b"".join(blocks)
        if hashlib.sha256(block).digest() != digest:
            raise Problem("block_damaged")
        blocks.append(block)
        at += 40 + size


def _unpacked(content: bytes, compressed: bool) -> bytes:
    if not compressed:
        return content
    import gzip

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise Problem("content_damaged") from None
    if len(unpacked) > _LARGEST:
        raise Problem("far_too_large")
    return unpacked


def _inner_header(content: bytes) -> tuple[bytes, _Cipher]:
    """The XML after the inner header, and the stream for protected texts."""
    kind, key, at = 0, b"", 0
    while at + 5 <= len(content):
        field, size = content[at], int.from_bytes(content[at + 1 : at + 5], "little")
        value = content[at + 5 : at + 5 + size]
        at += 5 + size
        if field == 0:
            return content[at:], _stream(kind, key)
        if field == 1:
            kind = int.from_bytes(value, "little")
        elif field == 2:
            key = value
    raise Problem("content_damaged")


def _stream(kind: int, key: bytes) -> _Cipher:
    if kind == _STREAM_CHACHA20:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

        digest = hashlib.sha512(key).digest()
        # cryptography's nonce has the block counter in front.
        nonce = bytes(4) + digest[32:44]
        return Cipher(algorithms.ChaCha20(digest[:32], nonce), mode=None).decryptor()
    if kind == _STREAM_SALSA20:
        return Salsa20(hashlib.sha256(key).digest(), _SALSA20_NONCE)
    raise Problem("stream_unknown")


def _read_xml(content: bytes, stream: _Cipher) -> Contents:
    """The entries of a database, in whose texts `stream` is laid over the protected ones."""
    root = markup.parse_xml(content)
    for value in root.iter("Value"):
        # In file order, because one stream covers all.
        if value.get("Protected", "").lower() == "true":
            sealed = texts.from_base64(value.text or "", "Value")
            value.text = stream.update(sealed).decode(errors="replace")
    strays.seen("\n".join(text for text in root.itertext() if text.strip()))
    return entries_in(root)


def entries_in(root: Element) -> Contents:
    """The accounts of a document, whose texts are plain. People keep codes in their own fields and notes."""
    bin_id = root.findtext("Meta/RecycleBinUUID", "")
    entries = [(_texts(entry), is_deleted) for entry, is_deleted in _entries(root.find("Root"), bin_id)]
    contents = by_content.read_as(NAME, [{} if is_deleted else _record(own) for own, is_deleted in entries])
    # What an entry held before is in none of today's accounts, and no loss.
    contents.disregard([_texts(before) for before in root.iterfind(".//History/Entry")])
    for number, (own, is_deleted) in enumerate(entries, 1):
        if is_deleted and by_content.recognises([_record(own)]):
            contents.skip(f"entry {number}", own.get("Title", ""), note("in_bin"), own)
    return contents


def _texts(entry: Element) -> dict[str, str]:
    return {item.findtext("Key", ""): item.findtext("Value", "") for item in entry.findall("String")}


def _entries(group: Element | None, bin_id: str, is_deleted: bool = False) -> Iterator[tuple[Element, bool]]:
    """The entries of a group and those below, without their history, and whether each is in the recycle
    bin.
    """
    if group is None:
        return
    is_deleted = is_deleted or bool(bin_id and group.findtext("UUID") == bin_id)
    yield from ((entry, is_deleted) for entry in group.findall("Entry"))
    for inner in group.findall("Group"):
        yield from _entries(inner, bin_id, is_deleted)


#: How KeePass spells a secret in the fields `TimeOtp-…` and `HmacOtp-…`.
_SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "Secret-Base64": lambda text: texts.from_base64(text, "Secret-Base64"),
    "Secret-Hex": lambda text: texts.from_hex(text, "Secret-Hex"),
    "Secret": str.encode,
}
_KINDS = {"TimeOtp": "totp", "HmacOtp": "hotp"}
_ALGORITHMS = {"HMAC-SHA-1": "SHA1", "HMAC-SHA-256": "SHA256", "HMAC-SHA-512": "SHA512"}


def _record(own: dict[str, str]) -> dict[str, str]:
    """An entry's texts, with those of KeePass, KeeOTP and KeeTrayTOTP as others write theirs."""
    record = {"title": "", **own}
    if own.get("otp", "").startswith("key="):
        query = own["otp"].replace("key=", "secret=", 1).replace("step=", "period=")
        record["otp"] = f"otpauth://totp/?{query}"
    if own.get("TOTP Seed", "").strip():
        # `30;6`, or `30;S` for Steam.
        settings = (record.pop("TOTP Settings", "").strip() or "30;6").split(";")
        record |= {"totp period": settings[0]} | dict(zip(["totp digits"], settings[1:2], strict=False))
    if record.get("totp digits", "").strip().upper() == "S":
        record |= {"totp type": "steam", "totp digits": ""}
    for kind, spelled in _KINDS.items():
        for name in ("Secret-Base32", *_SPELLINGS):
            if own.get(f"{kind}-{name}", "").strip() and "secret" not in record:
                record |= {"secret": _in_base32(record.pop(f"{kind}-{name}"), name), "totp type": spelled}
                algorithm = own.get(f"{kind}-Algorithm", "").strip()
                record[f"{kind}-Algorithm"] = _ALGORITHMS.get(algorithm.upper(), algorithm)
    return record


def _in_base32(text: str, spelling: str) -> str:
    """A secret in base32; as it is, if it is not written as its field says: then it is none."""
    try:
        return base32.encode(_SPELLINGS[spelling](text)) if spelling in _SPELLINGS else text
    except Problem:
        return text


_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
_BLOCK = 64
_MASK = 0xFFFFFFFF
#: Where each quarter round takes its four words: columns, then rows.
_QUARTERS = (
    *((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)),
    *((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)),
)


class Salsa20:
    """A key stream with a key of 32 bytes and a nonce of 8."""

    def __init__(self, key: bytes, nonce: bytes) -> None:
        self._key = struct.unpack("<8I", key)
        self._nonce = struct.unpack("<2I", nonce)
        self._counter = 0
        self._left = b""

    def update(self, data: bytes) -> bytes:
        """Encrypt or decrypt `data` at the stream's present position."""
        while len(self._left) < len(data):
            self._left += self._block()
        stream, self._left = self._left[: len(data)], self._left[len(data) :]
        return bytes(byte ^ other for byte, other in zip(data, stream, strict=True))

    def _block(self) -> bytes:
        c, k = _CONSTANTS, self._key
        count = self._counter & _MASK, self._counter >> 32
        start = (c[0], *k[:4], c[1], *self._nonce, *count, c[2], *k[4:], c[3])
        self._counter += 1
        x = list(start)
        for _ in range(10):
            for first, second, third, fourth in _QUARTERS:
                x[second] ^= _turned(x[first] + x[fourth], 7)
                x[third] ^= _turned(x[second] + x[first], 9)
                x[fourth] ^= _turned(x[third] + x[second], 13)
                x[first] ^= _turned(x[fourth] + x[third], 18)
        return struct.pack("<16I", *((word + own) & _MASK for word, own in zip(x, start, strict=True)))


def _turned(word: int, by: int) -> int:
    word &= _MASK
    return (word << by | word >> 32 - by) & _MASK
