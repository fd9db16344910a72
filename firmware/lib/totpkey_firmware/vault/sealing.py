"""Binds pages to the data key, and each page to its place in the order of changes.

INDEX and RECORDS are sealed. TYPING is tagged: a locked key can read it, and checks it when it opens.
"""

import struct

from ..crypto.siv import KEY, TAG, BadSeal, encrypt_block, open_into, seal, wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

#: The purpose of the key that proves marks, and bytes of a proof.
_MARKS = b"totpkey marks"
_PROOF = 8


def associated(kind: int, bucket: int, sequence: int) -> "tuple[bytes]":
    """The associated data: no page opens in another's place, and no older page with a newer number."""
    return (struct.pack("<BBI", kind, bucket, sequence),)


class DataKeys:
    """The data key, and the older one while some pages are still sealed under it.

    Their memory is allocated once, at the start. Allocated during a command, it would fragment the heap.
    """

    def __init__(self) -> None:
        self.present = bytearray(KEY)
        self.older = bytearray(KEY)
        #: Whether some pages may still be sealed under the older one.
        self.two = False
        # Derived from the present one for the first mark.
        self._marks = bytearray(TAG)
        self._has_marks = False

    def take(self, data_key: bytearray, older: bytearray) -> None:
        """Keep the keys of an opened vault, and wipe the arguments. `older` is empty if there is none."""
        self.two = len(older) > 0
        if self.two:
            self.older[:] = older
        self.present[:] = data_key
        self._has_marks = False
        wipe(older)
        wipe(data_key)

    def renew(self, data_key: bytearray) -> None:
        """Seal under `data_key` from now on, and wipe the argument."""
        self.older[:] = self.present
        self.present[:] = data_key
        self._has_marks = False
        self.two = True
        wipe(data_key)

    def forget_older(self) -> None:
        """Wipe the older key, because no page needs it any more."""
        self.two = False
        wipe(self.older)

    def forget(self) -> None:
        """Wipe both keys when the vault is closed."""
        self.forget_older()
        wipe(self.present)
        wipe(self._marks)
        self._has_marks = False

    def tag(self, purpose: bytes) -> bytearray:
        """16 bytes that only the present key gives: the SIV of nothing, with that associated data."""
        return seal(self.present, (purpose,), b"")

    def proof(self, block: bytes) -> bytes:
        """8 bytes that show that somebody with the present key wrote these 16."""
        if not self._has_marks:
            self._marks[:] = self.tag(_MARKS)
            self._has_marks = True
        return bytes(encrypt_block(self._marks, block)[:_PROOF])

    def open_page(self, room: bytearray, name: "tuple[bytes, ...]", sealed: memoryview) -> bool:
        """Open a page into `room`. Return whether the older key still seals it. Raises BadSeal."""
        try:
            open_into(room, self.present, name, sealed)
        except BadSeal:
            if not self.two:
                raise
            open_into(room, self.older, name, sealed)
            return True
        return False


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


def is_genuine(pool: "Pool", kind: int, keys: DataKeys) -> bool:
    """Whether a tagged page was written with the data key, or the older one; also true if there is no page.

    Raises Refusal (storage).
    """
    stored = pool.read(kind)
    if stored is None:
        return True
    name = associated(kind, 0, pool.sequence(kind)) + (bytes(stored[:-TAG]),)
    try:
        keys.open_page(bytearray(), name, memoryview(stored)[-TAG:])
    except BadSeal:
        return False
    return True
