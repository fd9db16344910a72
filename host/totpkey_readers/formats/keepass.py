"""KeePass databases (KDBX 3.1 and 4), as KeePassXC, KeePass, Strongbox and others keep them.

The format is described in "KDBX 4" at keepass.info and in KeePassXC's documentation. A code stands in a field
`otp` as a key URI, or in KeePass' own fields `TimeOtp-…` and `HmacOtp-…`; KeeTrayTOTP has `TOTP Seed`.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import zlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

from totpkey_readers.formats import kdbx_header, locked, markup
from totpkey_readers.records import strays, texts
from totpkey_readers.records.account import HOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, from_uri, secret_or_uri, site_of
from totpkey_readers.records.problem import Problem, note

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "KeePass"
_LARGEST = 64 << 20
_STREAM_SALSA20, _STREAM_CHACHA20 = 2, 3
_SALSA20_NONCE = bytes.fromhex("e830094b97205d2a")


class _Cipher(Protocol):
    def update(self, data: bytes, /) -> bytes: ...


def recognises_data(data: bytes) -> bool:
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
    """The accounts of a document, whose texts are plain."""
    contents = Contents(NAME)
    bin_id = root.findtext("Meta/RecycleBinUUID", "")
    for number, (entry, is_deleted) in enumerate(_entries(root.find("Root"), bin_id), 1):
        texts = _texts(entry)
        title = texts.get("Title", "") or site_of(texts.get("URL", ""))
        # What an entry held before is in none of today's accounts, and no loss.
        contents.disregard([_texts(before) for before in entry.iterfind("History/Entry")])
        if not any(texts.get(name, "").strip() for name in _CODE_FIELDS):
            contents.pass_over()
        elif is_deleted:
            contents.skip(f"entry {number}", title, note("in_bin"), texts)
        else:
            contents.take(f"entry {number}", partial(_read_entry, texts, title), title, texts.get("otp"))
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


#: Fields that hold a code: KeePassXC's, KeePass', KeeTrayTOTP's.
_BASE_32, _BASE_64, _HEX, _TEXT = "Secret-Base32", "Secret-Base64", "Secret-Hex", "Secret"
_SECRETS = tuple(
    f"{kind}-{spelling}" for kind in ("TimeOtp", "HmacOtp") for spelling in (_BASE_32, _BASE_64, _HEX, _TEXT)
)
_CODE_FIELDS = ("otp", "TOTP Seed", *_SECRETS)
_ALGORITHMS = {"HMAC-SHA-1": "SHA1", "HMAC-SHA-256": "SHA256", "HMAC-SHA-512": "SHA512"}


def _read_entry(texts: dict[str, str], title: str) -> Reading:
    user, uri = texts.get("UserName", ""), texts.get("otp", "").strip()
    if uri.startswith("key="):
        # As KeeOTP writes it.
        return from_uri(
            f"otpauth://totp/?{uri.replace('key=', 'secret=', 1).replace('step=', 'period=')}", title, user
        )
    if uri:
        return secret_or_uri(uri, title, user)
    if texts.get("TOTP Seed", "").strip():
        return _read_settings(texts, title, user)
    name = next(name for name in _SECRETS if texts.get(name, "").strip())
    kind, _, spelling = name.partition("-")
    return account(
        title,
        user,
        _secret(texts[name], spelling),
        HOTP if kind == "HmacOtp" else "totp",
        _algorithm(texts.get(f"{kind}-Algorithm", "") or "HMAC-SHA-1"),
        _number(texts, f"{kind}-Length", 6),
        _number(texts, f"{kind}-Period", 30),
        _number(texts, f"{kind}-Counter", 0),
    )


def _read_settings(texts: dict[str, str], title: str, user: str) -> Reading:
    """KeeTrayTOTP's `30;6`, or `30;S` for Steam."""
    period, _, digits = (texts.get("TOTP Settings", "").strip() or "30;6").partition(";")
    digits = digits.partition(";")[0]
    if digits.strip().upper() == "S":
        return account(title, user, texts["TOTP Seed"], "steam")
    given = {"period": period, "digits": digits or "6"}
    return account(
        title,
        user,
        texts["TOTP Seed"],
        digits=_number(given, "digits", 6),
        period=_number(given, "period", 30),
    )


def _secret(text: str, spelling: str) -> str | bytes:
    if spelling == _BASE_64:
        return texts.from_base64(text, _BASE_64)
    if spelling == _HEX:
        return texts.from_hex(text, _HEX)
    return text if spelling == _BASE_32 else text.encode()


def _algorithm(text: str) -> str:
    return _ALGORITHMS.get(text.strip().upper(), text)


def _number(texts: dict[str, str], name: str, default: int) -> int:
    text = texts.get(name, "").strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Problem("field_number", field=name)
    return int(text) if text else default
