"""The book: what this key has lent, to whom, until when, and what was taken back.

docs/reference/storage.md has its page, docs/concepts/lend-file.md the rules. Like a card's page it is opened
in the memory of a bucket, and changed there. Loaded only for commands that need it.
"""

import hashlib
import struct

from totpkey_protocol.errors import FULL, NOT_FOUND, Refusal
from totpkey_protocol.journal import LOAN, LOAN_SIZE, MARK

from ..store.format import LOANS
from .records import MOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .changes import Changes

#: version, whether a book before it could not be read, how many loans there ever were; then the loans.
_HEAD = "<BBI"
_HEAD_SIZE = 6
_VERSION = 1
#: Where a loan has its account and the mark of its card, until when it is, and when it was taken back.
_WHOSE = 4
_LENT = 16
_UNTIL = 20
_BACK = 32
#: How many bytes of loans are sent at once, at least the longest one.
_SENT = 675


class Loans:
    """The open book, until an account is read. Methods raise Refusal (storage)."""

    def __init__(self, changes: "Changes") -> None:
        self._changes = changes
        self._page, lost = bytearray(), True
        try:
            self._page = changes.open_page(LOANS)
            lost = len(self._page) > 0
        except Refusal:
            pass
        if not self._is_whole():
            self._page = changes.new_page()
            self._page += struct.pack(_HEAD, _VERSION, int(lost), 0)
        #: Whether an earlier book could not be read, and how many loans there were since.
        self.lost: int = self._page[1]
        self.count: int = struct.unpack(_HEAD, self._page[:_HEAD_SIZE])[2]

    def _is_whole(self) -> bool:
        end = _HEAD_SIZE
        for at in self._places():
            end = at + self._size(at)
        return end == len(self._page) and self._page[0] == _VERSION

    def _places(self) -> "Iterator[int]":
        """Where each loan begins."""
        at = _HEAD_SIZE
        while at + LOAN_SIZE <= len(self._page):
            yield at
            at += self._size(at)

    def _size(self, at: int) -> int:
        return LOAN_SIZE + self._page[at + LOAN_SIZE - 1]

    def add(self, account: int, card: bytes, end: bytes, receiver: str, now: int, write: bool) -> None:
        """Enter a loan in memory, and perhaps write it. The oldest that are over make room.

        Raises Refusal (full).
        """
        name = receiver.encode()
        while len(self._page) + LOAN_SIZE + len(name) > MOST:
            self._drop(now)
        mark = hashlib.new("sha256", card).digest()[:MARK]
        self._page += struct.pack(LOAN, self.count + 1, account, mark, now, end, 0, len(name)) + name
        self._page[:_HEAD_SIZE] = struct.pack(_HEAD, _VERSION, self.lost, self.count + 1)
        if write:
            self._changes.write_page(LOANS)

    def _drop(self, now: int) -> None:
        for at in self._places():
            if self._number(at, _BACK) or 0 < self._number(at, _UNTIL) <= now:
                self._page[at : at + self._size(at)] = b""
                return
        raise Refusal(FULL, "loans")

    def note_back(self, number: int, now: int) -> None:
        """Note that a loan was taken back, with all others of its account to its card, and write the page."""
        whose = self.whose(number)
        for at in self._places():
            if self._page[at + _WHOSE : at + _LENT] == whose and not self._number(at, _BACK):
                struct.pack_into("<I", self._page, at + _BACK, now)
        self._changes.write_page(LOANS)

    def whose(self, number: int) -> bytes:
        """The account and the card of a loan. Raises Refusal (not_found)."""
        for at in self._places():
            if self._number(at, 0) == number:
                return bytes(self._page[at + _WHOSE : at + _LENT])
        raise Refusal(NOT_FOUND, "loan")

    def _number(self, at: int, place: int) -> int:
        number: int = struct.unpack_from("<I", self._page, at + place)[0]
        return number

    def read_into(self, room: bytearray, start: int) -> "tuple[int, int, int]":
        """Copy loans from `start` on, as many as a frame takes. Returns their length in bytes, which one is
        next, and how many there are.
        """
        length, index, after = 0, 0, start
        for at in self._places():
            to = length + self._size(at)
            if index == after and to <= _SENT:
                room[length:to] = self._page[at : at + to - length]
                length, after = to, index + 1
            index += 1
        return length, after, index
