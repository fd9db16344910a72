"""A pool of pages in flash. A power cut never takes the last good page of a kind.

The format is in `docs/storage.md`. boot.py uses this, and every start waits for it: so it imports no
cryptography, and leaves what only a change needs to `page_writer`.
"""

from totpkey_protocol.errors import Refusal

from .flash_file import PATH, MissingPlaces, Places
from .format import INDEX, WIPING, Page
from .live_pages import LivePages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .format import Payload
    from .page_writer import PageWriter


def _nothing() -> None:
    pass


class Pool:
    """The live pages, to be read and replaced. Methods raise Refusal (storage)."""

    def __init__(self, places: Places) -> None:
        """Writes nothing."""
        self._places = places
        self._page = Page(places)
        self.pages = LivePages(self._page)
        #: Called between two writes of one change: each takes some 60 ms.
        self.watch: "Callable[[], None]" = _nothing
        self._loaded_writer: "PageWriter | None" = None

    def __len__(self) -> int:
        """How many pages are live, but for the one that says that all are to be blanked."""
        return len(self.pages.all()) - self.has(WIPING)

    def has(self, kind: int, bucket: int = 0) -> bool:
        """Whether there is such a page."""
        return self.pages.find(kind, bucket) is not None

    def length(self, kind: int, bucket: int = 0) -> int:
        """Bytes of the page's payload, 0 if there is no such page."""
        found = self.pages.find(kind, bucket)
        return found[1] if found else 0

    def read(self, kind: int, bucket: int = 0) -> "bytearray | None":
        """The page's payload, None if there is no such page."""
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

    def find_entry(self, name: bytes, size: int, start: int, end: int) -> int:
        """As `format.find_entry` for what `view` has given, or for a payload that is being written."""
        return self._page.find_entry(name, size, start, end)

    def write(self, kind: int, payload: "bytes | bytearray | Payload", bucket: int = 0) -> None:
        """Replace a page. What its kind has to hide of the older one is gone when this returns."""
        old = self.writer.put(kind, payload, bucket)
        self.watch()
        self.writer.retire(kind, old)

    def remove(self, kind: int, bucket: int = 0) -> None:
        """Blank a page. One that a cut has torn on the way is blanked by `tidy`."""
        self.writer.remove(kind, bucket)

    def wipe(self) -> None:
        """Blank all, for good: once it has begun, it is finished after a cut.

        Where a place goes on showing what it held, this raises once the others are blank.
        """
        self.writer.wipe()

    def tidy(self) -> None:
        """Finish what a cut has left: blank all that is neither live, nor blank, nor old and harmless.

        Each change does this first, if it was not done since the start. A place that does not become blank is
        not used until the next start.
        """
        self.writer.tidy()

    def ones(self) -> bytearray:
        """A page of ones. It is the page in memory: another would want 4 KB of heap in one piece."""
        return self.writer.ones()

    @property
    def writer(self) -> "PageWriter":
        """What changes pages; loaded with the first change."""
        if self._loaded_writer is None:
            from .page_writer import PageWriter

            self._loaded_writer = PageWriter(self._places, self._page, self.pages)
        return self._loaded_writer


def open_pool(path: str = PATH) -> Pool:
    """The pool in the key's file. Where that is missing or damaged, one that is blank and takes nothing."""
    try:
        return Pool(Places(path))
    except Refusal:
        return Pool(MissingPlaces())


def is_new(path: str = PATH) -> bool:
    """Whether no account was ever stored, or all were wiped: then the key comes up in setup. Writes nothing.

    It does so too where nothing can be stored, because that is what its owner has to be told.
    """
    pool = open_pool(path)
    try:
        return not pool.has(INDEX)
    except Refusal:
        return True
