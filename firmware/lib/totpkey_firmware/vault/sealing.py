"""Binds pages to the data key, and each page to its place in the order of changes.

INDEX and RECORDS are sealed. TYPING is tagged: a locked key can read it, and checks it when it opens.
"""

import struct

from ..crypto.siv import TAG, BadSeal, open_sealed, seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool


def associated(kind: int, bucket: int, sequence: int) -> "tuple[bytes]":
    """The associated data: no page opens in the place of another, and no older page with a newer number."""
    return (struct.pack("<BBI", kind, bucket, sequence),)


class Tagged:
    """The payload of a tagged page. The tag is computed when the page is composed."""

    def __init__(self, key: bytearray, kind: int, content: bytes) -> None:
        self._key = key
        self._kind = kind
        self._content = content

    def write_into(self, room: memoryview, sequence: int) -> int:
        end = len(self._content)
        room[:end] = self._content
        room[end : end + TAG] = seal(self._key, associated(self._kind, 0, sequence) + (self._content,), b"")
        return end + TAG


def read_tagged(pool: "Pool", kind: int) -> bytes:
    """The unchecked content of a tagged page; empty if there is none. Raises Refusal (storage)."""
    stored = pool.view(kind)
    return bytes(stored[: max(len(stored) - TAG, 0)]) if stored is not None else b""


def is_genuine(pool: "Pool", kind: int, key: bytearray) -> bool:
    """Whether a tagged page was written with that data key; also true if there is no such page.

    Raises Refusal (storage).
    """
    stored = pool.read(kind)
    if stored is None:
        return True
    name = associated(kind, 0, pool.sequence(kind)) + (bytes(stored[:-TAG]),)
    try:
        open_sealed(key, name, stored[-TAG:])
    except BadSeal:
        return False
    return True
