"""Finds the live pages of the pool."""

from totpkey_protocol.storage import PAGES

from .format import WIPING, Page


class LivePages:
    """The live pages: for each kind and bucket, the valid page with the highest sequence number.

    A page is given as its place, the length of its payload and its sequence number. Methods raise Refusal
    (storage).
    """

    def __init__(self, page: Page) -> None:
        """Read the header of each page. Writes nothing."""
        self._page = page
        self._found: "dict[tuple[int, int], tuple[int, int, int]]" = {}
        #: Pages not needed yet, whose checksums are verified on demand, since a start needs few: sequence
        #: number, place and length.
        self._heads: "dict[tuple[int, int], list[tuple[int, int, int]]]" = {}
        for place in range(PAGES):
            head = page.read_head(place)
            if head:
                kind, bucket, length, sequence = head
                self._heads.setdefault((kind, bucket), []).append((sequence, place, length))
        wiping = self.find(WIPING, 0)
        if wiping:
            # A place that could not be blanked may still hold wiped data.
            for heads in self._heads.values():
                heads[:] = [head for head in heads if head[0] > wiping[2]]

    def find(self, kind: int, bucket: int) -> "tuple[int, int, int] | None":
        """The live page of that kind and bucket."""
        heads = self._heads.pop((kind, bucket), None)
        if heads:
            heads.sort(reverse=True)
            for sequence, place, length in heads:
                self._page.load(place, length)
                if self._page.is_whole(length):
                    self._found[kind, bucket] = (place, length, sequence)
                    break
        return self._found.get((kind, bucket))

    def all(self) -> "dict[tuple[int, int], tuple[int, int, int]]":
        """All live pages, by kind and bucket. The writer keeps it up to date."""
        for kind, bucket in tuple(self._heads):
            self.find(kind, bucket)
        return self._found
