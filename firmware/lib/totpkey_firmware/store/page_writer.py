"""Changes to the pool of pages. No power cut can leave half of one.

A page is written where no live page stands, read back, and only then live (`docs/storage.md`).
"""

import struct
from binascii import crc32

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import PAGE, PAGES

from ..heap import collect
from .format import (
    CLOCK,
    FIELDS,
    HEAD_SIZE,
    INDEX,
    MAGIC,
    ROOM,
    STATE,
    TALLY,
    TYPING,
    USES,
    WIPING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .flash_file import Places
    from .format import Page, Payload
    from .live_pages import LivePages

#: An older page of these kinds may stay until its place is written anew: it holds nothing to hide.
_MAY_STAY = (TALLY, STATE, INDEX, TYPING, CLOCK, USES, WIPING)

_PIECE = 512
#: A view, whose slices are no copies.
_ONES = memoryview(b"\xff" * _PIECE)
_READ_BACK = memoryview(bytearray(_PIECE))
#: So many places are tried for a page: where none of them takes it, the flash takes nothing.
_TRIES = 3


class PageWriter:
    """Writes pages and keeps the list of live ones up to date. Methods raise Refusal (storage)."""

    def __init__(self, places: "Places", page: "Page", pages: "LivePages") -> None:
        self._places = places
        self._page = page
        self._pages = pages
        self._tidied = False
        #: The highest sequence number so far, and where to look for room.
        self._sequence = 0
        self.next_place = 0
        #: Places that do not become blank: not used until the next start.
        self._bad: "tuple[int, ...]" = ()

    def put(self, kind: int, payload: "bytes | bytearray | Payload", bucket: int) -> int:
        """Write a page, which is live from then on; the place of the one before it, -1 for none."""
        self.tidy()
        live = self._pages.all()
        place, length = self._put(kind, payload, bucket)
        # What stays of a change, it leaves from here on. It shall not lie among the garbage of what came
        # before: the heap would end in pieces too small to load a module into.
        collect()
        old = live.get((kind, bucket))
        live[kind, bucket] = (place, length, self._sequence)
        return old[0] if old else -1

    def retire(self, kind: int, place: int) -> None:
        """Blank the page that another of its kind has replaced, if there is anything to hide."""
        if place >= 0 and kind not in _MAY_STAY and not self._blank(place):
            raise Refusal(STORAGE)

    def remove(self, kind: int, bucket: int) -> None:
        """Blank a live page."""
        self.tidy()
        if not self._blank(self._pages.all().pop((kind, bucket))[0]):
            raise Refusal(STORAGE)

    def wipe(self) -> None:
        """Blank all. If some place cannot be, the page that says so stays: nothing older counts then."""
        live = self._pages.all()
        if list(live) != [(WIPING, 0)]:
            self.put(WIPING, b"", 0)
        last = live[WIPING, 0]
        gone = True
        for place in range(PAGES):
            if place != last[0] and not self._is_blank(place):
                gone = self._blank(place) and gone
        live.clear()
        if not gone or not self._blank(last[0]):
            live[WIPING, 0] = last
            raise Refusal(STORAGE)

    def tidy(self) -> None:
        """Blank all that is neither live, nor blank, nor old and harmless; once after each start."""
        if self._tidied:
            return
        taken: "list[int]" = []
        for place, _, sequence in self._pages.all().values():
            taken.append(place)
            if sequence > self._sequence:
                self._sequence, self.next_place = sequence, (place + 1) % PAGES
        for place in range(PAGES):
            if place not in taken and not self._may_stay(place):
                self._blank(place)
        self._tidied = True

    def ones(self, start: int = 0) -> bytearray:
        """The page in memory, from byte `start` on all ones."""
        content = self._page.overwrite()
        view = memoryview(content)
        for at in range(start, PAGE, _PIECE):
            piece = view[at : at + _PIECE]
            piece[:] = _ONES[: len(piece)]
        return content

    def _blank(self, place: int) -> bool:
        """Whether what the place held is gone. A place that does not become blank is not used any more."""
        self.ones()
        if self._stored(place, PAGE):
            return True
        self._bad += (place,)
        # Worn cells no longer become ones, but still become zeros.
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
        """Whether a place that holds no live page is blank, or its page old and harmless."""
        # One read serves both questions: seeking back in a file makes CircuitPython walk the FAT.
        if self._is_blank(place):
            return True
        head = self._page.head()
        return head is not None and head[0] in _MAY_STAY and self._page.is_whole(head[2])

    def _put(self, kind: int, payload: "bytes | bytearray | Payload", bucket: int) -> "tuple[int, int]":
        """Write a page to a place that holds no live one; that place, and the payload's length."""
        taken = [found[0] for found in self._pages.all().values()]
        tries = 0
        for _ in range(PAGES):
            place = self.next_place
            self.next_place = (place + 1) % PAGES
            if tries < _TRIES and place not in taken and place not in self._bad:
                # Also where it fails: whatever is left there, what comes later has a higher number.
                self._sequence += 1
                length = self._compose(kind, bucket, payload)
                if self._stored(place, HEAD_SIZE + length):
                    return place, length
                self._blank(place)
                tries += 1
        raise Refusal(STORAGE)

    def _compose(self, kind: int, bucket: int, payload: "bytes | bytearray | Payload") -> int:
        """Make the page in memory; the length of its payload."""
        self._page.overwrite()
        room = self._page.payload(ROOM)
        if isinstance(payload, (bytes, bytearray)):
            length = len(payload)
            room[:length] = payload
        else:
            length = payload.write_into(room)
        content = self.ones(HEAD_SIZE + length)
        fields = struct.pack(FIELDS, MAGIC, kind, bucket, length, self._sequence)
        content[:HEAD_SIZE] = fields + crc32(room[:length], crc32(fields)).to_bytes(4, "little")
        return length

    def _stored(self, place: int, end: int) -> bool:
        """Write the page in memory; whether it reads back the same up to `end`, where its payload ends.

        What stands behind that decides nothing at the next start.
        """
        content = self._page.overwrite()
        view = memoryview(content)
        try:
            self._places.write(place, content)
            for at in range(0, end, _PIECE):
                piece = _READ_BACK[: end - at]
                self._places.read_into(place, at, piece)
                if piece != view[at : at + len(piece)]:
                    return False
        except Refusal:
            return False
        return True
