"""An export of any authenticator, its format found by what is in it and not by its name."""

from __future__ import annotations

from types import ModuleType

from totpkey import errors
from totpkey.importers import (
    aegis,
    and_otp,
    bitwarden,
    documents,
    ente,
    free_otp,
    last_pass,
    proton,
    stratum,
    tables,
    two_fas,
    uri_list,
)
from totpkey.importers.contents import AskPassword, Contents
from totpkey.importers.fields import Damaged

#: Larger files, in bytes, are not exports of accounts: 10 000 of them take some 5 MB.
LARGEST = 64 << 20
#: Formats in JSON, the ones with the surest marks first.
_JSON: tuple[ModuleType, ...] = (
    aegis,
    ente,
    bitwarden,
    two_fas,
    stratum,
    free_otp,
    proton,
    last_pass,
    and_otp,
)
_KNOWN = (
    "Aegis, 2FAS, andOTP, Bitwarden, FreeOTP+, Proton Authenticator, Ente Auth, Stratum, LastPass, KeePassXC"
    " (CSV), lists of otpauth:// URIs and Google Authenticator's otpauth-migration:// are known."
)


def read(data: bytes, ask: AskPassword) -> Contents:
    """Everything in an export. `ask` is called for the password of one that is encrypted.

    Raises InvalidImport for what no format fits or what is damaged as a whole, and WrongFilePassword. A
    damaged entry is skipped with its reason.
    """
    if len(data) > LARGEST:
        raise errors.InvalidImport(f"The file has more than {LARGEST >> 20} MiB.", "Pick the export itself.")
    try:
        contents = _read(data, ask)
    except Damaged as damaged:
        raise errors.InvalidImport(
            f"The file cannot be read. {damaged.reason}", "Export it again from the app."
        ) from None
    if not (contents.found or contents.skipped):
        raise errors.InvalidImport(f"There are no accounts in this export ({contents.format}).", "")
    return contents


def _read(data: bytes, ask: AskPassword) -> Contents:
    if stratum.is_encrypted(data):
        return stratum.read_encrypted(data, ask)
    text = text_of(data)
    if text is None:
        if and_otp.can_be(data):
            return and_otp.read_encrypted(data, ask)
        raise _unknown()
    if text.lstrip().startswith(("{", "[")):
        return _read_json(text, ask)
    if uri_list.recognises(text):
        return uri_list.read(text)
    if tables.recognises(text):
        return tables.read(text)
    raise _unknown()


def text_of(data: bytes) -> str | None:
    """The text that `data` is; None for bytes that are none. Half a character at the end is left out."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        if not fault.start or fault.reason not in ("unexpected end of data", "truncated data"):
            return None
        text = data[: fault.start].decode(encoding)
    return None if "\0" in text else text


def _read_json(text: str, ask: AskPassword) -> Contents:
    document = documents.parse(text)
    for family in _JSON:
        if family.recognises(document):
            contents: Contents = family.read(document, ask)
            return contents
    raise _unknown()


def _unknown() -> errors.InvalidImport:
    return errors.InvalidImport("The file is not an export that is known here.", _KNOWN)
