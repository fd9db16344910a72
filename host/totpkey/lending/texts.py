"""The text of a card, and of a file for it: what carries both is not trusted, so each has a checksum."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import Card
from totpkey_protocol import commands, lending, limits
from totpkey_protocol.errors import Refusal
from totpkey_protocol.fields import check_value

_UNRESERVED = "-._~"
_AGAIN = _("Have it sent again, whole, as a file or by copying all of the line.")


@dataclass(frozen=True)
class File:
    """What a key has sealed for the card with that public half."""

    card: bytes
    sealed: bytes


def write_card(card: Card) -> str:
    """The card as one line of text."""
    data = card.public + _checksum(card.public + card.name.encode())
    return f"{lending.CARD}{quote(card.name, safe=_UNRESERVED)}:{_to_text(data)}"


def read_card(text: str) -> Card:
    """The card in a text. Raises Unreadable for what is none, and for one that is damaged."""
    name, _colon, data = _after(lending.CARD, text, tr("This is no card of a key.")).partition(":")
    try:
        decoded = urlsafe_b64decode(data)
        card = Card(unquote_to_bytes(name).decode(), decoded[: limits.POINT])
        check_value(commands.lender, card.name)
    except (ValueError, Refusal):
        raise _damaged_card() from None
    # Only one spelling of each card is right, so no damage goes unseen.
    if write_card(card) != lending.CARD + name + ":" + data:
        raise _damaged_card()
    return card


def fingerprint(card: Card) -> str:
    """The card's digits in groups of four, which its owner and the lender compare. Takes half a second."""
    derived = hashlib.pbkdf2_hmac(
        "sha256", card.public + card.name.encode(), lending.DIGITS_SALT, lending.DIGITS_ROUNDS
    )
    number = int.from_bytes(derived[: lending.DIGITS_BYTES], "big")
    digits = f"{number:0{lending.DIGITS}}"[-lending.DIGITS :]
    return " ".join(digits[at : at + 4] for at in range(0, lending.DIGITS, 4))


def write_file(file: File) -> str:
    """The file as one line of text."""
    data = file.card + file.sealed
    return lending.FILE + _to_text(data + _checksum(data))


def read_file(text: str) -> File:
    """The file in a text. Raises Unreadable for what is none, and for one that is damaged."""
    data = _after(lending.FILE, text, tr("This is no file that lends an account."))
    try:
        decoded = urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except ValueError:
        raise _damaged_file() from None
    content = decoded[: -lending.CHECKSUM]
    file = File(content[: limits.POINT], content[limits.POINT :])
    if len(file.sealed) < lending.SEALED_LEAST or write_file(file) != lending.FILE + data:
        raise _damaged_file()
    return file


def _after(prefix: str, text: str, cause: str) -> str:
    """What follows the prefix, without spaces and line ends: mail breaks lines."""
    joined = "".join(text[: lending.FILE_MOST].split())
    if len(text) > lending.FILE_MOST or not joined.startswith(prefix):
        raise errors.Unreadable(cause, tr("It begins with {prefix}", prefix=prefix))
    return joined[len(prefix) :]


def _to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _checksum(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[: lending.CHECKSUM]


def _damaged_card() -> errors.Unreadable:
    return errors.Unreadable(tr("The card is damaged: a part of it is missing or changed."), tr(_AGAIN))


def _damaged_file() -> errors.Unreadable:
    return errors.Unreadable(tr("The file is damaged: a part of it is missing or changed."), tr(_AGAIN))
