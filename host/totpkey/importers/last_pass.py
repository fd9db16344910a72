"""LastPass Authenticator: JSON."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.fields import Fields

NAME = "LastPass Authenticator"


def recognises(document: object) -> bool:
    accounts = document.get("accounts") if isinstance(document, dict) else None
    if accounts == [] and isinstance(document, dict):
        return "folders" in document
    return isinstance(accounts, list) and all(
        isinstance(entry, dict) and ("timeStep" in entry or "issuerName" in entry) for entry in accounts[:20]
    )


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields(document).list("accounts"), _read_account)
    return contents


def _read_account(entry: Fields) -> Reading:
    return account(
        entry.text("issuerName", "") or entry.text("originalIssuerName", ""),
        entry.text("userName", "") or entry.text("originalUserName", ""),
        entry.text("secret"),
        "totp",
        entry.text("algorithm", "SHA1"),
        entry.number("digits", 6),
        entry.number("timeStep", 30),
    )
