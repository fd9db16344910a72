"""The accounts of an open vault: sealed records in buckets, and the index that lists them.

An account exists if the index lists it. `changes` contains the changes to accounts.
"""

import struct

from totpkey_protocol import record
from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.limits import DIGITS_MOST, STEAM_DIGITS

from ..accounts import Account, unpack
from ..crypto.siv import TAG, BadSeal, wipe
from ..store.format import INDEX, RECORDS, ROOM, find_entry
from .sealing import DataKeys, associated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..store.pool import Pool

#: The index: the bucket of the record that was last taken off the list, then each account's identifier and
#: bucket, in the accounts' order.
NO_BUCKET = 0xFF
ENTRY = "<IB"
ENTRY_SIZE = 5
#: Each record follows its length. Its first four bytes are the identifier.
LENGTH = "<H"
LENGTH_SIZE = 2

#: A bucket of this length is filled further only when all others are as long, since opening takes 8 ms a KB.
FULL_ENOUGH = 1024
#: The longest content of a page, and how many accounts the index can list.
MOST = ROOM - TAG
ACCOUNTS = (MOST - 1) // ENTRY_SIZE


class Rooms:
    """The memory for the index, for one bucket and for one record, which is allocated once at the start.

    In setup it has the maximum size, because a later heap may have no free block that large. So its contents
    never move. The everyday face has enough memory to let it grow.
    """

    def __init__(self, index: int = 1 + 250 * ENTRY_SIZE, body: int = FULL_ENOUGH) -> None:
        """Allocate that many bytes for each. The default is for 250 accounts."""
        self.index = _room(index)
        self.body = _room(body)
        #: For one record, behind its length or its seal's tag.
        self.record = bytearray(TAG + record.MOST)


def _room(size: int) -> bytearray:
    room = bytearray(size)
    # CircuitPython keeps the memory of bytes that are removed from a bytearray, and uses it for new ones.
    room[:] = b""
    return room


class Records:
    """All accounts, in the order their owner gave them. Methods raise Refusal (storage)."""

    def __init__(self, pool: "Pool", keys: DataKeys, rooms: Rooms) -> None:
        self._pool = pool
        self._keys = keys
        self._index = rooms.index
        self._body = rooms.body
        self._record = rooms.record
        #: The bucket that was last opened. Neighbouring accounts are mostly in the same bucket.
        self.bucket = NO_BUCKET
        #: Whether the page that was opened last is still sealed under the older data key.
        self.aged = False
        #: Writes the open bucket before another is opened, while `changes` has added records in memory only.
        self.write_gathered: "Callable[[], None] | None" = None
        self.open(INDEX, 0, self._index)
        if not self._index:
            self._index.append(NO_BUCKET)

    @property
    def unswept(self) -> int:
        """The bucket with a record that was taken off the list, NO_BUCKET for none."""
        return self._index[0]

    def __len__(self) -> int:
        return len(self._index) // ENTRY_SIZE

    def identifier(self, index: int) -> int:
        return self.entry(index)[0]

    def index(self, identifier: int) -> int:
        """The index of the account with that identifier, or -1."""
        at = find_entry(self._index, struct.pack("<I", identifier), ENTRY_SIZE, 1, len(self._index))
        return at // ENTRY_SIZE

    def account(self, index: int) -> Account:
        """The account at `index`."""
        identifier, bucket = self.entry(index)
        name = struct.pack("<I", identifier)
        for at, end in self.spans(bucket):
            if self._body.find(name, at, at + 4) == at:
                return self._account(at, end)
        raise Refusal(STORAGE)

    def _account(self, at: int, end: int) -> Account:
        try:
            account = unpack(memoryview(self._body)[at:end])
        except (ValueError, IndexError):
            raise Refusal(STORAGE) from None
        if not (STEAM_DIGITS <= account.digits <= DIGITS_MOST and account.period and account.secret):
            raise Refusal(STORAGE)
        return account

    def forget(self) -> None:
        """Wipe the open content. The rooms are used again."""
        self.shut()
        wipe(self._record)
        wipe(self._index)

    # The index

    def entry(self, index: int) -> "tuple[int, int]":
        """Identifier and bucket of the account at `index`."""
        at = 1 + index * ENTRY_SIZE
        identifier, bucket = struct.unpack(ENTRY, self._index[at : at + ENTRY_SIZE])
        return identifier, bucket

    def spans(self, bucket: int) -> "Iterator[tuple[int, int]]":
        """Open a bucket. Yields the start and end of each record in it."""
        body = self.load(bucket)
        at = 0
        while at + LENGTH_SIZE <= len(body):
            start = at + LENGTH_SIZE
            at = start + (body[at] | body[at + 1] << 8)
            if at > len(body):
                # Only somebody who can open the vault can have written this.
                return
            yield start, at

    def is_listed(self, name: bytearray, bucket: int) -> bool:
        """Whether the index lists the record that begins with these four bytes in this bucket."""
        at = find_entry(self._index, name, ENTRY_SIZE, 1, len(self._index))
        return at >= 0 and self._index[at + len(name)] == bucket

    def load(self, bucket: int) -> bytearray:
        """Open a bucket, unless it is open. Returns its content."""
        if bucket != self.bucket:
            if self.write_gathered:
                self.write_gathered()
            self.shut()
            self.open(RECORDS, bucket, self._body)
            self.bucket = bucket
        return self._body

    def shut(self) -> None:
        """Wipe the open bucket's content."""
        wipe(self._body)
        self.bucket = NO_BUCKET

    def open(self, kind: int, bucket: int, room: bytearray) -> None:
        """Open a page into `room`, which stays empty if there is none."""
        room[:] = b""
        self.aged = False
        sealed = self._pool.view(kind, bucket)
        if sealed is None:
            return
        try:
            name = associated(kind, bucket, self._pool.sequence(kind, bucket))
            self.aged = self._keys.open_page(room, name, sealed)
        except BadSeal:
            raise Refusal(STORAGE) from None
