"""Whole pages in flash, each with a checksum, of which a power cut can never take the good one.

The format is in `docs/storage.md`. Imports no cryptography, so that boot.py may use it, and leaves what only
a change needs to `page_writer`: each start waits for what is here.
"""

import os
import struct
from binascii import crc32

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import FILES, PAGE, PAGES, START, STRIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO
    from typing import Protocol

    class Payload(Protocol):
        """What writes itself into a page, since a copy would want a long piece of the heap."""

        def __len__(self) -> int: ...

        def write_into(self, room: memoryview) -> None:
            """Fill `room`, which is as long as this."""


PATH = "/" + FILES[0]

# Kinds of page
SLOTS = 1
TALLY = 2
STATE = 3
INDEX = 4
RECORDS = 5
#: Says that all others are to be blanked, and that none of them counts that is older.
WIPING = 6
TYPING = 7
#: What is known of the clock, and of the use of accounts.
CLOCK = 8
USES = 9

MAGIC = b"TPK2"
#: magic, kind, bucket, length of the payload, sequence number; then the CRC-32 of these and the payload.
FIELDS = "<4sBBHI"
FIELDS_SIZE = 12
HEAD_SIZE = 16
#: The longest payload.
ROOM = PAGE - HEAD_SIZE


def open_for_good(path: str) -> "FileIO":
    """A file to overwrite in place, and never to close: that would write its directory's entry."""
    try:
        # CircuitPython has no unbuffered mode; CPython would otherwise write to disk when it likes.
        return open(path, "r+b", 0)
    except OSError:
        raise Refusal(STORAGE) from None


def read_at(file: "FileIO", at: int, buffer: "bytearray | memoryview") -> None:
    """Fill `buffer` from byte `at` of the file on. Raises Refusal (storage)."""
    try:
        file.seek(at)
        read = file.readinto(buffer)
    except OSError:
        raise Refusal(STORAGE) from None
    if read != len(buffer):
        raise Refusal(STORAGE)


def write_at(file: "FileIO", at: int, data: "bytes | bytearray") -> None:
    """Write whole sectors of the FAT, which are in flash for sure after `flush`. Raises Refusal (storage)."""
    try:
        file.seek(at)
        file.write(data)
    except OSError:
        raise Refusal(STORAGE) from None


def flush() -> None:
    """Have what was written in flash. Raises Refusal (storage)."""
    try:
        os.sync()
    except OSError:
        raise Refusal(STORAGE) from None


class Places:
    """The places for pages in one preallocated file, each with one or two flash sectors of its own.

    The file is opened once and never closed, and only ever overwritten in whole pages: so no write touches
    the FAT or a directory. Methods raise Refusal (storage).
    """

    def __init__(self, path: str = PATH) -> None:
        self._file = open_for_good(path)

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        """Fill `buffer` from byte `at` of a page on."""
        read_at(self._file, START + place * STRIDE + at, buffer)

    def write(self, place: int, page: "bytes | bytearray") -> None:
        """Write one whole page: an erase of its sector and 16 programs."""
        write_at(self._file, START + place * STRIDE, page)
        flush()


def _nothing() -> None:
    pass


