"""Duo Mobile's own file, as it lies on a rooted phone: SHA-1 and six digits."""

from __future__ import annotations

from totpkey_readers.records.account import HOTP, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.documents import as_list, entries_have
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem


def recognises(document: object) -> bool:
    return entries_have(document, "accountType", "pkey")


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    contents = Contents("Duo Mobile")
    contents.take_each(as_list(document), _read_entry)
    return contents


def _read_entry(entry: Fields) -> Reading:
    if entry.text("accountType") != "OtpAccount":
        raise Problem("duo_own")
    entry.leave_out("pkey", "serviceTypeLabelIsCustom")
    generator = entry.inside("otpGenerator")
    kind = HOTP if generator.has("counter") else TOTP
    return account(
        "", entry.text("name", ""), generator.text("otpSecret"), kind, counter=generator.number("counter", 0)
    )
