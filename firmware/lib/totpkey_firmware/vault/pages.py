"""Whole pages in flash, each with a checksum, of which a power cut can never take the good one.

A page is written where no live page stands, read back, and only then live. The format is in
`docs/storage.md`. Imports no cryptography, so that boot.py may use it.
"""

import os
import struct
from binascii import crc32

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import FILES, PAGE, PAGES, STRIDE

try:
    from io import FileIO
except ImportError:
    pass

PATH = "/" + FILES[0]

# Kinds of page
SLOTS = 1
TALLY = 2
STATE = 3
INDEX = 4
RECORDS = 5
#: Says that all others are to be blanked.
WIPING = 6

#: Of these an older page may stay until its place is written anew: it holds nothing to hide.
_MAY_STAY = (TALLY, STATE, INDEX)

_MAGIC = b"TPK2"
#: magic, kind, bucket, length of the payload, sequence number; then the CRC-32 of these and the payload.
_FIELDS = "<4sBBHI"
_FIELDS_SIZE = 12
_HEAD_SIZE = 16
#: The longest payload.
ROOM = PAGE - _HEAD_SIZE

_BLANK = b"\xff" * PAGE
_PIECE = 512


class Places:
    """The places for pages in one preallocated file, each with a flash sector of its own.

    The file is opened once and never closed, and only ever overwritten in whole pages: so no write touches
    the FAT or a directory. Methods raise Refusal (storage).
    """

    def __init__(self, path: str = PATH) -> None:
        try:
            # CircuitPython has no unbuffered mode; CPython would otherwise write to disk when it likes.
            self._file: "FileIO" = open(path, "r+b", 0)  # noqa: SIM115 - closing would write its entry
        except OSError:
            raise Refusal(STORAGE) from None

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        """Fill `buffer` from byte `at` of a page on."""
        try:
            self._file.seek(place * STRIDE + at)
            read = self._file.readinto(buffer)
        except OSError:
            raise Refusal(STORAGE) from None
        if read != len(buffer):
            raise Refusal(STORAGE)

    def write(self, place: int, page: "bytes | bytearray") -> None:
        """Write one whole page: an erase of its sector and 16 programs."""
        try:
            self._file.seek(place * STRIDE)
            self._file.write(page)
            os.sync()
        except OSError:
            raise Refusal(STORAGE) from None


