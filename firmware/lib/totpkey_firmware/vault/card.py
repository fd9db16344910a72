"""The page of the key's card: its key pair, and what the key has ever borrowed with it.

docs/reference/storage.md has its format, docs/concepts/lend-file.md the rules. It is opened in the memory of
a bucket, and changed there: the heap has no piece for a copy. Loaded only for commands that need it.
"""

import struct

from totpkey_protocol.errors import FULL, NOT_FOUND, STORAGE, Refusal
from totpkey_protocol.limits import BORROWED, POINT
from totpkey_protocol.record import OWNER, STORED_END_SIZE

from ..crypto.hmac import hmac
from ..store.format import CARD
from .changes import CARD_PAIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..accounts import Account
    from .changes import Changes

    class Vault(Protocol):
        """An open vault."""

        @property
        def changes(self) -> Changes: ...
        def index(self, identifier: int) -> int: ...
        def identifier(self, index: int) -> int: ...
        def account(self, index: int) -> Account: ...


_VERSION = 1
#: version, length of the name; the private half and the public one; the name; then for each account that was
#: borrowed the mark of its secret, when its file was made (0 before it is removed), and its identifier.
_PRIVATE = CARD_PAIR
_PUBLIC = _PRIVATE + POINT
_NAME = _PUBLIC + POINT
_ENTRY = "<8sII"
_ENTRY_SIZE = 16
_MARK_SIZE = 8
#: The purpose for which a secret's mark is computed.
_BORROWED = b"totpkey borrowed"
#: When the file of an account was made that flash has lost: no file of it is newer.
_LAST = 0xFFFFFFFF


def mark_of(account: "Account") -> bytes:
    """What an account's secret is recognized by."""
    return hmac("SHA256", account.secret, _BORROWED)[:_MARK_SIZE]


def is_borrowed(account: "Account") -> bool:
    """Whether the account came from a file."""
    return len(account.end) > STORED_END_SIZE


def made_of(account: "Account") -> int:
    """When the file was made that a borrowed account or its present end came from, by its lender's clock."""
    return int.from_bytes(account.end[OWNER : OWNER + 4], "little")


class Card:
    """The open page, until an account is read. Methods raise Refusal (storage)."""

    def __init__(self, changes: "Changes") -> None:
        """Raises Refusal (not_found) if there is no card, (storage) for a page that cannot be read."""
        self._changes = changes
        self._page = changes.open_page(CARD)
        if not self._page:
            raise Refusal(NOT_FOUND, "card")
        if len(self._page) < _NAME or self._page[0] != _VERSION or len(self._page) < self._entries:
            raise Refusal(STORAGE)

    @property
    def name(self) -> str:
        return str(bytes(self._page[_NAME : self._entries]), "utf-8")

    @property
    def public(self) -> bytes:
        """Empty since a lock was changed: `make` gives the card another key pair."""
        public = bytes(self._page[_PUBLIC:_NAME])
        return public if any(public) else b""

    def private(self) -> bytearray:
        """A copy of the private half, to be wiped. Raises Refusal (not_found) if there is none."""
        if not self.public:
            raise Refusal(NOT_FOUND, "card")
        return self._page[_PRIVATE:_PUBLIC]

    @property
    def _entries(self) -> int:
        """Where the accounts begin."""
        return _NAME + self._page[1]

    def borrowed(self, mark: bytes) -> "tuple[int, int]":
        """By the mark of a secret: when the newest file of its account was made, if that was removed, and the
        account's identifier. Zeros if the key never had it.
        """
        at = self._find(mark, 0)
        made, identifier = struct.unpack(_ENTRY, self._page[at : at + _ENTRY_SIZE])[1:] if at else (0, 0)
        return made, identifier

    def note(self, mark: bytes, made: int, identifier: int) -> None:
        """Remember an account that is about to come, and write the page. Raises Refusal (full)."""
        at = self._find(mark, 0) or len(self._page)
        if at == len(self._page):
            if (at - self._entries) // _ENTRY_SIZE >= BORROWED:
                raise Refusal(FULL, "card")
            self._page += bytes(_ENTRY_SIZE)
        struct.pack_into(_ENTRY, self._page, at, mark, made, identifier)
        self._changes.write_page(CARD)

    def note_removed(self, identifier: int, made: int) -> None:
        """Remember that no file of that account may bring it back unless it was made later."""
        at = self._find(identifier.to_bytes(4, "little"), _MARK_SIZE + 4)
        if at:
            mark = bytes(self._page[at : at + _MARK_SIZE])
            self.note(mark, made, identifier)

    def replace(self, head: bytes, vault: "Vault") -> None:
        """Put another card's head into its place, drop the accounts that are gone, and write the page."""
        for at in reversed(self._places()):
            if vault.index(struct.unpack(_ENTRY, self._page[at : at + _ENTRY_SIZE])[2]) < 0:
                self._page[at : at + _ENTRY_SIZE] = b""
        self._page[: self._entries] = head
        self._changes.write_page(CARD)

    def _places(self) -> range:
        return range(self._entries, len(self._page) - _ENTRY_SIZE + 1, _ENTRY_SIZE)

    def _find(self, value: bytes, place: int) -> int:
        """Where the entry begins that has `value` in that place; 0 for none."""
        for at in self._places():
            if self._page[at + place : at + place + len(value)] == value:
                return at
        return 0


def make(vault: "Vault", name: bytes, private: bytearray, public: bytes) -> None:
    """Write a new card. The entries of accounts that are still there stay, if the page can be read."""
    head = bytes((_VERSION, len(name))) + private + public + name
    card: "Card | None" = None
    try:
        card = Card(vault.changes)
    except Refusal:
        pass
    if card:
        card.replace(head, vault)
    else:
        page = vault.changes.new_page()
        page += head
        vault.changes.write_page(CARD)


def note_removed(vault: "Vault", index: int) -> None:
    """Before an account is removed: remember it if it is borrowed, or if flash has lost what it is."""
    identifier, made = vault.identifier(index), _LAST
    try:
        account = vault.account(index)
        if not is_borrowed(account):
            return
        made = made_of(account)
    except Refusal:
        pass
    try:
        card = Card(vault.changes)
    except Refusal:
        # No file opens without the card's page.
        return
    card.note_removed(identifier, made)
