"""The format of a page in flash (`docs/storage.md`), and the one page that is in memory."""

import struct
from binascii import crc32

from totpkey_protocol.storage import PAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .flash_file import Places

    class Payload(Protocol):
        """A payload that writes itself into the page, because a copy would need a long piece of heap."""

        def write_into(self, room: memoryview) -> int:
            """Write the payload to the start of `room`, which has ROOM bytes; return its length.

            `room` is the page in memory. A payload may have `Pool.view` read an older page there and change
            it in place. It is called again if a place does not take the page.
            """


# Kinds of page
SLOTS = 1
TALLY = 2
STATE = 3
INDEX = 4
RECORDS = 5
#: Says that all other pages are to be blanked, and that no older one counts.
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


class Page:
    """One page in memory; the heap has no room for a second. Methods that read raise Refusal (storage)."""

    def __init__(self, places: "Places") -> None:
        self._places = places
        self._content = bytearray(PAGE)
        #: The place that the whole page was read from, -1 for none.
        self._place = -1

    def read_head(self, place: int) -> "tuple[int, int, int, int] | None":
        """Kind, bucket, payload length and sequence number that a place claims; None if it has no page."""
        self._place = -1
        self._places.read_into(place, 0, memoryview(self._content)[:HEAD_SIZE])
        # Most places are blank at most starts.
        return self.head() if self._content[0] == MAGIC[0] else None

    def head(self) -> "tuple[int, int, int, int] | None":
        """The same for the page in memory."""
        magic, kind, bucket, length, sequence = struct.unpack(FIELDS, self._content[:FIELDS_SIZE])
        return (kind, bucket, length, sequence) if magic == MAGIC and length <= ROOM else None

    def load(self, place: int, length: int) -> None:
        """Have the page of a place in memory. Seeking back in a file makes CircuitPython walk the FAT."""
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
        """As the function below, in the payload; negative if there is none."""
        return find_entry(self._content, name, size, HEAD_SIZE + start, HEAD_SIZE + end) - HEAD_SIZE

    def overwrite(self) -> bytearray:
        """The memory of the page, for other content: from now on it is no copy of any place."""
        self._place = -1
        return self._content


def find_entry(table: bytearray, name: bytes, size: int, start: int, end: int) -> int:
    """Where the entry that begins with `name` stands among those of `size` bytes between the two, or -1."""
    at = table.find(name, start, end)
    while at >= 0 and (at - start) % size:
        at = table.find(name, at + 1, end)
    return at
