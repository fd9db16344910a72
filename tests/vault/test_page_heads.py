"""Which pages count, byte by byte of their head, as storage.md describes it."""

from __future__ import annotations

import struct

import pytest

from tests.vault.bench import BLANK_PAGE, live
from tests.vault.forging import page_of
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import INDEX, RECORDS, SLOTS, STATE
from totpkey_firmware.store.glance import is_new
from totpkey_firmware.store.pool import Pool
from totpkey_protocol.storage import PAGE, PAGES

#: The longest payload: a page without magic, kind, bucket, length, number and checksum.
ROOM = PAGE - 16
PAYLOAD = b"payload"


def page(
    kind: int = RECORDS,
    bucket: int = 3,
    number: int = 12,
    payload: bytes = PAYLOAD,
    *,
    magic: bytes = b"TPK3",
    length: int | None = None,
) -> bytes:
    """A page that the firmware did not pack, with something for what does not matter."""
    return page_of(kind, bucket, number, payload, magic=magic, length=length)


def holding(path: str, *pages: bytes) -> Pool:
    """A pool with those pages in its first places."""
    places = Places(path)
    for place, content in enumerate(pages):
        places.write(place, content)
    return Pool(Places(path))


def read(pool: Pool, kind: int, bucket: int = 0) -> bytes | None:
    payload = pool.read(kind, bucket)
    return None if payload is None else bytes(payload)


def test_a_page_is_read_from_the_first_place_as_from_any(path: str) -> None:
    for before in (0, 1, PAGES - 1):
        pool = holding(path, *[BLANK_PAGE] * before, page())
        for _ in range(3):
            assert pool.pages.find(RECORDS, 3) == (before, len(PAYLOAD), 12)
            assert read(pool, RECORDS, 3) == PAYLOAD
        assert len(pool) == 1
        assert pool.pages.find(RECORDS, 3) == (before, len(PAYLOAD), 12)


def test_what_is_not_there_has_no_length_and_no_number(path: str) -> None:
    pool = holding(path, page())
    assert not pool.has(STATE)
    assert (pool.length(STATE), pool.sequence(STATE), read(pool, STATE)) == (0, 0, None)
    assert (pool.length(RECORDS, 3), pool.sequence(RECORDS, 3)) == (len(PAYLOAD), 12)


@pytest.mark.parametrize(
    ("odd", "counts"),
    [
        (page(kind=1, bucket=255), True),
        (page(kind=0x7F), True),
        (page(payload=b"x" * ROOM), True),
        (page(payload=b""), True),
        (page(kind=0), False),
        (page(kind=0x80), False),
        (page(kind=0x80 + SLOTS), False),
        (page(kind=0xFF), False),
        (page(magic=b"TPK2"), False),
        (page(magic=b"tPK3"), False),
        (page(length=ROOM + 1), False),
        (page(length=0xFFFF), False),
        (page()[:20] + b"!" + page()[21:], False),
        (page()[:15] + b"!" + page()[16:], False),
        (BLANK_PAGE, False),
        (bytes(PAGE), False),
    ],
    ids=lambda value: value[:18].hex() if isinstance(value, bytes) else None,
)
def test_a_head_counts_if_all_of_it_is_right(path: str, odd: bytes, counts: bool) -> None:
    beside = page(SLOTS, 0, 15)
    pool = holding(path, odd, beside)
    assert read(pool, SLOTS) == PAYLOAD, "another page is not touched by it"
    assert len(pool) == 1 + counts
    assert len(live(pool)) <= 1 + counts
    if counts:
        _, kind, bucket, length, number = struct.unpack("<4sBBHI", odd[:12])
        assert pool.pages.find(kind, bucket) == (0, length, number)
    # The firmware goes on with the numbers of pages that count.
    pool.write(STATE, b"next")
    assert pool.sequence(STATE) == 16


@pytest.mark.parametrize(
    ("index", "counts"),
    [
        (page(INDEX, 0), True),
        (page(INDEX, 0, payload=b"x" * ROOM), True),
        (page(INDEX, 0, magic=b"TPK2"), False),
        (page(INDEX, 0, length=ROOM + 1), False),
        (page(INDEX + 1, 0), False),
    ],
    ids=lambda value: value[:18].hex() if isinstance(value, bytes) else None,
)
def test_a_key_with_an_index_is_not_new(path: str, index: bytes, counts: bool) -> None:
    assert holding(path, BLANK_PAGE, index).has(INDEX) is counts
    assert is_new(path) is not counts


def test_of_two_pages_the_higher_number_counts_unless_it_is_torn(path: str) -> None:
    newer = page(number=13, payload=b"newer")
    torn = newer[:17] + b"!" + newer[18:]
    for pages, payload in (
        ((page(), newer), b"newer"),
        ((newer, page()), b"newer"),
        ((torn, page()), PAYLOAD),
    ):
        assert read(holding(path, *pages), RECORDS, 3) == payload
