"""FreeOTP+: JSON with each secret as a list of signed bytes."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.fields import Damaged, Fields
from totpkey_protocol.limits import STEAM_DIGITS
from totpkey_protocol.words import HOTP, STEAM

NAME = "FreeOTP+"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and "tokens" in document


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields(document).list("tokens"), _read_token)
    return contents


def _read_token(token: Fields) -> Reading:
    kind, issuer = token.text("type", "TOTP"), token.text("issuerExt", "") or token.text("issuerInt", "")
    digits = token.number("digits", 6)
    if issuer.strip().lower() == STEAM and digits == STEAM_DIGITS:
        # The app has no type for them: it knows them by the issuer.
        kind = STEAM
    # The app counts up before it computes.
    counter = token.number("counter", 0) + (kind.lower() == HOTP)
    return account(
        issuer,
        token.text("label", ""),
        _secret(token.list("secret")),
        kind,
        token.text("algo", "SHA1"),
        digits,
        token.number("period", 30),
        counter,
    )


def _secret(values: list[object]) -> bytes:
    if not all(type(value) is int and -128 <= value <= 255 for value in values):
        raise Damaged("Its field secret is not a list of bytes.")
    return bytes(value & 0xFF for value in values if isinstance(value, int))
