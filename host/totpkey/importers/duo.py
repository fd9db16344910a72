"""Duo Mobile's own file, as it lies on a rooted phone: a list in JSON of SHA-1 accounts with six digits."""

from __future__ import annotations

from totpkey import errors
from totpkey.accounts.account import Reading
from totpkey.i18n.translation import tr
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.documents import entries_have
from totpkey.importers.fields import Fields
from totpkey_protocol.words import HOTP, TOTP

NAME = "Duo Mobile"


def recognises(document: object) -> bool:
    return entries_have(document, "accountType", "pkey")


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields({"": document}).list(""), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    if entry.text("accountType") != "OtpAccount":
        raise errors.InvalidAccount(tr("It is one of Duo's own, which only the Duo app can answer for."))
    generator = entry.inside("otpGenerator")
    kind = HOTP if generator.has("counter") else TOTP
    return account(
        "", entry.text("name", ""), generator.text("otpSecret"), kind, counter=generator.number("counter", 0)
    )
