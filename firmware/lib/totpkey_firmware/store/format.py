"""The format of a page in flash (`docs/reference/storage.md`), and the only page in memory."""

import struct
from binascii import crc32

from totpkey_protocol.storage import PAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .flash_file import Places

    class Payload(Protocol):
        """A payload that writes itself into the page, because a copy would need a large block of heap."""

        def write_into(self, room: memoryview, sequence: int) -> int:
            """Write the payload to the start of `room`, which has ROOM bytes. Returns its length.

            `room` is the page in memory. A payload may call `Pool.view` to load an older page there, and
            change it in place. It is called again, with another sequence number, if writing to a place
            fails.
            """


# Kinds of page
SLOTS = 1
RETRIES = 2
STATE = 3
INDEX = 4
RECORDS = 5
#: A page that orders all other pages to be blanked, and invalidates older ones.
WIPING = 6
TYPING = 7
#: The state of the clock, and the use of accounts.
CLOCK = 8
USES = 9
#: A bank of a secure element; its number, below BANKS, is the bucket.
ELEMENT = 10
BANKS = 16
#: The card for what others lend this key, and what it has borrowed with it.
CARD = 11
#: The journal of codes.
JOURNAL = 12
#: The book of what this key lent.
LOANS = 13

#: Kinds are from 1 on and below this.
KINDS = 0x80
#: The highest sequence number.
LAST = 0xFFFFFFFF

MAGIC = b"TPK3"
#: magic, kind, bucket, length of the payload, sequence number; then the CRC-32 of these and the payload.
FIELDS = "<4sBBHI"
FIELDS_SIZE = 12
HEAD_SIZE = 16
#: The longest payload.
ROOM = PAGE - HEAD_SIZE


class Page:
    """The page in memory. The heap has no room for a second. Methods that read raise Refusal (storage)."""

    def __init__(self, places: "Places") -> None:
        self._places = places
        self._content = bytearray(PAGE)
        #: The place from which the page was loaded, -1 for none.
        self._place = -1

    def read_head(self, place: int) -> "tuple[int, int, int, int] | None":
        """Kind, bucket, payload length and sequence number in a place's header; None without a page."""
        self._place = -1
        self._places.read_into(place, 0, memoryview(self._content)[:HEAD_SIZE])
        # Usually most places are blank.
        return self.head() if self._content[0] == MAGIC[0] else None

    def head(self) -> "tuple[int, int, int, int] | None":
        """The same for the page in memory."""
        magic, kind, bucket, length, sequence = struct.unpack(FIELDS, self._content[:FIELDS_SIZE])
        known = magic == MAGIC and 0 < kind < KINDS and length <= ROOM
        return (kind, bucket, length, sequence) if known else None

    def load(self, place: int, length: int) -> None:
        """Load a page, unless it is loaded: seeking backwards makes CircuitPython walk the FAT."""
        if self._place != place:
            self._place = -1
            self._places.read_into(place, 0, memoryview(self._content)[: HEAD_SIZE + length])
            self._place = place

    def payload(self, length: int) -> memoryview:
        """The first `length` bytes of the payload."""
        return memoryview(self._content)[HEAD_SIZE : HEAD_SIZE + length]

    def is_whole(self, length: int) -> bool:
        """Whether the checksum is right for a payload of that length."""
        checksum = crc32(self.payload(length), crc32(memoryview(self._content)[:FIELDS_SIZE]))
        return checksum == int.from_bytes(self._content[FIELDS_SIZE:HEAD_SIZE], "little")

    def find_entry(self, name: bytes, size: int, start: int, end: int) -> int:
        """Like the function below, in the payload. Negative if there is none."""
        return find_entry(self._content, name, size, HEAD_SIZE + start, HEAD_SIZE + end) - HEAD_SIZE

    def overwrite(self) -> bytearray:
        """The page's memory, for new content. It no longer counts as a copy of any place."""
        self._place = -1
        return self._content


def find_entry(table: bytearray, name: "bytes | bytearray", size: int, start: int, end: int) -> int:
    """Offset of the entry of `size` bytes that begins with `name`, between `start` and `end`, or -1."""
    at = table.find(name, start, end)
    while at >= 0 and (at - start) % size:
        at = table.find(name, at + 1, end)
    return at
