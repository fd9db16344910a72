"""Lending by a file: the texts of a card and of a file for it, and the book of what a key has lent.

What carries a text is not trusted, so each has a checksum.
"""

from __future__ import annotations

import hashlib
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from totpkey import errors
from totpkey.accounts.ends import End, unpack
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import Card, LoansReply
from totpkey_protocol import commands, lending, limits
from totpkey_protocol import journal as packed
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


@dataclass(frozen=True)
class Loan:
    """One loan. `account`: its id. `card`: a mark of the card's public half, `receiver` the name on it.

    `lent`: Unix seconds by the key; `back`: when its owner noted that it was taken back, 0 for not.
    """

    number: int
    account: str
    card: str
    lent: int
    end: End
    back: int
    receiver: str

    def ran(self, begin: float, end: float) -> bool:
        """Whether it ran at some moment from `begin` on and before `end`, be it outside its hours."""
        return max(begin, self.lent) < min(end, self.end.until or end, self.back or end)


@dataclass(frozen=True)
class Book:
    """All loans, oldest first. `lost`: whether an earlier book could not be read. `gone`: how many loans that
    were over have made room for newer ones.
    """

    lost: bool
    gone: int
    loans: tuple[Loan, ...]

    def renewed(self, loan: Loan) -> int:
        """The number of the latest loan of the same account to the same card, perhaps its own."""
        whose = loan.account, loan.card
        return max(each.number for each in self.loans if (each.account, each.card) == whose)


def read_book(reply: LoansReply) -> Book:
    """Read what the key told. Raises BadReply."""
    loans, at = [], 0
    while at < len(reply.loans):
        start = at + packed.LOAN_SIZE
        if start > len(reply.loans) or start + reply.loans[start - 1] > len(reply.loans):
            raise errors.BadReply(tr("The key's book of loans is cut off."), tr("Update the key's firmware."))
        number, account, card, lent, end, back, length = struct.unpack_from(packed.LOAN, reply.loans, at)
        at = start + length
        receiver = reply.loans[start:at].decode("utf-8", "replace")
        found = unpack(end.hex()) or End()
        loans.append(Loan(number, f"{account:08x}", card.hex(), lent, found, back, receiver))
    return Book(reply.lost, reply.count - len(loans), tuple(loans))
