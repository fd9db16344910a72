"""FreeOTP+: JSON with each secret as a list of signed bytes. Its tokens are those of FreeOTP 1."""

from __future__ import annotations

from totpkey_readers.records.account import HOTP, STEAM, STEAM_DIGITS, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "FreeOTP+"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and {"tokens", "tokenOrder"} <= document.keys()


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    contents = Contents(NAME)
    contents.take_each(Fields(document).list("tokens"), read_token)
    return contents


def read_token(token: Fields, counted_up: int = 1, secret: bytes = b"") -> Reading:
    """An account, its `secret` perhaps from elsewhere. The app adds `counted_up` to a counter before it
    computes.

    Raises Problem.
    """
    kind, issuer = token.text("type", "TOTP"), token.text("issuerExt", "") or token.text("issuerInt", "")
    token.leave_out("issuerInt", "issuerAlt", "labelAlt", "imageInt", "imageAlt")
    digits = token.number("digits", 6)
    if issuer.strip().lower() == STEAM and digits == STEAM_DIGITS:
        # The app has no type for Steam. It recognises it by the issuer.
        kind = STEAM
    counter = token.number("counter", 0) + (counted_up if kind.lower() == HOTP else 0)
    return account(
        issuer,
        token.text("label", ""),
        secret or to_bytes(token.list("secret"), "secret"),
        kind,
        token.text("algo", "SHA1"),
        digits,
        token.number("period", 30),
        counter,
    )


def to_bytes(values: list[object], name: str) -> bytes:
    """Bytes from Java's signed ones. Raises Problem."""
    if not all(type(value) is int and -128 <= value <= 255 for value in values):
        raise Problem("field_bytes", field=name)
    return bytes(value & 0xFF for value in values if isinstance(value, int))
