"""Proton Authenticator: JSON, plain or encrypted by AES-GCM with Argon2id of the password."""

from __future__ import annotations

from totpkey_readers.formats import locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, from_uri
from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields

NAME = "Proton Authenticator"
_MEMORY, _PASSES, _LANES = 19 * 1024, 2, 1
_NONCE = 12
_ASSOCIATED = b"proton.authenticator.export.v1"


def recognises(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    if {"version", "salt", "content"} <= document.keys():
        return True
    # An empty export has no entry to look at.
    entries = document.get("entries")
    return "version" in document and (entries == [] or entries_have(entries, "content"))


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    file = Fields(document)
    if not file.has("entries"):
        file = _opened(file, ask)
    contents = Contents(NAME)
    contents.take_each(file.list("entries"), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    content = entry.inside("content")
    content.leave_out("entry_type")
    return from_uri(content.text("uri"), label=content.text("name", ""))


def _opened(file: Fields, ask: AskPassword) -> Fields:
    salt = texts.from_base64(file.text("salt"), "salt")
    content = texts.from_base64(file.text("content"), "content")
    key = locked.argon2id(ask(NAME), salt, _MEMORY, _PASSES, _LANES)
    return Fields(documents.parse(locked.open_gcm(key, content[:_NONCE], content[_NONCE:], _ASSOCIATED)))
