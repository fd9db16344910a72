"""KeePass databases (KDBX 3.1 and 4), as KeePassXC, KeePass, Strongbox and others keep them.

The format is described in "KDBX 4" at keepass.info and in KeePassXC's documentation. A code stands in a field
`otp` as a key URI, or in KeePass' own fields `TimeOtp-…` and `HmacOtp-…`; KeeTrayTOTP has `TOTP Seed`.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from totpkey_readers.formats import by_content, kdbx_header, locked, markup
from totpkey_readers.records import base32, strays, texts
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.problem import Problem, note

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "KeePass"
_LARGEST = 64 << 20
_STREAM_SALSA20, _STREAM_CHACHA20 = 2, 3
_SALSA20_NONCE = bytes.fromhex("e830094b97205d2a")


class _Cipher(Protocol):
    def update(self, data: bytes, /) -> bytes: ...


def recognises(data: bytes) -> bool:
    return data.startswith(kdbx_header.MAGIC)


def read(data: bytes, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    header = kdbx_header.read(data)
    password = ask(NAME)
    with locked.unopened_as("keepass_password"):
        content, stream = _opened(data, header, password)
    return _read_xml(content, stream)


def _opened(data: bytes, header: kdbx_header.Header, password: str) -> tuple[bytes, _Cipher]:
    """The XML, and the stream for its protected texts."""
    derived = kdbx_header.derive(header, password)
    if header.major == 4:
        return _inner_header(_unpacked(_open_4(data, header, derived), header.compressed))
    content = _unpacked(_open_3(data, header, derived), header.compressed)
    return content, _stream(header.inner_stream, header.inner_key)


def _open_4(data: bytes, header: kdbx_header.Header, derived: bytes) -> bytes:
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
    return kdbx_header.decrypt(header, derived, b"".join(blocks))


def _open_3(data: bytes, header: kdbx_header.Header, derived: bytes) -> bytes:
    """The content, decrypted as a whole. Its first bytes reveal a wrong password; hashed blocks follow."""
    opened = kdbx_header.decrypt(header, derived, data[header.size :])
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
        from totpkey_readers.formats.salsa20 import Salsa20

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
