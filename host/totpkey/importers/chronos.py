"""Chronos (iOS): JSON."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.documents import entries_have
from totpkey.importers.fields import Fields

NAME = "Chronos"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and entries_have(
        document.get("tokens"), "account", "secret", "type", "period"
    )


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields(document).list("tokens"), _read_token)
    return contents


def _read_token(token: Fields) -> Reading:
    return account(
        token.text("issuer", ""),
        token.text("account", ""),
        token.text("secret"),
        token.text("type"),
        token.text("algorithm"),
        token.number("digits"),
        token.number("period"),
        token.number("counter", 0),
    )
