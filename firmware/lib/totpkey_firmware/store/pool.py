"""A pool of pages in flash. A power cut never destroys the last good page of a kind.

The format is in `docs/reference/storage.md`. Every start waits for this module. Therefore it imports no
cryptography, and code for changes is in `page_writer`.
"""

from totpkey_protocol.errors import Refusal

from .flash_file import PATH, MissingPlaces, Places
from .format import ROOM, Page
from .live_pages import LivePages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .format import Payload
    from .page_writer import PageWriter


class Pool:
    """Reads and replaces the live pages. Methods raise Refusal (storage)."""

    def __init__(self, places: Places) -> None:
        """Writes nothing."""
        self._places = places
        self._page = Page(places)
        self.pages = LivePages(self._page)
        self._loaded_writer: "PageWriter | None" = None

    def __len__(self) -> int:
        """How many pages are live, not counting WIPING."""
        return len(self.pages) - self.pages.wiping

    def has(self, kind: int, bucket: int = 0) -> bool:
        """Whether there is a live page of that kind and bucket."""
        return self.pages.find(kind, bucket) is not None

    def length(self, kind: int, bucket: int = 0) -> int:
        """Bytes of the page's payload, 0 without such a page."""
        found = self.pages.find(kind, bucket)
        return found[1] if found else 0

    def sequence(self, kind: int, bucket: int = 0) -> int:
        """The page's sequence number, 0 without such a page. What seals a payload binds it to this number."""
        found = self.pages.find(kind, bucket)
        return found[2] if found else 0

    def read(self, kind: int, bucket: int = 0) -> "bytearray | None":
        """The page's payload, None without such a page."""
        view = self.view(kind, bucket)
        return None if view is None else bytearray(view)

    def view(self, kind: int, bucket: int = 0) -> "memoryview | None":
        """The same without a copy, valid until the next page is read or written."""
        found = self.pages.find(kind, bucket)
        if found is None:
            return None
        place, length, _ = found
        self._page.load(place, length)
        return self._page.payload(length)

    def room(self, kind: int) -> memoryview:
        """The whole page in memory, with that page's payload at its start, for changes in place."""
        self.view(kind)
        self._page.overwrite()
        return self._page.payload(ROOM)

    def find_entry(self, name: bytes, size: int, start: int, end: int) -> int:
        """Like `format.find_entry`, in the payload from `view` or the one being written."""
        return self._page.find_entry(name, size, start, end)

    def write(
        self, kind: int, payload: "bytes | bytearray | Payload", bucket: int = 0, later: bool = False
    ) -> None:
        """Replace a page. If its kind hides something, the older one is blanked when this returns, or if
        `later`, by `finish`.
        """
        old = self.writer.put(kind, payload, bucket)
        if later:
            self.writer.retire_later(old)
        else:
            self.writer.retire(kind, old)

    def finish(self, tells: bool = False) -> None:
        """Blank what a change has left for later. If it `tells`, raise Refusal once where that fails."""
        if self._loaded_writer:
            self._loaded_writer.finish(tells)

    def remove(self, kind: int, bucket: int = 0) -> None:
        """Blank a page. After a power cut, `tidy` finishes it."""
        self.writer.remove(kind, bucket)

    def wipe(self) -> None:
        """Blank all pages permanently. After a power cut, the next start finishes it.

        If a place cannot be blanked, this raises after blanking the others.
        """
        self.writer.wipe()

    def tidy(self) -> None:
        """Clean up after a power cut: blank all places that are not live, blank, or old and harmless.

        The first change after a start does this. A place that cannot be blanked is not used until the next
        start.
        """
        self.writer.tidy()

    def ones(self) -> bytearray:
        """A page of ones. It is the page in memory, since another would need 4 KB of contiguous heap."""
        return self.writer.ones()

    @property
    def writer(self) -> "PageWriter":
        """The writer, loaded with the first change."""
        if self._loaded_writer is None:
            from .page_writer import PageWriter

            self._loaded_writer = PageWriter(self._places, self._page, self.pages)
        return self._loaded_writer


def open_pool(feed: "Callable[[], None]") -> Pool:
    """The pool in the key's file. If the file is missing or damaged, a blank pool that refuses writes."""
    try:
        return Pool(Places(PATH, feed))
    except Refusal:
        return Pool(MissingPlaces())
