"""Changes to the accounts of an open vault.

Each change has one page that decides. This is the index if an account is added, removed, moved or put into
another bucket; otherwise it is the account's bucket. When an account is taken off the index, its record is
removed at once. A record that a power cut has left is removed when its bucket is written next, or before an
account is removed.
"""

import struct

from totpkey_protocol.errors import FULL, Refusal
from totpkey_protocol.limits import POINT
from totpkey_protocol.storage import PAGES

from ..accounts import Account
from ..crypto.siv import TAG, seal_in_place, wipe
from ..heap import forget, load
from ..store.format import CARD, INDEX, JOURNAL, LOANS, RECORDS, TYPING
from .records import (
    ACCOUNTS,
    ENTRY,
    ENTRY_SIZE,
    FULL_ENOUGH,
    LENGTH,
    LENGTH_SIZE,
    MOST,
    NO_BUCKET,
    Records,
    Rooms,
)
from .sealing import DataKeys, Tagged, associated, is_genuine, read_tagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

#: The number of buckets. It leaves places for the other kinds, and four free ones for the next pages. Older
#: firmware used three more.
BUCKETS = PAGES - 14
_EVER = PAGES - 11
#: Where a card's page has its key pair (`card`): both halves are zeros once a lock was changed.
CARD_PAIR = 2

_JOURNAL = "totpkey_firmware.vault.journal"

#: How many accounts of a batch are written at once. A power cut loses at most these.
_GROUP = 16


