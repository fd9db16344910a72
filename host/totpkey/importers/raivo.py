"""Raivo: a JSON list whose values are all texts, plain or in a ZIP file with the master password."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.documents import entries_have
from totpkey.importers.fields import Fields

NAME = "Raivo"
_MARKS = ("kind", "timer", "secret", "account")


def recognises(document: object) -> bool:
    return entries_have(document, *_MARKS)


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields({"": document}).list(""), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    return account(
        entry.text("issuer", ""),
        entry.text("account"),
        entry.text("secret"),
        entry.text("kind"),
        entry.text("algorithm"),
        entry.number("digits"),
        entry.number("timer"),
        entry.number("counter", 0),
    )
