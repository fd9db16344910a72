"""Changes the pool of pages. Each change is atomic, even if the power is cut.

A page is written to a place without a live page and read back. Only then it is live
(`docs/reference/storage.md`).
"""

import struct
from binascii import crc32

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import PAGE, PAGES

from ..heap import SCRATCH
from .format import (
    CLOCK,
    FIELDS,
    HEAD_SIZE,
    INDEX,
    LAST,
    MAGIC,
    RETRIES,
    ROOM,
    STATE,
    TYPING,
    USES,
    WIPING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .flash_file import Places
    from .format import Page, Payload
    from .live_pages import LivePages

#: Kinds of page that hold nothing to hide. Old ones may stay until their place is reused.
_MAY_STAY = (RETRIES, STATE, INDEX, TYPING, CLOCK, USES, WIPING)

_PIECE = len(SCRATCH)
#: A view, whose slices are no copies.
_ONES = memoryview(b"\xff" * _PIECE)
#: How many places are tried for a page before the flash counts as dead.
_TRIES = 3


class PageWriter:
    """Writes pages and updates the list of live ones. Methods raise Refusal (storage)."""

    def __init__(self, places: "Places", page: "Page", pages: "LivePages") -> None:
        self._places = places
        self._page = page
        self._pages = pages
        self._tidied = False
        # The place of a replaced page that is still to be blanked, -1 for none.
        self._owed = -1
        #: The highest sequence number so far, and the next place to try.
        self._sequence = 0
        self.next_place = 0
        #: Places that could not be blanked. They are not used until the next start.
        self._bad: "tuple[int, ...]" = ()

    def put(self, kind: int, payload: "bytes | bytearray | Payload", bucket: int) -> int:
        """Write a page, which is live then. Returns the place of the one it replaces, -1 for none."""
        self.tidy()
        place, length = self._put(kind, payload, bucket)
        if place == self._owed:
            self._owed = -1
        return self._pages.replace(kind, bucket, place, length, self._sequence)

    def retire(self, kind: int, place: int) -> None:
        """Blank a replaced page, if there is anything to hide."""
        if place >= 0 and kind not in _MAY_STAY and not self._blank(place):
            raise Refusal(STORAGE)

    def retire_later(self, place: int) -> None:
        """Leave a replaced page to `finish`: all that it hides is live elsewhere."""
        self.finish()
        self._owed = place

    def finish(self, tells: bool = False) -> None:
        """Blank the page that was left for later. If it `tells`, raise Refusal once where that fails."""
        place = self._owed
        if place < 0:
            return
        gone = place not in self._bad and self._blank(place)
        if gone or tells:
            self._owed = -1
        if tells and not gone:
            raise Refusal(STORAGE)

    def remove(self, kind: int, bucket: int) -> None:
        """Blank a live page."""
        self.tidy()
        if not self._blank(self._pages.remove(kind, bucket)):
            raise Refusal(STORAGE)

    def wipe(self) -> None:
        """Blank all. If a place cannot be blanked, the WIPING page stays and invalidates older pages."""
        if len(self._pages) != 1 or not self._pages.find(WIPING, 0):
            self.put(WIPING, b"", 0)
        last = self._pages.keep_only(WIPING)
        gone = True
        for place in range(PAGES):
            if not self._pages.is_live(place) and not self._is_blank(place):
                gone = self._blank(place) and gone
        if not gone or not self._blank(last):
            raise Refusal(STORAGE)
        self._pages.remove(WIPING, 0)
        self._sequence = 0

    def tidy(self) -> None:
        """Blank all places that are not live, blank, or old and harmless. Once after each start."""
        if self._tidied:
            return
        if len(self._pages):
            latest = self._pages.latest()
            self._sequence, self.next_place = self._pages.sequence(latest), (latest + 1) % PAGES
        for place in range(PAGES):
            if not self._pages.is_live(place) and not self._may_stay(place):
                self._blank(place)
        self._tidied = True

    def ones(self, start: int = 0) -> bytearray:
        """The page in memory, filled with ones from offset `start`."""
        content = self._page.overwrite()
        view = memoryview(content)
        whole = PAGE - (PAGE - start) // _PIECE * _PIECE
        view[start:whole] = _ONES[: whole - start]
        for at in range(whole, PAGE, _PIECE):
            view[at : at + _PIECE] = _ONES
        return content

    def _blank(self, place: int) -> bool:
        """Blank a place. Returns whether its content is gone. A place that is not blank is no longer used."""
        self.ones()
        if self._stored(place, PAGE):
            return True
        self._bad += (place,)
        # Worn cells no longer erase to ones, but can still be programmed to zeros.
        content = self._page.overwrite()
        for at in range(PAGE):
            content[at] = 0
        return self._stored(place, PAGE)

    def _is_blank(self, place: int) -> bool:
        content = self._page.overwrite()
        self._places.read_into(place, 0, content)
        view = memoryview(content)
        return all(view[at : at + _PIECE] == _ONES for at in range(0, PAGE, _PIECE))

    def _may_stay(self, place: int) -> bool:
        """Whether a place without a live page is blank, or its page is old and harmless."""
        # One read serves both checks, since seeking backwards makes CircuitPython walk the FAT.
        if self._is_blank(place):
            return True
        head = self._page.head()
        return head is not None and head[0] in _MAY_STAY and self._page.is_whole(head[2])

    def _put(self, kind: int, payload: "bytes | bytearray | Payload", bucket: int) -> "tuple[int, int]":
        """Write a page to a place without a live one. Returns the place and the payload's length."""
        tries = 0
        for _ in range(PAGES):
            place = self.next_place
            self.next_place = (place + 1) % PAGES
            if tries < _TRIES and not self._pages.is_live(place) and place not in self._bad:
                # Also after a failure, so that later pages have a higher number than what is left there.
                self._advance(kind)
                length = self._compose(kind, bucket, payload)
                if self._stored(place, HEAD_SIZE + length):
                    return place, length
                self._blank(place)
                tries += 1
        raise Refusal(STORAGE)

    def _advance(self, kind: int) -> None:
        """Take the next sequence number. After the last one, only a wipe is possible: it ends all others."""
        if self._sequence < LAST:
            self._sequence += 1
        elif kind != WIPING:
            raise Refusal(STORAGE)

    def _compose(self, kind: int, bucket: int, payload: "bytes | bytearray | Payload") -> int:
        """Compose the page in memory. Returns the length of its payload."""
        self._page.overwrite()
        room = self._page.payload(ROOM)
        if isinstance(payload, (bytes, bytearray)):
            length = len(payload)
            room[:length] = payload
        else:
            length = payload.write_into(room, self._sequence)
        content = self.ones(HEAD_SIZE + length)
        fields = struct.pack(FIELDS, MAGIC, kind, bucket, length, self._sequence)
        content[:HEAD_SIZE] = fields + crc32(room[:length], crc32(fields)).to_bytes(4, "little")
        return length

    def _stored(self, place: int, end: int) -> bool:
        """Write the page in memory. Returns whether it reads back the same up to `end`, the payload's end.

        The bytes after that do not matter at the next start.
        """
        content = self._page.overwrite()
        view = memoryview(content)
        try:
            self._places.write(place, content)
            for at in range(0, end, _PIECE):
                piece = SCRATCH[: end - at]
                self._places.read_into(place, at, piece)
                if piece != view[at : at + len(piece)]:
                    return False
        except Refusal:
            return False
        return True
