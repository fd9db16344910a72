"""The command that borrows an account: it opens what `lending.lend` has sealed on another key."""

import struct

from totpkey_protocol import commands
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.errors import BAD_VALUE, CANNOT_TYPE, END_REACHED, FILE_USED, STORAGE, Refusal
from totpkey_protocol.fields import check_value
from totpkey_protocol.limits import POINT
from totpkey_protocol.record import LENT, LENT_SIZE, STORED_END_SIZE
from totpkey_protocol.words import CHANGE, STEAM

from ...accounts import Account, unpack
from ...crypto.siv import TAG, BadSeal, open_in_place, wipe
from ...heap import forget
from ...keyboard.keystrokes import recipe_keystrokes
from ...vault import card as cards
from .. import foreign
from .ends import check_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps
    from ..setup_key import SetupKey as Key

#: What is wanted only until the file is open.
_ARITHMETIC = ("totpkey_firmware.setup.exchange", "totpkey_firmware.crypto.x25519")


def accept(request: "Request") -> "Steps":
    """Open a file: store its account, or renew the end of the one that is there.

    The card's private half is used only after the touch, so that no program can measure it as often as it
    likes.
    """
    key = request.key
    cards.Card(key.vault.changes)
    length = len(request.decoded("sealed", key.vault.rooms.record))
    if length <= POINT + TAG + LENT_SIZE:
        raise Refusal(BAD_VALUE, "sealed")
    yield CHANGE
    try:
        account = _read(request, _open(request, length))
    except (ValueError, IndexError, BadSeal):
        raise Refusal(BAD_VALUE, "sealed") from None
    finally:
        wipe(key.vault.rooms.record)
    return _keep(key, account)


def _open(request: "Request", length: int) -> memoryview:
    """What the file in the vault's memory for a record seals, opened there. Raises BadSeal, Refusal."""
    from .. import exchange

    vault, room = request.key.vault, request.key.vault.rooms.record
    own = cards.Card(vault.changes)
    both = bytes(room[:POINT]) + own.public
    private = own.private()
    try:
        blind = int.from_bytes(bytes(vault.entropy.take(POINT - 1)), "big") | 1
        key = exchange.sealing_key(
            private, both[:POINT], both, exchange.LEND, "sealed", request.key.platform.feed, blind
        )
        return open_in_place(key, (exchange.LEND + both,), memoryview(room)[POINT:length])
    finally:
        wipe(private)
        # What follows needs no arithmetic, but memory.
        forget(_ARITHMETIC)


def _read(request: "Request", content: memoryview) -> Account:
    """The account that a file seals, borrowed. Raises Refusal, ValueError, IndexError."""
    made, end, size = struct.unpack(LENT, content[:LENT_SIZE])
    lender = bytes(content[LENT_SIZE : LENT_SIZE + size])
    check_value(commands.lender, str(lender, "utf-8"))
    account = unpack(content[LENT_SIZE + size :])
    _check(request, account, end)
    stored = end + request.key.vault.settings.setbacks.to_bytes(4, "little") + made.to_bytes(4, "little")
    account.end = stored + bytes(STORED_END_SIZE - len(stored)) + lender
    return account


def _check(request: "Request", account: Account, end: bytes) -> None:
    """Raise Refusal for what no key of ours has sealed, and for an end that has come."""
    foreign.check(account)
    if not account.timed or account.recipe:
        raise Refusal(BAD_VALUE, "sealed")
    typing = request.key.vault.typing_settings
    if account.kind == STEAM and recipe_keystrokes("", "", STEAM_LETTERS, typing) is None:
        raise Refusal(CANNOT_TYPE, "type")
    check_end(request, end, END_REACHED, "sealed")


def _keep(key: "Key", account: Account) -> "dict[str, object]":
    """Store a borrowed account, or its newer end. Each file does so once.

    The account's place on the list decides, or for a newer end the record. The card's page names the account
    before; and before it is removed, the time of its newest file.
    """
    mark, made = cards.mark_of(account), cards.made_of(account)
    used, identifier = cards.Card(key.vault.changes).borrowed(mark)
    index = key.vault.index(identifier)
    there = key.vault.account(index) if index >= 0 else None
    if there and (not cards.is_borrowed(there) or there.secret != account.secret):
        there = None
    newest = max(used, cards.made_of(there) if there else 0)
    if made <= newest:
        # This file, or an older one than what the key has, or had, of the account.
        raise Refusal(FILE_USED, "sealed" if made == newest else "account")
    if there:
        there.end = account.end
        key.vault.replace(index, there)
        key.accounts_changed()
        return {"account": there.name, "added": 0}
    account.identifier = key.vault.new_identifier()
    cards.Card(key.vault.changes).note(mark, used, account.identifier)
    stored = key.vault.account(key.vault.changes.add(account))
    if stored.__dict__ != account.__dict__:
        raise Refusal(STORAGE)
    key.accounts_changed()
    return {"account": account.name, "added": 1}
