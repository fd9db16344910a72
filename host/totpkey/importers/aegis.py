"""Aegis: JSON, plain or with its `db` sealed by AES-GCM under a master key that slots wrap."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.i18n.translation import tr
from totpkey.importers import documents, locked
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.fields import Damaged, Fields

NAME = "Aegis"
_PASSWORD_SLOT = 1


def recognises(document: object) -> bool:
    return isinstance(document, dict) and "header" in document and "db" in document


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged and WrongFilePassword."""
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
        raise Damaged(tr("It is locked, but not with a password: export it again with a password."))
    master = _master_key(slots, ask(NAME))
    parameters = header.inside("params")
    sealed = locked.from_base64(file.text("db"), "db") + _hex(parameters, "tag")
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
        except type(problem) as wrong:
            problem = wrong
    raise problem


def _hex(fields: Fields, name: str) -> bytes:
    return locked.from_hex(fields.text(name), name)