class Changes:
    """All changes to the accounts. Methods raise Refusal (storage)."""

    def __init__(self, pool: "Pool", keys: DataKeys, rooms: Rooms, records: Records) -> None:
        """`records` reads the same pages with the same keys, in the same rooms."""
        self._pool = pool
        self._keys = keys
        self._index = rooms.index
        self._body = rooms.body
        self._record = rooms.record
        self._records = records
        # Whether all buckets were swept since a record was last added to one.
        self._swept = False
        #: Whether added accounts are kept in memory, and written in groups.
        self.gathering = False
        # How many records of the open bucket, and entries at the end of the index, are not in flash yet; and
        # how long that bucket may become.
        self._gathered = 0
        self._most = 0

    def add(self, account: Account) -> int:
        """Add an account at the end of the list. Returns its index. Raises Refusal (full)."""
        if len(self._records) >= ACCOUNTS:
            raise Refusal(FULL)
        self._pool.finish(True)
        self.sweep()
        if self.gathering:
            return self._gather(self._packed(account), account.identifier)
        bucket = self._put(account, NO_BUCKET)
        self._list(-1, len(self._records), struct.pack(ENTRY, account.identifier, bucket))
        return len(self._records) - 1

    def gather(self) -> None:
        """From now on keep added accounts in memory, and write them in groups."""
        self.gathering = True

    def settle(self) -> None:
        """Write the accounts in memory: their bucket, then the index. From now on add them one by one."""
        self.gathering = False
        self._write_gathered()
        self._pool.finish(True)

    def replace(self, index: int, account: Account) -> None:
        """Replace an account by `account`, which has the same identifier. Raises Refusal (full)."""
        self.settle()
        self.sweep()
        identifier, bucket = self._records.entry(index)
        record = self._packed(account)
        self._drop(bucket, struct.pack("<I", identifier))
        if len(self._body) + len(record) <= MOST:
            self._write(bucket, record)
            return
        moved = struct.pack(ENTRY, identifier, self._put(account, bucket))
        self._list(index, index, moved, bucket)
        self.sweep()

    def remove(self, index: int) -> None:
        """Remove an account: blank its record, and every record that a cut has left unlisted."""
        self.settle()
        self.sweep()
        if not self._swept:
            # A power cut during a change of this account may have left a record of it in any bucket.
            for bucket in range(_EVER):
                self._sweep(bucket)
            self._swept = True
        bucket = self._records.entry(index)[1]
        self._list(index, -1, b"", bucket)
        self.sweep()

    def move(self, index: int, position: int) -> None:
        """Move an account to another place in the order. The others close up."""
        self.settle()
        self.sweep()
        self._list(index, position, struct.pack(ENTRY, *self._records.entry(index)))

    def sweep(self) -> None:
        """Remove the record that was last taken off the list, in case a power cut has left it.

        Only one bucket is noted as unswept, so each change does this first.
        """
        if self._records.unswept != NO_BUCKET:
            self._sweep(self._records.unswept)
            # Only in memory. The next change of the index writes it to flash.
            self._index[0] = NO_BUCKET

    def _sweep(self, bucket: int) -> None:
        """Blank the records that the index does not list."""
        if self._opens(bucket) and self._drop(bucket):
            self._write(bucket)

    def _list(self, out: int, into: int, entry: bytes, sweep: int = NO_BUCKET) -> None:
        """Take the entry at `out` off the list, then insert `entry` at `into`; -1 skips either step.

        `sweep`: the bucket that holds a record that no longer counts. The index is changed in place, because
        it is one of the largest objects in memory, and copies of it would fragment the heap.
        """
        old, swept = self._cut(out), self._index[0]
        self._insert(into, entry)
        try:
            self._write_index(sweep)
        except Refusal:
            self._cut(into)
            self._insert(out, old)
            self._index[0] = swept
            raise

    def _cut(self, index: int) -> bytes:
        if index < 0:
            return b""
        at = 1 + index * ENTRY_SIZE
        entry = bytes(self._index[at : at + ENTRY_SIZE])
        self._index[at : at + ENTRY_SIZE] = b""
        return entry

    def _insert(self, index: int, entry: bytes) -> None:
        """Insert an entry; at -1, an empty one."""
        at = 1 + index * ENTRY_SIZE
        self._index[at:at] = entry

    def _write_index(self, sweep: int) -> None:
        self._index[0] = sweep
        self._pool.write(INDEX, _Sealed(self._keys, INDEX, 0, self._index))

    # A new data key

    def seal_again(self, number: int) -> bool:
        """Have one more page sealed under the data key alone, by numbers from 0 on; whether there are more.

        Nothing may be kept back. What opens under neither key is damaged or forged, and stays as it is.
        """
        keys, pool = self._keys, self._pool
        if number < _EVER:
            # What is open may have been opened under the older key: only flash tells.
            self._records.shut()
            if self._opens(number) and self._records.aged:
                self._write(number)
            return True
        if pool.has(INDEX):
            self._write_index(self._index[0])
        if pool.has(TYPING) and is_genuine(pool, TYPING, keys):
            pool.write(TYPING, Tagged(keys.present, TYPING, read_tagged(pool, TYPING)))
        for kind in (CARD, LOANS):
            if self._is_aged(kind):
                self.write_page(kind)
        if pool.has(JOURNAL):
            pool.write(JOURNAL, load(_JOURNAL).Journal(pool, keys))
            forget((_JOURNAL,))
        return False

    # Other sealed pages

    def open_page(self, kind: int) -> bytearray:
        """Open the page of that kind, in the memory of a bucket: valid until an account is read, and empty if
        there is none. `write_page` writes it from there.
        """
        self._records.open(kind, 0, self.new_page())
        if kind == CARD and self._records.aged:
            # Whoever has the older data key has this key pair, too, and would read what is lent to it.
            wipe(memoryview(self._body)[CARD_PAIR : CARD_PAIR + 2 * POINT])
        return self._body

    def new_page(self) -> bytearray:
        """The same memory, empty."""
        self._write_gathered()
        self._records.shut()
        self._body[:] = b""
        return self._body

    def write_page(self, kind: int) -> None:
        """Write the open page, and close it."""
        try:
            self._pool.write(kind, _Sealed(self._keys, kind, 0, self._body))
        finally:
            self._records.shut()

    def _is_aged(self, kind: int) -> bool:
        """Whether there is such a page, now open, that the older data key still seals."""
        try:
            return len(self.open_page(kind)) > 0 and self._records.aged
        except Refusal:
            return False

    # Batches

    def _gather(self, record: memoryview, identifier: int) -> int:
        """Add a record to the open bucket and to the list, both only in memory. Returns its index."""
        if self._gathered == _GROUP or (self._gathered and len(self._body) + len(record) > self._most):
            self._write_gathered()
        if not self._gathered:
            bucket = self._with_room(len(record), NO_BUCKET)
            self._drop(bucket, struct.pack("<I", identifier))
            self._records.bucket = bucket
            self._records.write_gathered = self._write_gathered
            fits = len(self._body) + len(record) <= FULL_ENOUGH - TAG
            self._most = FULL_ENOUGH - TAG if fits else MOST
        self._body += record
        self._index += struct.pack(ENTRY, identifier, self._records.bucket)
        self._gathered += 1
        return len(self._records) - 1

    def _write_gathered(self) -> None:
        if not self._gathered:
            return
        gathered, self._gathered = self._gathered, 0
        self._records.write_gathered = None
        try:
            self._write(self._records.bucket)
            self._write_index(NO_BUCKET)
        except Refusal:
            self._index[-ENTRY_SIZE * gathered :] = b""
            self._records.shut()
            raise

    # Buckets

    def _packed(self, account: Account) -> memoryview:
        """The record of an account behind its length, valid until the next one."""
        end = account.pack_into(self._record, LENGTH_SIZE)
        struct.pack_into(LENGTH, self._record, 0, end - LENGTH_SIZE)
        return memoryview(self._record)[:end]

    def _put(self, account: Account, never: int) -> int:
        """Add a record to the first bucket that has room, other than `never`. Returns the bucket."""
        record = self._packed(account)
        bucket = self._with_room(len(record), never)
        dropped = self._drop(bucket, struct.pack("<I", account.identifier))
        # All that the older page holds is in the new one, as well sealed: nobody has to wait for its end.
        self._write(bucket, record, later=not (dropped or self._keys.two))
        return bucket

    def _with_room(self, size: int, never: int) -> int:
        """A bucket with room for a record of that size, other than `never`: the open one, or the first."""
        self._swept = False
        opened = self._records.bucket
        if opened != never and opened < BUCKETS and self._has_room(opened, size, FULL_ENOUGH):
            return opened
        for most in (FULL_ENOUGH, MOST + TAG):
            for bucket in range(BUCKETS):
                if bucket != never and self._has_room(bucket, size, most) and self._opens(bucket):
                    return bucket
        raise Refusal(FULL)

    def _has_room(self, bucket: int, size: int, most: int) -> bool:
        return size <= most - max(self._pool.length(RECORDS, bucket), TAG)

    def _opens(self, bucket: int) -> bool:
        """Whether the bucket can be read. An unreadable bucket is left as it is, and gets no records."""
        try:
            self._records.load(bucket)
        except Refusal:
            return False
        return True

    def _drop(self, bucket: int, gone: bytes = b"") -> bool:
        """Open a bucket, and take out unlisted records, and the one that begins with `gone`. Returns whether
        it had any.

        If so, the open content has no bucket until it is written.
        """
        dropped = False
        for at, end in reversed(list(self._records.spans(bucket))):
            name = self._body[at : at + 4]
            if name == gone or not self._records.is_listed(name, bucket):
                self._body[at - LENGTH_SIZE : end] = b""
                self._records.bucket, dropped = NO_BUCKET, True
        return dropped

    def _write(self, bucket: int, record: "bytes | memoryview" = b"", later: bool = False) -> None:
        """Write the open content, and one more record, as that bucket. `later`: see `Pool.write`."""
        # Until it is written, it is unknown which content is live.
        self._records.bucket = NO_BUCKET
        self._body += record
        if self._body:
            sealed = _Sealed(self._keys, RECORDS, bucket, self._body)
            self._pool.write(RECORDS, sealed, bucket, later)
        elif self._pool.has(RECORDS, bucket):
            self._pool.remove(RECORDS, bucket)
        self._records.bucket = bucket


class _Sealed:
    """The payload of a page, which is sealed when the page is composed."""

    def __init__(self, keys: DataKeys, kind: int, bucket: int, content: bytearray) -> None:
        self._keys = keys
        self._kind = kind
        self._bucket = bucket
        self._content = content

    def write_into(self, room: memoryview, sequence: int) -> int:
        end = TAG + len(self._content)
        room[TAG:end] = self._content
        seal_in_place(self._keys.present, associated(self._kind, self._bucket, sequence), room[:end])
        return end
