"""Android's shared preferences, from a rooted phone: a map in XML, with texts that hold JSON.

FreeOTP's first version, FreeOTP+, Authy and TOTP Authenticator store their accounts this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from totpkey_readers.formats import free_otp, locked, markup, totp_authenticator
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import WRONG_PASSWORD, Problem, note

AUTHY = "Authy"
FREE_OTP = "FreeOTP"
_AUTHY_KEYS = ("com.authy.storage.tokens.authenticator.key", "com.authy.storage.tokens.authy.key")
_AUTHY_ROUNDS = 1000
#: The period of Authy's own accounts, in seconds.
_AUTHY_PERIOD = 10


def recognises_text(text: str) -> bool:
    return _reader(_texts(text)) is not None


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem and WrongFilePassword."""
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
    for number, token in enumerate(_tokens(texts), 1):
        contents.take(f"entry {number}", lambda token=token: free_otp.read_token(token), token.any_name())  # type: ignore[misc]
    return contents


# Authy


def _read_authy(texts: dict[str, str], ask: AskPassword) -> Contents:
    listed: list[object] = []
    for key in _AUTHY_KEYS:
        document = documents.parse(texts[key]) if texts.get(key) else []
        if not isinstance(document, list):
            raise Problem("field_list", field=key)
        listed += document
    sealed = any(Fields(entry).has("encryptedSecret") for entry in listed)
    password = ask(AUTHY) if sealed else ""
    contents = Contents(AUTHY)
    opened = 0

    def read_entry(entry: Fields) -> Reading:
        nonlocal opened
        reading = _read_authy_entry(entry, password)
        opened += 1
        return reading

    for number, entry in enumerate(map(Fields, listed), 1):
        try:
            contents.take(f"entry {number}", lambda entry=entry: read_entry(entry), entry.any_name())  # type: ignore[misc]
        except Problem as problem:
            # Each entry is encrypted separately. If another one opened, this one is damaged.
            if not opened or problem.code != WRONG_PASSWORD:
                raise
            contents.skip(f"entry {number}", entry.any_name(), note("entry_password"))
    return contents


def _read_authy_entry(entry: Fields, password: str) -> Reading:
    digits = entry.number("digits")
    if entry.has("secretSeed"):
        secret: str | bytes = texts.from_hex(entry.text("secretSeed"), "secretSeed")
        return account(entry.text("name", ""), "", secret, digits=digits, period=_AUTHY_PERIOD)
    if entry.has("encryptedSecret"):
        key = locked.pbkdf2(password, entry.text("salt").encode(errors="replace"), _AUTHY_ROUNDS, "sha1")
        sealed = texts.from_base64(entry.text("encryptedSecret"), "encryptedSecret")
        secret = locked.open_cbc(key, bytes(16), sealed).decode("ascii", errors="replace")
    else:
        secret = entry.text("decryptedSecret")
    return account(*_authy_name(entry), secret, digits=digits)


def _authy_name(entry: Fields) -> tuple[str, str]:
    """Issuer and label. The displayed name repeats the issuer."""
    name, original = entry.text("name", ""), entry.text("originalName", "")
    issuer = entry.text("originalIssuer", "") or original.partition(":")[0] * (":" in original)
    if not issuer and " - " in name:
        issuer = name.partition(" - ")[0]
    rest = name.removeprefix(issuer).lstrip(" :-") if issuer else name
    return issuer, rest
