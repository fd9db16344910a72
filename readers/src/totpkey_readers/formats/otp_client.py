"""OTPClient's own database (`.enc`): JSON sealed by AES-GCM under Argon2id, with the header authenticated.

Described by paolostivanin/OTPClient: src/common/db-common.c and db-common.h. Version 2 is a
structure of C as it lies in memory, version 3 has the same numbers with the highest byte first and no gap.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from totpkey_readers.formats import locked
from totpkey_readers.records import documents
from totpkey_readers.records.account import STEAM, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import WRONG_PASSWORD, Problem

NAME = "OTPClient"
_MAGIC = b"OTPClient"
_VERSION = struct.Struct(">9sI")
#: IV, salt; passes, KiB of memory and lanes of Argon2id.
_HEADERS = {2: struct.Struct("<16x16s32s3I"), 3: struct.Struct(">13x16s32s3I")}


@dataclass(frozen=True)
class _Header:
    whole: bytes
    iv: bytes
    salt: bytes
    passes: int
    memory: int
    lanes: int


def recognises(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def read(data: bytes, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    version, header = _header(data)
    entries = documents.parse(_opened(data, version, header, ask(NAME)))
    contents = Contents(NAME)
    contents.take_each(documents.as_list(entries), _read_entry)
    return contents


def _header(data: bytes) -> tuple[int, _Header]:
    if len(data) < _VERSION.size:
        raise Problem("cut_off")
    version = _VERSION.unpack_from(data)[1]
    if version not in _HEADERS:
        raise Problem("version", version=version)
    layout = _HEADERS[version]
    if len(data) < layout.size:
        raise Problem("cut_off")
    return version, _Header(data[: layout.size], *layout.unpack_from(data))


def _opened(data: bytes, version: int, header: _Header, password: str) -> bytes:
    plain = password.encode(errors="replace")
    try:
        return _open(data, header, plain)
    except Problem as problem:
        # Version 2 counted characters where it should have counted bytes, and dropped the rest.
        if problem.code != WRONG_PASSWORD or version != 2 or len(plain) == len(password):
            raise
        return _open(data, header, plain[: len(password)])


def _open(data: bytes, header: _Header, password: bytes) -> bytes:
    key = locked.argon2id(password, header.salt, header.memory, header.passes, header.lanes)
    return locked.open_gcm(key, header.iv, data[len(header.whole) :], header.whole)


def _read_entry(entry: Fields) -> Reading:
    issuer, label, secret = entry.text("issuer", ""), entry.text("label", ""), entry.text("secret")
    if issuer.casefold() == "steam":
        entry.leave_out("type", "algo", "digits", "period")
        # It has no type of its own for them.
        return account(issuer, label, secret, STEAM)
    return account(
        issuer,
        label,
        secret,
        entry.text("type"),
        entry.text("algo", "SHA1"),
        entry.number("digits", 6),
        entry.number("period", 30),
        entry.number("counter", 0),
    )
