"""TOTP Authenticator: base64 of AES-CBC under the SHA-256 of the password."""

from __future__ import annotations

import hashlib
import re

from totpkey_readers.formats import locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "TOTP Authenticator"
#: The name of its list among the app's own preferences.
PREFERENCE = "STATIC_TOTP_CODES_LIST"
_BASE_64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_SHORTEST = 128
_BASE_16, _BASE_32 = 16, 32


def recognises(text: str) -> bool:
    """Whether it is one long line of base64 whose bytes fill whole cipher blocks. It has no other mark."""
    plain = "".join(text.split())
    if not len(plain) >= _SHORTEST or not _BASE_64.fullmatch(plain):
        return False
    try:
        return len(texts.from_base64(plain, "")) % 16 == 0
    except Problem:
        return False


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    sealed = texts.from_base64("".join(text.split()), "")
    key = hashlib.sha256(ask(NAME).encode(errors="replace")).digest()
    try:
        document = documents.parse(locked.open_cbc(key, bytes(16), sealed))
    except Problem:
        # One wrong password in 256 gives valid padding.
        raise Problem("totp_authenticator_password") from None
    # An object with a single field, whose name is the list, as a text.
    inner = next(iter(document), "") if isinstance(document, dict) else ""
    return read_list(documents.parse(inner))


def read_list(document: object) -> Contents:
    """The accounts of the app's list. Raises Problem."""
    contents = Contents(NAME)
    contents.take_each(documents.as_list(document), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    base, key = entry.number("base"), entry.text("key")
    if base not in (_BASE_16, _BASE_32):
        raise Problem("secret_form")
    issuer = entry.text("issuer", "")
    return account(
        "" if issuer == "Unknown" else issuer,
        entry.text("name", ""),
        texts.from_hex(key, "key") if base == _BASE_16 else key,
        digits=_number(entry, "digits", 6),
        period=_number(entry, "period", 30),
    )


def _number(entry: Fields, name: str, default: int) -> int:
    """A number. The app writes texts, which are empty for the default."""
    return default if entry.is_text(name) and not entry.text(name) else entry.number(name, default)
