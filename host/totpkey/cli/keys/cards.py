"""Reads cards and files that lend an account, and shows the digits of a card."""

from __future__ import annotations

import sys

from totpkey import errors
from totpkey.cli.input.files import read_file
from totpkey.cli.output import give_bright, visible
from totpkey.i18n.translation import tr
from totpkey.lending import texts
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card
from totpkey_protocol import lending
from totpkey_protocol.errors import NOT_FOUND
from totpkey_readers.jail import reader
from totpkey_readers.pictures import kinds


def own(client: KeyClient) -> Card | None:
    """The key's card; None if it has none."""
    try:
        return client.card()
    except errors.KeyRefused as refused:
        if refused.code != NOT_FOUND:
            raise
        return None


def give_code(text: str) -> None:
    """Show a card or a file as a QR code."""
    # Only who wants one waits for the library.
    from totpkey_readers.pictures import qr

    for line in qr.blocks(text):
        give_bright(line)


def card_of(source: str) -> Card:
    """The card in a text, in a file or picture, or on standard input (`-`). Raise Unreadable."""
    return texts.read_card(_text(source, lending.CARD))


def file_of(source: str) -> texts.File:
    """The file that lends an account, likewise. Raise Unreadable."""
    return texts.read_file(_text(source, lending.FILE))


def described(card: Card) -> str:
    """Whose card it is, and the digits to compare."""
    return tr("{name}: {digits}", name=visible(card.name), digits=texts.fingerprint(card))


@errors.in_words()
def _text(source: str, prefix: str) -> str:
    """The text in a source. Of a picture, the QR code that begins as wanted."""
    if source.strip().startswith(prefix):
        return source
    if source == "-":
        return sys.stdin.read(lending.FILE_MOST + 1)
    data = read_file(source)
    if kinds.is_picture(data):
        found = reader.texts(data, source)
        if not any(text.strip().startswith(prefix) for text in found):
            raise errors.Unreadable(
                tr("No readable QR code was found in {picture}.", picture=source),
                tr("Take it again: sharp, straight, the whole code with some white around it."),
            )
        return next(text for text in found if text.strip().startswith(prefix))
    return data.decode("utf-8-sig", errors="replace")
