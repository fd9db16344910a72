"""The accounts of an open vault: sealed records in buckets, and the index that lists them.

An account is there if the index lists it. So each change has one page that decides: the index where an
account comes, goes, moves or changes its bucket; its bucket where it stays. A record that is not listed goes
when its bucket is written next, or at once where it was taken off the list.
"""

import struct

from totpkey_protocol.errors import FULL, STORAGE, Refusal
from totpkey_protocol.storage import PAGES

from ..accounts import Account, unpack
from .pages import INDEX, RECORDS, ROOM, Pool
from .siv import TAG, BadSeal, open_sealed, seal, wipe

#: So many buckets leave places for the other kinds, and four that are free, for what is written next.
BUCKETS = PAGES - 8

#: The longest content of a page.
_ROOM = ROOM - TAG
#: The index: the bucket from which a record was taken off the list last, then for each account its identifier
#: and bucket, in the accounts' order.
_NO_BUCKET = 0xFF
_ENTRY = "<IB"
_ENTRY_SIZE = 5
#: Each record stands behind its length. Its first four bytes are the identifier.
_LENGTH = "<H"
_LENGTH_SIZE = 2


class Records:
    """All accounts, in the order their owner gave them. Methods raise Refusal (storage)."""

    def __init__(self, pool: Pool, data_key: bytearray) -> None:
        self._pool = pool
        self._key = data_key
        self._index = bytes(self._open(INDEX, 0) or (_NO_BUCKET,))
        self._swept = self._index[0] == _NO_BUCKET
        # The bucket that was opened last: neighbours mostly stand in the same.
        self._bucket = _NO_BUCKET
        self._body = bytearray()

    def __len__(self) -> int:
        return len(self._index) // _ENTRY_SIZE

    def identifier(self, index: int) -> int:
        return self._entry(index)[0]

    def index(self, identifier: int) -> int:
        """Where the account with that identifier stands, or -1."""
        wanted = struct.pack("<I", identifier)
        at = self._index.find(wanted, 1)
        while at >= 0 and at % _ENTRY_SIZE != 1:
            at = self._index.find(wanted, at + 1)
        return at // _ENTRY_SIZE

    def account(self, index: int) -> Account:
        """The account at `index`."""
        identifier, bucket = self._entry(index)
        for at, end in self._records(bucket):
            if self._identifier_at(at) == identifier:
                return unpack(bytes(self._body[at:end]))
        raise Refusal(STORAGE)

    def add(self, account: Account) -> int:
        """Store one more account, last; its index. Raises Refusal (full)."""
        if 1 + (len(self) + 1) * _ENTRY_SIZE > _ROOM:
            raise Refusal(FULL)
        self.sweep()
        bucket = self._put(account, _NO_BUCKET)
        self._list(self._index[1:] + struct.pack(_ENTRY, account.identifier, bucket))
        return len(self) - 1

    def replace(self, index: int, account: Account) -> None:
        """Put `account`, of the same identifier, where another stood. Raises Refusal (full)."""
        self.sweep()
        identifier, bucket = self._entry(index)
        record = _record(account)
        body = self._without(bucket, identifier)
        if len(body) + len(record) <= _ROOM:
            self._write(bucket, body + record)
            return
        moved = struct.pack(_ENTRY, identifier, self._put(account, bucket))
        self._list(self._before(index) + moved + self._after(index), bucket)
        self.sweep()

    def remove(self, index: int) -> None:
        """Forget an account, and blank what was its record."""
        self.sweep()
        bucket = self._entry(index)[1]
        self._list(self._before(index) + self._after(index), bucket)
        self.sweep()

    def move(self, index: int, position: int) -> None:
        """Give an account another place in the order: the others close up."""
        self.sweep()
        entry = struct.pack(_ENTRY, *self._entry(index))
        others = self._before(index) + self._after(index)
        at = position * _ENTRY_SIZE
        self._list(others[:at] + entry + others[at:])

    def sweep(self) -> None:
        """Make sure that the record that was taken off the list last is gone; a cut may have come between.

        Only one bucket is noted as unswept, so each change does this first.
        """
        if self._swept:
            return
        bucket = self._index[0]
        if self._pool.has(RECORDS, bucket):
            body = self._without(bucket)
            if len(body) < len(self._load(bucket)):
                self._write(bucket, body)
        self._swept = True

    def forget(self) -> None:
        """Wipe what is open."""
        wipe(self._body)
        self._bucket, self._body = _NO_BUCKET, bytearray()
        self._index = bytes((_NO_BUCKET,))

    # The index

    def _entry(self, index: int) -> "tuple[int, int]":
        at = 1 + index * _ENTRY_SIZE
        identifier, bucket = struct.unpack(_ENTRY, self._index[at : at + _ENTRY_SIZE])
        return identifier, bucket

    def _before(self, index: int) -> bytes:
        return self._index[1 : 1 + index * _ENTRY_SIZE]

    def _after(self, index: int) -> bytes:
        return self._index[1 + (index + 1) * _ENTRY_SIZE :]

    def _list(self, entries: bytes, sweep: int = _NO_BUCKET) -> None:
        """Let these be the accounts. `sweep`: the bucket that holds a record that no longer counts."""
        index = bytes((sweep,)) + entries
        self._pool.write(INDEX, seal(self._key, _associated(INDEX, 0), index))
        self._index, self._swept = index, sweep == _NO_BUCKET

    # Buckets

    def _put(self, account: Account, never: int) -> int:
        """Add a record to the first bucket that has room, other than `never`; which that was."""
        record = _record(account)
        for bucket in range(BUCKETS):
            if bucket != never and max(self._pool.length(RECORDS, bucket), TAG) + len(record) <= ROOM:
                self._write(bucket, self._without(bucket, account.identifier) + record)
                return bucket
        raise Refusal(FULL)

    def _without(self, bucket: int, identifier: int = -1) -> bytearray:
        """The records of a bucket that the index lists, but for one."""
        kept = bytearray()
        for at, end in self._records(bucket):
            found = self._identifier_at(at)
            index = self.index(found)
            if found != identifier and index >= 0 and self._entry(index)[1] == bucket:
                kept += self._body[at - _LENGTH_SIZE : end]
        return kept

    def _records(self, bucket: int) -> "list[tuple[int, int]]":
        """Open a bucket; from where to where its records stand in it."""
        body = self._load(bucket)
        found: "list[tuple[int, int]]" = []
        at = 0
        while at < len(body):
            start = at + _LENGTH_SIZE
            at = start + struct.unpack(_LENGTH, body[at:start])[0]
            found.append((start, at))
        return found

    def _identifier_at(self, at: int) -> int:
        return int.from_bytes(self._body[at : at + 4], "little")

    def _load(self, bucket: int) -> bytearray:
        if bucket != self._bucket:
            self._keep(bucket, self._open(RECORDS, bucket) or bytearray())
        return self._body

    def _write(self, bucket: int, body: bytearray) -> None:
        # Until it is written nobody knows which content is the live one.
        self._keep(_NO_BUCKET, bytearray())
        if body:
            self._pool.write(RECORDS, seal(self._key, _associated(RECORDS, bucket), body), bucket)
        elif self._pool.has(RECORDS, bucket):
            self._pool.remove(RECORDS, bucket)
        self._keep(bucket, body)

    def _keep(self, bucket: int, body: bytearray) -> None:
        wipe(self._body)
        self._bucket, self._body = bucket, body

    def _open(self, kind: int, bucket: int) -> "bytearray | None":
        sealed = self._pool.read(kind, bucket)
        if sealed is None:
            return None
        try:
            return open_sealed(self._key, _associated(kind, bucket), sealed)
        except BadSeal:
            raise Refusal(STORAGE) from None


def _associated(kind: int, bucket: int) -> "tuple[bytes]":
    """So that no page opens in the place of another."""
    return (bytes((kind, bucket)),)


def _record(account: Account) -> bytes:
    packed = account.pack()
    return struct.pack(_LENGTH, len(packed)) + packed
