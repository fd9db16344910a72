"""JSON of apps that write one unencrypted list, with an object for each account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from totpkey_readers.records.account import HOTP, STEAM, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, from_uri
from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

_SPELLINGS = {"steamtotp": STEAM}


@dataclass(frozen=True)
class App:
    """What marks an app's document, the list's field in it, "" for a bare list, and how an entry is read."""

    name: str
    recognises: Callable[[object], bool]
    entries: str
    read_entry: Callable[[Fields], Reading]

    def read(self, document: object, ask: AskPassword, /) -> Contents:
        """The accounts. Raises Problem."""
        contents = Contents(self.name)
        file = Fields(document if self.entries else {"": document})
        contents.take_each(file.list(self.entries), self.read_entry)
        return contents


def _has(marks: set[str], document: object) -> bool:
    return isinstance(document, dict) and marks <= document.keys()


def _is_of_chronos(document: object) -> bool:
    return isinstance(document, dict) and entries_have(
        document.get("tokens"), "account", "secret", "type", "period"
    )


def _is_of_last_pass(document: object) -> bool:
    accounts = document.get("accounts") if isinstance(document, dict) else None
    if accounts == [] and isinstance(document, dict):
        return "folders" in document
    return isinstance(accounts, list) and all(
        isinstance(entry, dict) and ("timeStep" in entry or "issuerName" in entry) for entry in accounts[:20]
    )


def _is_of_raivo(document: object) -> bool:
    return entries_have(document, "kind", "timer", "secret", "account")


def _is_of_duo(document: object) -> bool:
    return entries_have(document, "accountType", "pkey")


def _is_extracted(document: object) -> bool:
    return entries_have(document, "name", "secret", "issuer", "type", "url")


def _read_chronos(token: Fields) -> Reading:
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


def _read_last_pass(entry: Fields) -> Reading:
    return account(
        entry.text("issuerName", "") or entry.text("originalIssuerName", ""),
        entry.text("userName", "") or entry.text("originalUserName", ""),
        entry.text("secret"),
        TOTP,
        entry.text("algorithm", "SHA1"),
        entry.number("digits", 6),
        entry.number("timeStep", 30),
    )


def _read_raivo(entry: Fields) -> Reading:
    """All values are texts."""
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


def _read_duo(entry: Fields) -> Reading:
    """An entry of the app's own file, as it lies on a rooted phone: SHA-1 and six digits."""
    if entry.text("accountType") != "OtpAccount":
        raise Problem("duo_own")
    generator = entry.inside("otpGenerator")
    kind = HOTP if generator.has("counter") else TOTP
    return account(
        "", entry.text("name", ""), generator.text("otpSecret"), kind, counter=generator.number("counter", 0)
    )


def _read_extracted(entry: Fields) -> Reading:
    """An entry that the program extract_otp_secrets has made of Google Authenticator's QR codes."""
    return from_uri(entry.text("url"), entry.text("issuer"), entry.text("name"))


def _read_own_names(issuer: str, label: str, kind: str, entry: Fields) -> Reading:
    """Read an entry with names of its own for issuer, label and type."""
    spelt = entry.text(kind, TOTP).lower()
    return account(
        entry.text(issuer, ""),
        entry.text(label, ""),
        entry.text("secret"),
        _SPELLINGS.get(spelt, spelt),
        entry.text("algorithm", "SHA1"),
        entry.number("digits", 6),
        entry.number("period", 30),
        entry.number("counter", 0),
    )


APPS = (
    App("Chronos", _is_of_chronos, "tokens", _read_chronos),
    App("LastPass Authenticator", _is_of_last_pass, "accounts", _read_last_pass),
    App("Raivo", _is_of_raivo, "", _read_raivo),
    App("Duo Mobile", _is_of_duo, "", _read_duo),
    App("extract_otp_secrets", _is_extracted, "", _read_extracted),
    App(
        "2FAuth",
        partial(_has, {"app", "schema", "data"}),
        "data",
        partial(_read_own_names, "service", "account", "otp_type"),
    ),
    App(
        "cotp",
        partial(_has, {"version", "elements"}),
        "elements",
        partial(_read_own_names, "issuer", "label", "type"),
    ),
)
