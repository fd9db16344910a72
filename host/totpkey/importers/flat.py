"""JSON of apps that keep a list of plain entries, one object for each account, under names of their own."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.accounts.account import Reading
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.fields import Fields
from totpkey_protocol.words import STEAM, TOTP


@dataclass(frozen=True)
class App:
    """The fields that mark an app's document, that of the list, and those of an entry."""

    name: str
    marks: frozenset[str]
    entries: str
    issuer: str
    label: str
    type: str = "type"


_APPS = (
    App("2FAuth", frozenset({"app", "schema", "data"}), "data", "service", "account", "otp_type"),
    App("cotp", frozenset({"version", "elements"}), "elements", "issuer", "label"),
)
_SPELLINGS = {"steamtotp": STEAM}


def recognises(document: object) -> bool:
    return _app(document) is not None


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    app = _app(document)
    assert app is not None  # noqa: S101 - it was recognised
    contents = Contents(app.name)
    contents.take_each(Fields(document).list(app.entries), lambda entry: _read_entry(entry, app))
    return contents


def _app(document: object) -> App | None:
    if not isinstance(document, dict):
        return None
    return next((app for app in _APPS if app.marks <= document.keys()), None)


def _read_entry(entry: Fields, app: App) -> Reading:
    kind = entry.text(app.type, TOTP).lower()
    return account(
        entry.text(app.issuer, ""),
        entry.text(app.label, ""),
        entry.text("secret"),
        _SPELLINGS.get(kind, kind),
        entry.text("algorithm", "SHA1"),
        entry.number("digits", 6),
        entry.number("period", 30),
        entry.number("counter", 0),
    )
