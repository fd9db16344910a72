"""Finds the live pages of the pool."""

import struct

from totpkey_protocol.storage import PAGES

from .format import KINDS, WIPING, Page, find_entry

#: What is known of each place: kind (0: no page), bucket, length of the payload, sequence number.
_ENTRY = "<BBHI"
_SIZE = 8
#: Added to the kind of a page that is live. The others have not been needed yet.
_LIVE = KINDS


class LivePages:
    """The live pages: for each kind and bucket, the valid page with the highest sequence number.

    A table of fixed size, so that a full vault takes no more heap than an empty one. Methods raise Refusal
    (storage).
    """

    def __init__(self, page: Page) -> None:
        """Read the header of each page. Writes nothing."""
        self._page = page
        self._table = bytearray(PAGES * _SIZE)
        #: How many are live, once all are known.
        self._count = -1
        for place in range(PAGES):
            head = page.read_head(place)
            if head:
                self._note(place, *head)
        wiping = self.find(WIPING, 0)
        if wiping:
            # A place that could not be blanked may still hold wiped data.
            for place in range(PAGES):
                if place != wiping[0] and self._entry(place)[3] <= wiping[2]:
                    self._drop(place)

    def __len__(self) -> int:
        """How many pages are live."""
        if self._count < 0:
            # A start needs few pages. Their checksums are verified when they are needed, all of them here.
            self._count = sum([self._is_found(place) for place in range(PAGES)])
        return self._count

    def find(self, kind: int, bucket: int) -> "tuple[int, int, int] | None":
        """The live page of that kind and bucket: its place, its payload's length, its sequence number."""
        place = self._first(kind + _LIVE, bucket)
        if place < 0:
            place = self._verify(kind, bucket)
        if place < 0:
            return None
        _, _, length, sequence = self._entry(place)
        return place, length, sequence

    def is_live(self, place: int) -> bool:
        """Whether the page in that place is live, once all are known."""
        return self._table[place * _SIZE] >= _LIVE

    def sequence(self, place: int) -> int:
        """The sequence number of the page in that place, 0 for none."""
        return self._entry(place)[3]

    def latest(self) -> int:
        """The place of the page with the highest sequence number."""
        latest = 0
        for place in range(1, PAGES):
            if self.sequence(place) > self.sequence(latest):
                latest = place
        return latest

    def keep_only(self, kind: int) -> int:
        """Forget all pages but the live one of a kind that has no buckets. Returns its place."""
        for place in range(PAGES):
            if self._table[place * _SIZE] != kind + _LIVE:
                self._drop(place)
        self._count = 1
        return self._first(kind + _LIVE, 0)

    def replace(self, kind: int, bucket: int, place: int, length: int, sequence: int) -> int:
        """Make a page that was just written live. Returns the place of the one that it replaces, or -1."""
        old = self.remove(kind, bucket)
        self._note(place, kind + _LIVE, bucket, length, sequence)
        self._count += 1
        return old

    def remove(self, kind: int, bucket: int) -> int:
        """Forget a live page. Returns its place, -1 for none."""
        len(self)
        place = self._first(kind + _LIVE, bucket)
        if place >= 0:
            self._drop(place)
            self._count -= 1
        return place

    def _verify(self, kind: int, bucket: int) -> int:
        """Decide which page of that kind and bucket is live: its place, -1 for none."""
        place = self._latest(kind, bucket)
        while place >= 0:
            _, _, length, sequence = self._entry(place)
            self._drop(place)
            self._page.load(place, length)
            if self._page.is_whole(length):
                self._drop_all(kind, bucket)
                self._note(place, kind + _LIVE, bucket, length, sequence)
                break
            place = self._latest(kind, bucket)
        return place

    def _latest(self, kind: int, bucket: int) -> int:
        """The place whose header has the highest sequence number, -1 if there is none to verify."""
        latest = first = self._first(kind, bucket)
        if first >= 0:
            for place in range(first + 1, PAGES):
                entry = self._entry(place)
                if entry[:2] == (kind, bucket) and entry[3] >= self.sequence(latest):
                    latest = place
        return latest

    def _drop_all(self, kind: int, bucket: int) -> None:
        place = self._first(kind, bucket)
        while place >= 0:
            self._drop(place)
            place = self._first(kind, bucket)

    def _is_found(self, place: int) -> bool:
        kind, bucket, _, _ = self._entry(place)
        if kind and kind < _LIVE:
            self.find(kind, bucket)
        return self.is_live(place)

    def _first(self, kind: int, bucket: int) -> int:
        return find_entry(self._table, bytes((kind, bucket)), _SIZE, 0, len(self._table)) // _SIZE

    def _entry(self, place: int) -> "tuple[int, int, int, int]":
        kind, bucket, length, sequence = struct.unpack_from(_ENTRY, self._table, place * _SIZE)
        return kind, bucket, length, sequence

    def _note(self, place: int, kind: int, bucket: int, length: int, sequence: int) -> None:
        struct.pack_into(_ENTRY, self._table, place * _SIZE, kind, bucket, length, sequence)

    def _drop(self, place: int) -> None:
        self._note(place, 0, 0, 0, 0)
