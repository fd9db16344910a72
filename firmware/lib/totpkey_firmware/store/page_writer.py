"""Changes to the pool of pages, which no cut of power can take half of.

A page is written where no live page stands, read back, and only then live (`docs/storage.md`).
"""

import struct
from binascii import crc32

from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import PAGE, PAGES

from ..heap import collect
from .page_index import (
    CLOCK,
    FIELDS,
    FIELDS_SIZE,
    HEAD_SIZE,
    INDEX,
    MAGIC,
    ROOM,
    STATE,
    TALLY,
    TYPING,
    USES,
    WIPING,
    Pool,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .page_index import Payload

#: Of these an older page may stay until its place is written anew: it holds nothing to hide.
_MAY_STAY = (TALLY, STATE, INDEX, TYPING, CLOCK, USES, WIPING)

_PIECE = 512
#: A view, whose slices are no copies.
_ONES = memoryview(b"\xff" * _PIECE)
_READ_BACK = memoryview(bytearray(_PIECE))
#: So many places are tried for a page: where none of them takes it, the flash takes nothing.
_TRIES = 3


def write(pool: Pool, kind: int, payload: "bytes | bytearray | Payload", bucket: int) -> None:
    """Replace a page; see `Pool`, as for all that follow. Raise Refusal (storage)."""
    tidy(pool)
    live = pool.live()
    place = _put(pool, kind, payload, bucket)
    # What stays of a change, it leaves from here on. It shall not lie among the garbage of what came before:
    # the heap would end in pieces too small to load a module into.
    collect()
    old = live.get((kind, bucket))
    live[kind, bucket] = (place, len(payload), pool.sequence)
    pool.meanwhile()
    if old and kind not in _MAY_STAY and not _blank(pool, old[0]):
        raise Refusal(STORAGE)


def remove(pool: Pool, kind: int, bucket: int) -> None:
    """Blank a page."""
    tidy(pool)
    if not _blank(pool, pool.live().pop((kind, bucket))[0]):
        raise Refusal(STORAGE)


def wipe(pool: Pool) -> None:
    """Blank all. Of what cannot be, the page that says so stays: nothing older counts any more."""
    if not pool.has(WIPING) or len(pool):
        write(pool, WIPING, b"", 0)
    live = pool.live()
    last = live[WIPING, 0]
    gone = True
    for place in range(PAGES):
        if place != last[0] and not _is_blank(pool, place):
            gone = _blank(pool, place) and gone
    live.clear()
    if not gone or not _blank(pool, last[0]):
        live[WIPING, 0] = last
        raise Refusal(STORAGE)


def tidy(pool: Pool) -> None:
    """Blank all that is neither live, nor blank, nor old and harmless; once a start."""
    if pool.tidied:
        return
    places: "list[int]" = []
    for place, _, sequence in pool.live().values():
        places.append(place)
        if sequence > pool.sequence:
            pool.sequence, pool.next = sequence, (place + 1) % PAGES
    for place in range(PAGES):
        if place not in places and not _may_stay(pool, place):
            _blank(pool, place)
    pool.tidied = True


def ones(pool: Pool, start: int = 0) -> bytearray:
    """The page in memory, from byte `start` on all ones.

    Another page of ones would want 4 KB in one piece, which a heap in use has not always left.
    """
    pool.loaded = -1
    view = memoryview(pool.page)
    for at in range(start, PAGE, _PIECE):
        piece = view[at : at + _PIECE]
        piece[:] = _ONES[: len(piece)]
    return pool.page


def _blank(pool: Pool, place: int) -> bool:
    """Whether what the place held is gone. One that is not blank then is left out from then on."""
    ones(pool)
    if _stored(pool, place, PAGE):
        return True
    pool.bad += (place,)
    # Cells that are worn no longer become ones, but zeros still.
    for at in range(PAGE):
        pool.page[at] = 0
    return _stored(pool, place, PAGE)


def _is_blank(pool: Pool, place: int) -> bool:
    pool.loaded = -1
    pool.places.read_into(place, 0, pool.page)
    view = memoryview(pool.page)
    return all(view[at : at + _PIECE] == _ONES for at in range(0, PAGE, _PIECE))


def _may_stay(pool: Pool, place: int) -> bool:
    """Whether a place that holds no live page is blank, or its page old and harmless.

    Reads it once only: to go back in a file costs CircuitPython a walk along the FAT.
    """
    if _is_blank(pool, place):
        return True
    magic, kind, _, length, _ = struct.unpack(FIELDS, pool.page[:FIELDS_SIZE])
    return magic == MAGIC and length <= ROOM and kind in _MAY_STAY and pool.agrees(length)


def _put(pool: Pool, kind: int, payload: "bytes | bytearray | Payload", bucket: int) -> int:
    """Write a page to a place that holds no live one; which that is."""
    taken = [found[0] for found in pool.live().values()]
    tries = 0
    for _ in range(PAGES):
        place = pool.next
        pool.next = (place + 1) % PAGES
        if tries < _TRIES and place not in taken and place not in pool.bad:
            # Also where it fails: whatever is left there, what comes later has a higher number.
            pool.sequence += 1
            _compose(pool, kind, bucket, payload)
            if _stored(pool, place, HEAD_SIZE + len(payload)):
                return place
            _blank(pool, place)
            tries += 1
    raise Refusal(STORAGE)


def _compose(pool: Pool, kind: int, bucket: int, payload: "bytes | bytearray | Payload") -> None:
    end = HEAD_SIZE + len(payload)
    fields = struct.pack(FIELDS, MAGIC, kind, bucket, len(payload), pool.sequence)
    ones(pool, end)
    room = memoryview(pool.page)[HEAD_SIZE:end]
    if isinstance(payload, (bytes, bytearray)):
        room[:] = payload
    else:
        payload.write_into(room)
    pool.page[:HEAD_SIZE] = fields + crc32(room, crc32(fields)).to_bytes(4, "little")


def _stored(pool: Pool, place: int, end: int) -> bool:
    """Write the page in memory; whether it reads back the same up to `end`, where its payload ends.

    What stands behind that decides nothing at the next start. Whatever comes of it, `pool.loaded` is -1.
    """
    view = memoryview(pool.page)
    try:
        pool.places.write(place, pool.page)
        for at in range(0, end, _PIECE):
            piece = _READ_BACK[: end - at]
            pool.places.read_into(place, at, piece)
            if piece != view[at : at + len(piece)]:
                return False
    except Refusal:
        return False
    return True
