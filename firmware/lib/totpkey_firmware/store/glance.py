"""Whether any account was ever stored. USB waits until boot.py knows, so this takes as little as it can.

It loads none of the modules that read the pool, unless the headers alone do not tell.
"""

import struct
from binascii import crc32

from totpkey_protocol.storage import FILES, PAGE, PAGES, START, STRIDE

from .format import FIELDS, FIELDS_SIZE, HEAD_SIZE, INDEX, MAGIC, ROOM, WIPING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import FileIO

_PATH = "/" + FILES[0]


def is_new(path: str = _PATH) -> bool:
    """Whether no account was ever stored, or all were wiped, so that the key starts in setup. Writes nothing.

    Also true if nothing can be stored, because the owner has to be told.
    """
    try:
        with open(path, "rb", 0) as file:
            place, wiping = _find_index(file)
            if place < 0 or (not wiping and _is_whole(file, place)):
                return place < 0
    except OSError:
        return True
    return not _has_index(path)


def _has_index(path: str) -> bool:
    """Whether an index counts where a wipe was begun or a page is torn, which takes more than the headers."""
    from totpkey_protocol.errors import Refusal

    from .flash_file import Places
    from .pool import Pool

    try:
        return Pool(Places(path)).has(INDEX)
    except Refusal:
        return False


def _find_index(file: "FileIO") -> "tuple[int, bool]":
    """A place with the header of an index, -1 for none; and whether there is a header of a wipe."""
    head = bytearray(HEAD_SIZE)
    index, wiping = -1, False
    for place in range(PAGES):
        file.seek(START + place * STRIDE)
        if file.readinto(head) != HEAD_SIZE:
            raise OSError
        # Usually most places are blank.
        if head[0] != MAGIC[0]:
            continue
        magic, kind, _, length, _ = struct.unpack_from(FIELDS, head)
        if magic == MAGIC and length <= ROOM:
            wiping = wiping or kind == WIPING
            if kind == INDEX:
                index = place
    return index, wiping


def _is_whole(file: "FileIO", place: int) -> bool:
    """Whether the checksum of that page is right."""
    page = bytearray(PAGE)
    file.seek(START + place * STRIDE)
    file.readinto(page)
    length = struct.unpack_from(FIELDS, page)[3]
    covered = crc32(memoryview(page)[HEAD_SIZE : HEAD_SIZE + length], crc32(memoryview(page)[:FIELDS_SIZE]))
    return covered == int.from_bytes(page[FIELDS_SIZE:HEAD_SIZE], "little")
