"""Android's shared preferences, from a rooted phone: a map in XML, with texts that hold JSON.

FreeOTP's first version, FreeOTP+, Authy and TOTP Authenticator store their accounts this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from totpkey_readers.formats import authy, free_otp, markup, totp_authenticator
from totpkey_readers.records import documents
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

FREE_OTP = "FreeOTP"
_AUTHY_KEYS = ("com.authy.storage.tokens.authenticator.key", "com.authy.storage.tokens.authy.key")


def recognises(text: str) -> bool:
    return _reader(_texts(text)) is not None


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    texts = _texts(text)
    reader = _reader(texts)
    if reader is None:
        raise Problem("no_accounts")
    return reader(texts, ask)


def _reader(texts: dict[str, str]) -> Callable[[dict[str, str], AskPassword], Contents] | None:
    if any(key in texts for key in _AUTHY_KEYS):
        return _read_authy
    if totp_authenticator.PREFERENCE in texts:
        return _read_totp_authenticator
    return _read_free_otp if any(True for _ in _tokens(texts)) else None


def _texts(text: str) -> dict[str, str]:
    """The texts of a map by name; empty for anything else."""
    if "<map" not in text[:512]:
        return {}
    try:
        root = markup.parse_xml(text)
    except Problem:
        return {}
    listed = [] if root.tag != "map" else root.iter("string")
    return {element.get("name", ""): element.text or "" for element in listed}


def _read_totp_authenticator(texts: dict[str, str], ask: AskPassword) -> Contents:
    return totp_authenticator.read_list(documents.parse(texts[totp_authenticator.PREFERENCE]))


# FreeOTP


def _tokens(texts: dict[str, str]) -> Iterator[Fields]:
    for value in texts.values():
        if value.startswith("{") and '"issuerExt"' in value:
            yield Fields(documents.parse(value))


def _read_free_otp(texts: dict[str, str], ask: AskPassword) -> Contents:
    contents = Contents(FREE_OTP)
    contents.take_each((token.value for token in _tokens(texts)), free_otp.read_token)
    return contents


# Authy


def _read_authy(texts: dict[str, str], ask: AskPassword) -> Contents:
    listed: list[object] = []
    for key in _AUTHY_KEYS:
        document = documents.parse(texts[key]) if texts.get(key) else []
        if not isinstance(document, list):
            raise Problem("field_list", field=key)
        listed += document
    return authy.read_settings(listed, ask)
