"""Aegis: JSON, plain or with its `db` sealed by AES-GCM under a master key that slots wrap."""

from __future__ import annotations

from totpkey_readers.formats import locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "Aegis"
_PASSWORD_SLOT = 1


def recognises(document: object) -> bool:
    if not isinstance(document, dict) or "db" not in document:
        return False
    # Some that are passed on lack the header.
    return "header" in document or (isinstance(document["db"], dict) and "entries" in document["db"])


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    file = Fields(document)
    database = file.inside("db") if not file.inside("header").has("slots") else _opened(file, ask)
    contents = Contents(NAME)
    contents.take_each(database.list("entries"), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    info = entry.inside("info")
    return account(
        entry.text("issuer", ""),
        entry.text("name", ""),
        info.text("secret"),
        entry.text("type"),
        info.text("algo", "SHA1"),
        info.number("digits", 6),
        info.number("period", 30),
        info.number("counter", 0),
    )


def _opened(file: Fields, ask: AskPassword) -> Fields:
    header = file.inside("header")
    slots = [Fields(slot, "header.slots.") for slot in header.list("slots")]
    slots = [slot for slot in slots if slot.number("type") == _PASSWORD_SLOT]
    if not slots:
        raise Problem("no_password")
    master = _master_key(slots, ask(NAME))
    parameters = header.inside("params")
    sealed = texts.from_base64(file.text("db"), "db") + _hex(parameters, "tag")
    return Fields(documents.parse(locked.open_gcm(master, _hex(parameters, "nonce"), sealed)), "db.")


def _master_key(slots: list[Fields], password: str) -> bytes:
    """The master key, from the first slot that the password opens. A backup password has its own slot."""
    problem = locked.wrong()
    # Each try costs a derivation; a file with more slots than this was not made by a person.
    for slot in slots[:8]:
        key = locked.scrypt(
            password, _hex(slot, "salt"), slot.number("n"), slot.number("r"), slot.number("p")
        )
        parameters = slot.inside("key_params")
        try:
            return locked.open_gcm(
                key, _hex(parameters, "nonce"), _hex(slot, "key") + _hex(parameters, "tag")
            )
        except Problem as wrong:
            if wrong.code != problem.code:
                raise
    raise problem


def _hex(fields: Fields, name: str) -> bytes:
    return texts.from_hex(fields.text(name), name)
