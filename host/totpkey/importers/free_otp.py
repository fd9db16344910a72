"""FreeOTP+: JSON with each secret as a list of signed bytes. Its tokens are those of FreeOTP 1."""

from __future__ import annotations

from totpkey.accounts.account import Reading
from totpkey.i18n.translation import tr
from totpkey.importers.contents import AskPassword, Contents, account
from totpkey.importers.fields import Damaged, Fields
from totpkey_protocol.limits import STEAM_DIGITS
from totpkey_protocol.words import HOTP, STEAM

NAME = "FreeOTP+"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and {"tokens", "tokenOrder"} <= document.keys()


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    contents.take_each(Fields(document).list("tokens"), read_token)
    return contents


def read_token(token: Fields, counted_up: int = 1) -> Reading:
    """An account. The app adds `counted_up` to a counter before it computes.

    Raises Damaged and InvalidAccount.
    """
    kind, issuer = token.text("type", "TOTP"), token.text("issuerExt", "") or token.text("issuerInt", "")
    digits = token.number("digits", 6)
    if issuer.strip().lower() == STEAM and digits == STEAM_DIGITS:
        # The app has no type for Steam. It recognises it by the issuer.
        kind = STEAM
    counter = token.number("counter", 0) + (counted_up if kind.lower() == HOTP else 0)
    return account(
        issuer,
        token.text("label", ""),
        to_bytes(token.list("secret"), "secret"),
        kind,
        token.text("algo", "SHA1"),
        digits,
        token.number("period", 30),
        counter,
    )


def to_bytes(values: list[object], name: str) -> bytes:
    """Bytes from Java's signed ones. Raises Damaged."""
    if not all(type(value) is int and -128 <= value <= 255 for value in values):
        raise Damaged(tr("Its field {name} is not a list of bytes.", name=name))
    return bytes(value & 0xFF for value in values if isinstance(value, int))