class Pool:
    """The live pages: for each kind and bucket the whole one with the highest sequence number.

    Methods raise Refusal (storage).
    """

    #: Places that do not become blank: not used until the next start.
    bad: "tuple[int, ...]" = ()

    def __init__(self, places: Places) -> None:
        """Look at what each page says of itself. Writes nothing."""
        self.places = places
        self.page = bytearray(PAGE)
        #: Called between two writes of one change: each takes some 60 ms.
        self.meanwhile: "Callable[[], None]" = _nothing
        #: The place of the page that is in memory as a whole; -1 for none.
        self.loaded = -1
        #: By kind and bucket: the place, the length of the payload and the sequence number of the live page.
        self._live: "dict[tuple[int, int], tuple[int, int, int]]" = {}
        #: Pages that nobody has asked for yet: sequence number, place and length of each that may be whole.
        #: Their checksums are looked at when they are: a start needs few of them.
        self._heads: "dict[tuple[int, int], list[tuple[int, int, int]]]" = {}
        # For `page_writer`: the highest sequence number, where to look for room, and whether all was tidied.
        self.sequence = self.next = 0
        self.tidied = False
        head = memoryview(self.page)[:HEAD_SIZE]
        for place in range(PAGES):
            places.read_into(place, 0, head)
            if self.page[0] == MAGIC[0]:
                self._note(place)
        wiping = self._find(WIPING, 0)
        if wiping:
            # A place that would not become blank may still hold what was wiped.
            for heads in self._heads.values():
                heads[:] = [head for head in heads if head[0] > wiping[2]]

    def __len__(self) -> int:
        """How many pages are live, but for the one that says that all are to be blanked."""
        return len(self.live()) - self.has(WIPING)

    def has(self, kind: int, bucket: int = 0) -> bool:
        """Whether there is such a page."""
        return self._find(kind, bucket) is not None

    def length(self, kind: int, bucket: int = 0) -> int:
        """Bytes of the page's payload, 0 if there is no such page."""
        found = self._find(kind, bucket)
        return found[1] if found else 0

    def read(self, kind: int, bucket: int = 0) -> "bytearray | None":
        """The page's payload, None if there is no such page."""
        view = self.view(kind, bucket)
        return None if view is None else bytearray(view)

    def view(self, kind: int, bucket: int = 0) -> "memoryview | None":
        """The same without a copy: there until the next page is read or written."""
        found = self._find(kind, bucket)
        if found is None:
            return None
        place, length, _ = found
        self._load(place, length)
        return memoryview(self.page)[HEAD_SIZE : HEAD_SIZE + length]

    def write(self, kind: int, payload: "bytes | bytearray | Payload", bucket: int = 0) -> None:
        """Replace a page. What its kind has to hide of the older one is gone when this returns."""
        from . import page_writer

        page_writer.write(self, kind, payload, bucket)

    def remove(self, kind: int, bucket: int = 0) -> None:
        """Blank a page. One that a cut has torn on the way is blanked by `tidy`."""
        from . import page_writer

        page_writer.remove(self, kind, bucket)

    def wipe(self) -> None:
        """Blank all, for good: once it has begun, it is finished after a cut.

        Where a place goes on showing what it held, this raises once the others are blank.
        """
        from . import page_writer

        page_writer.wipe(self)

    def tidy(self) -> None:
        """Finish what a cut has left: blank all that is neither live, nor blank, nor old and harmless.

        Each change does this first, if it was not done since the start. A place that does not become blank is
        left out from then on.
        """
        if not self.tidied:
            from . import page_writer

            page_writer.tidy(self)

    def live(self) -> "dict[tuple[int, int], tuple[int, int, int]]":
        """By kind and bucket: place, length of the payload and sequence number of all live pages."""
        for kind, bucket in tuple(self._heads):
            self._find(kind, bucket)
        return self._live

    def agrees(self, length: int) -> bool:
        """Whether the page in memory has the right checksum. `length`: of its payload."""
        page = memoryview(self.page)
        checksum = crc32(page[HEAD_SIZE : HEAD_SIZE + length], crc32(page[:FIELDS_SIZE]))
        return checksum == int.from_bytes(page[FIELDS_SIZE:HEAD_SIZE], "little")

    def _note(self, place: int) -> None:
        """Remember the page whose head is in memory, if it is one."""
        magic, kind, bucket, length, sequence = struct.unpack(FIELDS, self.page[:FIELDS_SIZE])
        if magic == MAGIC and length <= ROOM:
            self._heads.setdefault((kind, bucket), []).append((sequence, place, length))

    def _find(self, kind: int, bucket: int) -> "tuple[int, int, int] | None":
        """Place, length and sequence number of the live page."""
        heads = self._heads.pop((kind, bucket), None)
        if heads:
            heads.sort(reverse=True)
            for sequence, place, length in heads:
                self._load(place, length)
                if self.agrees(length):
                    self._live[kind, bucket] = (place, length, sequence)
                    break
        return self._live.get((kind, bucket))

    def _load(self, place: int, length: int) -> None:
        """Have a page in memory. To go back in a file costs CircuitPython a walk along the FAT."""
        if self.loaded != place:
            self.loaded = -1
            self.places.read_into(place, 0, memoryview(self.page)[: HEAD_SIZE + length])
            self.loaded = place


def open_pool(path: str = PATH) -> Pool:
    """The pool in the key's file. Where that is missing or damaged, one that is blank and takes nothing."""
    try:
        return Pool(Places(path))
    except Refusal:
        from .nowhere import Nowhere

        return Pool(Nowhere())


def is_new(path: str = PATH) -> bool:
    """Whether no account was ever stored, or all were wiped: then the key comes up in setup. Writes nothing.

    So it does where nothing can be stored, for then that is what its owner has to be told.
    """
    pool = open_pool(path)
    try:
        return not pool.has(INDEX)
    except Refusal:
        return True
