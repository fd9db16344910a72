"""Authme (`.authme`): JSON around lines such as `Name:   me@example.com`, in base64.

Described by Levminer/authme: interface/windows/export/index.ts and interface/utils/convert.ts.
"""

from __future__ import annotations

from collections.abc import Iterator

from totpkey_readers.records import strays, texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Authme"
_MARKS = frozenset({"role", "encrypted", "codes", "version"})
_TYPE = "OTP_"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and document.keys() >= _MARKS


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    assert isinstance(document, dict)  # noqa: S101 - it was recognised
    if document["encrypted"] is not False:
        raise Problem("authme_sealed")
    codes = texts.from_base64(Fields(document).text("codes"), "codes")
    contents = Contents(NAME)
    contents.take_each(_entries(strays.seen(codes.decode(errors="replace"))), _read_entry)
    return contents


def _entries(text: str) -> Iterator[dict[str, str]]:
    """The fields of each account; an account begins with its name."""
    entry: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            continue
        if name.strip() == "Name" and entry:
            yield entry
            entry = {}
        entry[name.strip()] = value.strip()
    if entry:
        yield entry


def _read_entry(entry: Fields) -> Reading:
    kind = entry.text("Type", f"{_TYPE}TOTP").removeprefix(_TYPE)
    return account(entry.text("Issuer", ""), entry.text("Name", ""), entry.text("Secret"), kind)
