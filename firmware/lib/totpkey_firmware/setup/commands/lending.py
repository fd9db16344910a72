"""Commands that make a key's card, and that lend an account to another key (docs/concepts/lend-file.md).

`borrowing` opens what `lend` seals. The arithmetic needs much of the heap, so each file is loaded alone, and
imports only what it needs.
"""

import struct

from totpkey_protocol.errors import BAD_VALUE, NOT_FOUND, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.limits import POINT
from totpkey_protocol.record import LENT, LENT_SIZE
from totpkey_protocol.words import ACCESS, BLANK, EVERYTHING

from ...crypto.siv import TAG, seal_in_place, wipe
from ...heap import forget
from .. import exchange
from .ends import check_end, now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...accounts import Account
    from ..request import Request, Steps
    from ..setup_key import SetupKey as Key

#: What the arithmetic has more memory without.
_PAGES = ("totpkey_firmware.vault.card", "totpkey_firmware.vault.loans")


def card(request: "Request") -> "dict[str, object]":
    """The public half of the key's card, and its name. Since a lock was changed, the card is a new one."""
    if request.key.vault.state == BLANK:
        raise Refusal(NOT_FOUND, "card")
    name, public = _present(request.key)
    if not public:
        forget(_PAGES)
        public = _make(request.key, name.encode())
    return {"name": name, "public": to_hex(public)}


def _present(key: "Key") -> "tuple[str, bytes]":
    """The card's name and public half. Raises Refusal."""
    from ...vault.card import Card

    own = Card(key.vault.changes)
    return own.name, own.public


def make_card(request: "Request") -> "Steps":
    """Make the key pair of a card. What was sealed for an older card opens no more."""
    key = request.key
    yield ACCESS
    key.vault.entropy.reseed(request.data("random"))
    if key.vault.state == BLANK:
        key.vault.create(True)
        key.accounts_changed()
    return {"public": to_hex(_make(key, request.text("name").encode()))}


def _make(key: "Key", name: bytes) -> bytes:
    """Give the card a key pair. Returns its public half."""
    private = key.vault.entropy.take(POINT)
    try:
        public = exchange.public_of(private, key.platform.feed)
        # After the arithmetic, which has more memory without it.
        from ...vault.card import make

        make(key.vault, name, private, public)
    finally:
        wipe(private)
    return public


def lend(request: "Request") -> "Steps":
    """Seal one account, with an end, for the key whose card that is. The loan is in the book before
    anybody has the file. This key keeps the account as it is.
    """
    end = request.data("end")
    index = request.account()
    if not request.key.vault.shared(index).timed:
        # Both keys would count, and the site follows only one of them.
        raise Refusal(BAD_VALUE, "account")
    check_end(request, end)
    # Also for a number of codes: the time tells which of two files is newer.
    request.require_time()
    # Without room nobody is asked.
    _enter(request, index, end, False)
    yield EVERYTHING
    sealed = _sealed(request, index, end)
    _enter(request, index, end, True)
    return {"sealed": sealed}


def _enter(request: "Request", index: int, end: bytes, write: bool) -> None:
    """Enter the loan into the open book, and perhaps write it. Raises Refusal (full)."""
    from ...vault.loans import Loans

    vault = request.key.vault
    book, account = Loans(vault.changes), vault.identifier(index)
    book.add(account, request.data("card"), end, request.text("receiver"), now(request), write)
    forget(_PAGES)


def _sealed(request: "Request", index: int, end: bytes) -> memoryview:
    """The public half of a key pair for this file alone, and what is sealed with it. Valid until the next."""
    vault, peer = request.key.vault, request.data("card")
    room, private, feed = vault.rooms.record, vault.entropy.take(POINT), request.key.platform.feed
    try:
        public = exchange.public_of(private, feed)
        key = exchange.sealing_key(private, peer, public + peer, exchange.LEND, "card", feed)
    finally:
        wipe(private)
    room[:POINT] = public
    account = request.key.vault.shared(index)
    to = _pack_into(room, POINT + TAG, account, now(request), end, request.text("lender").encode())
    seal_in_place(key, (exchange.LEND + public + peer,), memoryview(room)[POINT:to])
    wipe(key)
    return memoryview(room)[:to]


def _pack_into(room: bytearray, at: int, account: "Account", made: int, end: bytes, lender: bytes) -> int:
    """Write what the file seals. Returns where it ends."""
    struct.pack_into(LENT, room, at, made, end, len(lender))
    at += LENT_SIZE
    room[at : at + len(lender)] = lender
    # The borrower decides what a press types besides the code.
    account.identifier, account.recipe = 0, ""
    return account.pack_into(room, at + len(lender))