class Pool:
    """The live pages: for each kind and bucket the whole one with the highest sequence number.

    Methods raise Refusal (storage).
    """

    def __init__(self, places: Places) -> None:
        """Find the live pages. Writes nothing."""
        self._places = places
        #: By kind and bucket: the place and the length of the payload.
        self._live: "dict[tuple[int, int], tuple[int, int]]" = {}
        self._sequence = 0
        #: Where a write looks first; it moves on with each, so that wear is spread.
        self._next = 0
        self._page = bytearray(PAGE)
        self._tidied = False
        self._scan()

    def __len__(self) -> int:
        """How many pages are live."""
        return len(self._live)

    def has(self, kind: int, bucket: int = 0) -> bool:
        """Whether there is such a page."""
        return (kind, bucket) in self._live

    def length(self, kind: int, bucket: int = 0) -> int:
        """Bytes of the page's payload, 0 if there is no such page."""
        return self._live.get((kind, bucket), (0, 0))[1]

    def read(self, kind: int, bucket: int = 0) -> "bytearray | None":
        """The page's payload, None if there is no such page."""
        if (kind, bucket) not in self._live:
            return None
        place, length = self._live[kind, bucket]
        payload = bytearray(length)
        self._places.read_into(place, _HEAD_SIZE, payload)
        return payload

    def write(self, kind: int, payload: "bytes | bytearray", bucket: int = 0) -> None:
        """Replace a page. What its kind has to hide of the older one is gone when this returns."""
        self.tidy()
        place = self._free_place()
        # Should this place fail, the next try uses another.
        self._next = (place + 1) % PAGES
        self._compose(kind, bucket, payload)
        self._store(place, self._page)
        self._page[:] = _BLANK
        self._sequence += 1
        old = self._live.get((kind, bucket))
        self._live[kind, bucket] = (place, len(payload))
        if old and kind not in _MAY_STAY:
            self._store(old[0], _BLANK)

    def remove(self, kind: int, bucket: int = 0) -> None:
        """Blank a page. One that a cut has torn on the way is blanked by `tidy`."""
        self.tidy()
        self._store(self._live.pop((kind, bucket))[0], _BLANK)

    def wipe(self) -> None:
        """Blank all, for good: once it has begun, it is finished after a cut."""
        if not self.has(WIPING):
            self.write(WIPING, b"")
        last = self._live[WIPING, 0][0]
        for place in range(PAGES):
            if place != last and not self._is_blank(place):
                self._store(place, _BLANK)
        self._store(last, _BLANK)
        self._live.clear()

    def tidy(self) -> None:
        """Finish what a cut has left: blank all that is neither live, nor blank, nor old and harmless.

        Each change does this first, if it was not done since the start.
        """
        if self._tidied:
            return
        live = self._live_places()
        for place in range(PAGES):
            if place not in live and not self._may_stay(place):
                self._store(place, _BLANK)
        self._tidied = True

    def _scan(self) -> None:
        heads: "list[tuple[int, int, int, int, int]]" = []
        for place in range(PAGES):
            head = self._head(place)
            if head:
                heads.append(head)
        heads.sort(reverse=True)
        for sequence, place, kind, bucket, length in heads:
            if (kind, bucket) not in self._live and self._is_whole(place, length):
                self._live[kind, bucket] = (place, length)
                if sequence > self._sequence:
                    self._sequence, self._next = sequence, (place + 1) % PAGES

    def _head(self, place: int) -> "tuple[int, int, int, int, int] | None":
        """What a page says of itself: sequence number, place, kind, bucket, length of its payload."""
        self._places.read_into(place, 0, memoryview(self._page)[:_HEAD_SIZE])
        return self._parse(place)

    def _parse(self, place: int) -> "tuple[int, int, int, int, int] | None":
        magic, kind, bucket, length, sequence = struct.unpack(_FIELDS, self._page[:_FIELDS_SIZE])
        return (sequence, place, kind, bucket, length) if magic == _MAGIC and length <= ROOM else None

    def _is_whole(self, place: int, length: int) -> bool:
        self._places.read_into(place, 0, memoryview(self._page)[: _HEAD_SIZE + length])
        return self._agrees(length)

    def _agrees(self, length: int) -> bool:
        """Whether the page in memory has the right checksum."""
        page = memoryview(self._page)
        checksum = crc32(page[_HEAD_SIZE : _HEAD_SIZE + length], crc32(page[:_FIELDS_SIZE]))
        return checksum == int.from_bytes(page[_FIELDS_SIZE:_HEAD_SIZE], "little")

    def _is_blank(self, place: int) -> bool:
        self._places.read_into(place, 0, self._page)
        return self._page == _BLANK

    def _may_stay(self, place: int) -> bool:
        """Whether a place that holds no live page is blank, or its page old and harmless.

        Reads it once only: to go back in a file costs CircuitPython a walk along the FAT.
        """
        if self._is_blank(place):
            return True
        head = self._parse(place)
        return head is not None and head[2] in _MAY_STAY and self._agrees(head[4])

    def _live_places(self) -> "list[int]":
        return [place for place, _ in self._live.values()]

    def _free_place(self) -> int:
        live, place = self._live_places(), self._next
        while place in live:
            place = (place + 1) % PAGES
        return place

    def _compose(self, kind: int, bucket: int, payload: "bytes | bytearray") -> None:
        page, end = self._page, _HEAD_SIZE + len(payload)
        fields = struct.pack(_FIELDS, _MAGIC, kind, bucket, len(payload), self._sequence + 1)
        page[:_HEAD_SIZE] = fields + crc32(payload, crc32(fields)).to_bytes(4, "little")
        page[_HEAD_SIZE:end] = payload
        page[end:] = memoryview(_BLANK)[end:]

    def _store(self, place: int, page: "bytes | bytearray") -> None:
        """Write a page and read it back."""
        self._places.write(place, page)
        view, piece = memoryview(page), bytearray(_PIECE)
        for at in range(0, PAGE, _PIECE):
            self._places.read_into(place, at, piece)
            if piece != view[at : at + _PIECE]:
                raise Refusal(STORAGE)


def is_new(path: str = PATH) -> bool:
    """Whether no account was ever stored, or all were wiped: then the key comes up in setup. Writes nothing.

    So it does where nothing can be stored, for then that is what its owner has to be told.
    """
    try:
        pool = Pool(Places(path))
    except Refusal:
        return True
    return pool.has(WIPING) or not pool.has(INDEX)
