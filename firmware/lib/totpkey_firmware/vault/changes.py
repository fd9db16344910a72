"""Changes to the accounts of an open vault.

Each change has one page that decides: the index where an account comes, goes, moves or changes its bucket;
its bucket where it stays. A record that is not listed goes when its bucket is written next, or at once where
it was taken off the list.
"""

import struct

from totpkey_protocol.errors import FULL, Refusal
from totpkey_protocol.storage import PAGES

from ..accounts import Account
from .pages import INDEX, RECORDS, ROOM, Pool
from .records import ENTRY, ENTRY_SIZE, LENGTH, LENGTH_SIZE, NO_BUCKET, Records, associated
from .siv import TAG, seal

#: So many buckets leave places for the other kinds, and four that are free, for what is written next.
BUCKETS = PAGES - 11

#: The longest content of a page.
_ROOM = ROOM - TAG
#: How many accounts of a batch are written at once: a cut of power costs at most these.
_GROUP = 16

#: A bucket that is this long is filled further only when all are: to open it takes 8 ms a KB.
FULL_ENOUGH = 1024


class Changes(Records):
    """The accounts, and all that can be changed about them. Methods raise Refusal (storage)."""

    def __init__(self, pool: Pool, data_key: bytearray) -> None:
        super().__init__(pool, data_key)
        self._swept = self.unswept == NO_BUCKET
        self._gathering = False
        # How many records in the open bucket, and entries at the end of the index, are not in flash yet; and
        # how long that bucket may become.
        self._gathered = 0
        self._most = 0

    def add(self, account: Account) -> int:
        """Store one more account, last; its index. Raises Refusal (full)."""
        if 1 + (len(self) + 1) * ENTRY_SIZE > _ROOM:
            raise Refusal(FULL)
        self.sweep()
        if self._gathering:
            return self._gather(_record(account), account.identifier)
        bucket = self._put(account, NO_BUCKET)
        self._list(self._index[1:] + struct.pack(ENTRY, account.identifier, bucket))
        return len(self) - 1

    def gather(self) -> None:
        """Keep added accounts back from now on, and write them in groups."""
        self._gathering = True

    def settle(self) -> None:
        """Write what was kept back: its bucket, then the index that lists it; add one by one from now on."""
        self._gathering = False
        self._write_gathered()

    def replace(self, index: int, account: Account) -> None:
        """Put `account`, of the same identifier, where another stood. Raises Refusal (full)."""
        self.settle()
        self.sweep()
        identifier, bucket = self._entry(index)
        record = _record(account)
        body = self._without(bucket, identifier)
        if len(body) + len(record) <= _ROOM:
            self._write(bucket, body + record)
            return
        moved = struct.pack(ENTRY, identifier, self._put(account, bucket))
        self._list(self._before(index) + moved + self._after(index), bucket)
        self.sweep()

    def remove(self, index: int) -> None:
        """Forget an account, and blank what was its record."""
        self.settle()
        self.sweep()
        bucket = self._entry(index)[1]
        self._list(self._before(index) + self._after(index), bucket)
        self.sweep()

    def move(self, index: int, position: int) -> None:
        """Give an account another place in the order: the others close up."""
        self.settle()
        self.sweep()
        entry = struct.pack(ENTRY, *self._entry(index))
        others = self._before(index) + self._after(index)
        at = position * ENTRY_SIZE
        self._list(others[:at] + entry + others[at:])

    def sweep(self) -> None:
        """Make sure that the record that was taken off the list last is gone; a cut may have come between.

        Only one bucket is noted as unswept, so each change does this first.
        """
        if self._swept:
            return
        bucket = self.unswept
        if self._pool.has(RECORDS, bucket) and self._opens(bucket):
            body = self._without(bucket)
            if len(body) < len(self._load(bucket)):
                self._write(bucket, body)
        self._swept = True

    def _before(self, index: int) -> bytes:
        return self._index[1 : 1 + index * ENTRY_SIZE]

    def _after(self, index: int) -> bytes:
        return self._index[1 + (index + 1) * ENTRY_SIZE :]

    def _list(self, entries: bytes, sweep: int = NO_BUCKET) -> None:
        """Let these be the accounts. `sweep`: the bucket that holds a record that no longer counts."""
        index = bytes((sweep,)) + entries
        self._pool.write(INDEX, seal(self._key, associated(INDEX, 0), index))
        self._index, self._swept = index, sweep == NO_BUCKET

    def forget(self) -> None:
        self._gathered = 0
        super().forget()

    # Batches

    def _gather(self, record: bytes, identifier: int) -> int:
        """Put a record into the open bucket and list it, both in memory alone; its index."""
        if self._gathered == _GROUP or (self._gathered and len(self._body) + len(record) > self._most):
            self._write_gathered()
        if not self._gathered:
            bucket = self._with_room(len(record), NO_BUCKET)
            self._keep(bucket, self._without(bucket, identifier))
            fits = len(self._body) + len(record) <= FULL_ENOUGH - TAG
            self._most = FULL_ENOUGH - TAG if fits else _ROOM
        self._body += record
        self._index += struct.pack(ENTRY, identifier, self._bucket)
        self._gathered += 1
        return len(self) - 1

    def _write_gathered(self) -> None:
        if not self._gathered:
            return
        listed = self._index[: -ENTRY_SIZE * self._gathered]
        index, self._gathered = self._index, 0
        try:
            # A copy: what is open is wiped while it is written.
            self._write(self._bucket, bytearray(self._body))
            self._list(index[1:])
        except Refusal:
            self._index = listed
            self._keep(NO_BUCKET, bytearray())
            raise

    def _load(self, bucket: int) -> bytearray:
        if bucket != self._bucket:
            self._write_gathered()
        return super()._load(bucket)

    # Buckets

    def _put(self, account: Account, never: int) -> int:
        """Add a record to the first bucket that has room, other than `never`; which that was."""
        record = _record(account)
        bucket = self._with_room(len(record), never)
        self._write(bucket, self._without(bucket, account.identifier) + record)
        return bucket

    def _with_room(self, size: int, never: int) -> int:
        """The first bucket, other than `never`, that a record of that size fits into."""
        for most in (FULL_ENOUGH, ROOM):
            for bucket in range(BUCKETS):
                room = most - max(self._pool.length(RECORDS, bucket), TAG)
                if bucket != never and size <= room and self._opens(bucket):
                    return bucket
        raise Refusal(FULL)

    def _opens(self, bucket: int) -> bool:
        """Whether the bucket can be read. One that cannot is left as it is, and nothing is put into it."""
        try:
            self._load(bucket)
        except Refusal:
            return False
        return True

    def _without(self, bucket: int, identifier: int = -1) -> bytearray:
        """The records of a bucket that the index lists, but for one."""
        kept = bytearray()
        for at, end in self._records(bucket):
            found = self._identifier_at(at)
            index = self.index(found)
            if found != identifier and index >= 0 and self._entry(index)[1] == bucket:
                kept += self._body[at - LENGTH_SIZE : end]
        return kept

    def _write(self, bucket: int, body: bytearray) -> None:
        # Until it is written nobody knows which content is the live one.
        self._keep(NO_BUCKET, bytearray())
        if body:
            self._pool.write(RECORDS, seal(self._key, associated(RECORDS, bucket), body), bucket)
        elif self._pool.has(RECORDS, bucket):
            self._pool.remove(RECORDS, bucket)
        self._keep(bucket, body)


def _record(account: Account) -> bytes:
    packed = account.pack()
    return struct.pack(LENGTH, len(packed)) + packed
