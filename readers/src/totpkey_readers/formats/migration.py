"""Google Authenticator's export: `otpauth-migration://offline?data=`, a Protocol Buffers message in base64.

It has seven fields in one message and four in another, so no library is needed: this module reads the wire
format itself (protobuf.dev, "Encoding").
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TypeVar
from urllib.parse import unquote

from totpkey_readers.records.account import HOTP, TOTP, Reading, split_name
from totpkey_readers.records.contents import Contents, account
from totpkey_readers.records.problem import Problem, note

NAME = "Google Authenticator"

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Fields of the payload, and of one account in it
_PARAMETERS, _BATCH_SIZE, _BATCH_INDEX, _BATCH_ID = 1, 3, 4, 5
_SECRET, _NAME, _ISSUER, _ALGORITHM, _DIGITS, _TYPE, _COUNTER = range(1, 8)
# What the numbers in the enumerations mean; 0 is "unspecified"
_ALGORITHMS = {0: "SHA1", 1: "SHA1", 2: "SHA256", 3: "SHA512", 4: "MD5"}
_DIGIT_COUNTS = {0: 6, 1: 6, 2: 8}
_TYPES = {0: TOTP, 1: HOTP, 2: TOTP}
_Meaning = TypeVar("_Meaning")
_LONGEST_VARINT = 10
_MOST_BATCHES = 1000
#: The longest URI, in characters. The largest QR code holds 4296, but some programs put all accounts in one
#: URI.
_LONGEST = 8 << 20


@dataclass(frozen=True)
class Batch:
    """One QR code of an export of `size` codes: its place among them, and its accounts as messages."""

    index: int
    size: int
    identifier: int
    accounts: tuple[bytes, ...] = field(repr=False)


def read(uris: Sequence[str]) -> Contents:
    """The accounts of all these URIs, each batch once. Warns of missing batches. Raises Problem.

    Today's app writes no identifier, so two exports differ only in their accounts. A batch is a repetition
    only if it has exactly the same accounts.
    """
    contents = Contents(NAME)
    batches = sorted(dict.fromkeys(map(_batch, uris)), key=lambda batch: (*_export(batch), batch.index))
    for batch in batches:
        for number, message in enumerate(batch.accounts, 1):
            place = f"code {batch.index + 1}, entry {number}"
            contents.take(place, partial(_account, message), _name_of(message))
    for _number, own in groupby(batches, key=_export):
        _warn_of_missing(contents, list(own))
    return contents


def _export(batch: Batch) -> tuple[int, int]:
    """A value that distinguishes exports, as far as possible."""
    return batch.identifier, batch.size


def _warn_of_missing(contents: Contents, own: Sequence[Batch]) -> None:
    """Warn of batches missing from an export. Exports of a single code are complete."""
    size, indices = own[0].size, {batch.index for batch in own}
    missing = sorted(set(range(size)) - indices)
    if missing:
        contents.warnings.append(
            note("google_missing", size=size, missing=", ".join(str(index + 1) for index in missing[:20]))
        )
    if size > 1 and len(own) > len(indices):
        contents.warnings.append(note("google_mixed", size=size))


def _batch(uri: str) -> Batch:
    values: dict[int, int] = {}
    accounts: list[bytes] = []
    for number, value in _fields(_payload(uri)):
        if number == _PARAMETERS and isinstance(value, bytes):
            accounts.append(value)
        elif isinstance(value, int):
            values[number] = value
    size, index = values.get(_BATCH_SIZE, 1), values.get(_BATCH_INDEX, 0)
    if not (size <= _MOST_BATCHES and index < max(size, 1)):
        raise Problem("google_batches")
    return Batch(index, max(size, 1), values.get(_BATCH_ID, 0), tuple(accounts))


def _payload(uri: str) -> bytes:
    """The message in a URI. In its base64, a `+` may have become a space, and padding is often missing."""
    if len(uri) > _LONGEST:
        raise Problem("google_long")
    marker = uri.find("data=")
    if marker < 0:
        raise Problem("google_no_data")
    text = unquote(uri[marker + 5 :].partition("&")[0]).strip().replace(" ", "+")
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Problem("google_base64") from None


def _account(message: bytes) -> Reading:
    texts: dict[int, bytes] = {}
    numbers: dict[int, int] = {}
    for number, value in _fields(message):
        if isinstance(value, bytes):
            texts[number] = value
        else:
            numbers[number] = value
    issuer, label = (
        _utf8(texts.get(field, b""), what) for field, what in ((_ISSUER, "issuer"), (_NAME, "name"))
    )
    prefix, rest = split_name(label)
    if prefix and (not issuer or prefix == issuer):
        issuer, label = prefix, rest
    if _SECRET not in texts:
        raise Problem("field_missing", field="secret")
    return account(
        issuer,
        label,
        texts[_SECRET],
        _meaning(_TYPES, numbers.get(_TYPE, 0), "type"),
        _meaning(_ALGORITHMS, numbers.get(_ALGORITHM, 0), "algorithm"),
        _meaning(_DIGIT_COUNTS, numbers.get(_DIGITS, 0), "number of digits"),
        counter=numbers.get(_COUNTER, 0),
    )


def _name_of(message: bytes) -> str:
    """The name, for an entry that may be unreadable."""
    try:
        values = [value for number, value in _fields(message) if number == _NAME and isinstance(value, bytes)]
        return _utf8(values[0], "name")[:80] if values else ""
    except Problem:
        return ""


def _meaning(meanings: dict[int, _Meaning], number: int, what: str) -> _Meaning:
    if number not in meanings:
        raise Problem("unknown", what=what)
    return meanings[number]


def _utf8(value: bytes, what: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Problem("field_utf8", field=what) from None


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message, including unknown ones. Raises Problem."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            length, at = _varint(message, at)
        elif wire_type in (_FIXED32, _FIXED64):
            length = 4 if wire_type == _FIXED32 else 8
        else:
            raise Problem("google_damaged")
        if at + length > len(message):
            raise Problem("google_cut")
        yield number, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LONGEST_VARINT):
        if at + place >= len(message):
            raise Problem("google_cut")
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & (1 << 64) - 1, at + place + 1
    raise Problem("google_damaged")
