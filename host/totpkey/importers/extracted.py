"""Output of the program extract_otp_secrets: Google Authenticator's accounts as a JSON list of key URIs."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.importers.contents import AskPassword, Contents, from_uri
from totpkey.importers.documents import entries_have
from totpkey.importers.fields import Fields

NAME = "extract_otp_secrets"


def recognises(document: object) -> bool:
    return entries_have(document, "name", "secret", "issuer", "type", "url")


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields({"": document}).list(""), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    return from_uri(entry.text("url"), entry.text("issuer"), entry.text("name"))
