"""Finds the live pages of the pool."""

import struct

from totpkey_protocol.storage import PAGES

from .format import KINDS, WIPING, Page, find_entry

#: What is known of each place: kind (0: no page) and bucket; length of the payload and sequence number.
_NAME_SIZE = 2
_MORE = "<HI"
_MORE_SIZE = 6
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
        self._names = bytearray(PAGES * _NAME_SIZE)
        self._more = bytearray(PAGES * _MORE_SIZE)
        #: How many are live, once all are known.
        self._count = -1
        #: Whether one of them is of the kind WIPING. The state of the key is asked for all the time.
        self.wiping = False
        for place in range(PAGES):
            head = page.read_head(place)
            if head:
                self._note(place, *head)
        wiping = self.find(WIPING, 0)
        if wiping:
            self.wiping = True
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
        if place < 0 and self._count < 0:
            place = self._verify(kind, bucket)
        if place < 0:
            return None
        length, sequence = struct.unpack_from(_MORE, self._more, place * _MORE_SIZE)
        return place, length, sequence

    def is_live(self, place: int) -> bool:
        """Whether the page in that place is live, once all are known."""
        return self._names[place * _NAME_SIZE] >= _LIVE

    def sequence(self, place: int) -> int:
        """The sequence number of the page in that place, 0 for none."""
        return self._entry(place)[3]

    def latest(self) -> int:
        """The place of the page with the highest sequence number."""
        latest = most = 0
        for place in range(PAGES):
            _, sequence = struct.unpack_from(_MORE, self._more, place * _MORE_SIZE)
            if sequence > most:
                latest, most = place, sequence
        return latest

    def keep_only(self, kind: int) -> int:
        """Forget all pages but the live one of a kind that has no buckets. Returns its place."""
        for place in range(PAGES):
            if self._names[place * _NAME_SIZE] != kind + _LIVE:
                self._drop(place)
        self._count = 1
        return self._first(kind + _LIVE, 0)

    def replace(self, kind: int, bucket: int, place: int, length: int, sequence: int) -> int:
        """Make a page that was just written live. Returns the place of the one that it replaces, or -1."""
        old = self.remove(kind, bucket)
        self._note(place, kind + _LIVE, bucket, length, sequence)
        self._count += 1
        self.wiping = self.wiping or kind == WIPING
        return old

    def remove(self, kind: int, bucket: int) -> int:
        """Forget a live page. Returns its place, -1 for none."""
        len(self)
        place = self._first(kind + _LIVE, bucket)
        if place >= 0:
            self._drop(place)
            self._count -= 1
            self.wiping = self.wiping and kind != WIPING
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
        latest = place = self._first(kind, bucket)
        while place >= 0:
            if self.sequence(place) >= self.sequence(latest):
                latest = place
            place = self._first(kind, bucket, place + 1)
        return latest

    def _drop_all(self, kind: int, bucket: int) -> None:
        place = self._first(kind, bucket)
        while place >= 0:
            self._drop(place)
            place = self._first(kind, bucket)

    def _is_found(self, place: int) -> bool:
        kind = self._names[place * _NAME_SIZE]
        if kind and kind < _LIVE:
            self.find(kind, self._names[place * _NAME_SIZE + 1])
        return self.is_live(place)

    def _first(self, kind: int, bucket: int, place: int = 0) -> int:
        """The first place from `place` on with a page of that kind and bucket, -1 for none."""
        name, start = bytes((kind, bucket)), place * _NAME_SIZE
        return find_entry(self._names, name, _NAME_SIZE, start, len(self._names)) // _NAME_SIZE

    def _entry(self, place: int) -> "tuple[int, int, int, int]":
        kind, bucket = self._names[place * _NAME_SIZE], self._names[place * _NAME_SIZE + 1]
        length, sequence = struct.unpack_from(_MORE, self._more, place * _MORE_SIZE)
        return kind, bucket, length, sequence

    def _note(self, place: int, kind: int, bucket: int, length: int, sequence: int) -> None:
        self._names[place * _NAME_SIZE], self._names[place * _NAME_SIZE + 1] = kind, bucket
        struct.pack_into(_MORE, self._more, place * _MORE_SIZE, length, sequence)

    def _drop(self, place: int) -> None:
        self._note(place, 0, 0, 0, 0)
