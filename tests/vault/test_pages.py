"""The pool of pages against a dictionary, through writes, restarts, and cuts at any write with any torn page.

Which pages count is said byte by byte of their head, as storage.md describes it.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.vault.bench import BLANK_PAGE, TORN, CutPlaces, PowerCut, fresh, live, page_of, pages, refused
from tests.vault.bench import stored as read
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import INDEX, RECORDS, RETRIES, ROOM, SLOTS, STATE, WIPING
from totpkey_firmware.store.glance import is_new
from totpkey_firmware.store.pool import Pool
from totpkey_protocol.errors import STORAGE
from totpkey_protocol.storage import PAGE, PAGES, SIZE

KEYS = st.one_of(
    st.sampled_from([(SLOTS, 0), (RETRIES, 0), (STATE, 0), (INDEX, 0)]),
    st.tuples(st.just(RECORDS), st.integers(0, 12)),
)
PAYLOADS = st.one_of(st.binary(max_size=80), st.integers(0, ROOM).map(lambda length: b"p" * length))
CUTS = st.tuples(st.integers(0, 2), st.sampled_from(sorted(TORN)), st.integers(0, 1000))


class AgainstADictionary(RuleBasedStateMachine):
    """What a pool holds is what was written last, or, where a cut came, what was there before."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.path = fresh(Path(self._folder.name))
        self.model: dict[tuple[int, int], bytes] = {}
        self.start()

    def start(self) -> None:
        self.flash = CutPlaces(self.path)
        self.pool = Pool(self.flash)
        self.tidied = False
        # boot.py's quick look comes to the same, whatever a cut has left.
        assert is_new(self.path) is not self.pool.has(INDEX)
        if self.pool.has(WIPING):
            self.pool.wipe()

    @rule()
    def tidy(self) -> None:
        self.pool.tidy()
        self.tidied = True

    @rule(key=KEYS, payload=PAYLOADS)
    def write(self, key: tuple[int, int], payload: bytes) -> None:
        self.pool.write(key[0], payload, key[1])
        self.model[key] = payload
        self.tidied = True

    @rule(key=KEYS, payload=PAYLOADS, cut=CUTS, second=CUTS)
    def write_cut(
        self, key: tuple[int, int], payload: bytes, cut: tuple[int, str, int], second: tuple[int, str, int]
    ) -> None:
        """A cut, and one more while the start after it tidies."""
        self.flash.cut_at(*cut)
        old = self.model.get(key)
        try:
            self.write(key, payload)
        except PowerCut:
            self.flash = CutPlaces(self.path)
            self.flash.cut_at(*second)
            with suppress(PowerCut):
                Pool(self.flash).tidy()
        self.start()
        found = self.pool.read(*key)
        assert found in (old, payload)
        if found is not None:
            self.model[key] = bytes(found)

    @rule()
    def restart(self) -> None:
        self.start()

    @rule(key=KEYS)
    def remove(self, key: tuple[int, int]) -> None:
        # Of the other kinds an older page may still be there.
        if key in self.model and key[0] == RECORDS:
            self.pool.remove(*key)
            del self.model[key]
            self.tidied = True

    @rule(cut=CUTS)
    def wipe(self, cut: tuple[int, str, int]) -> None:
        self.flash.cut_at(cut[0] * 7, *cut[1:])
        try:
            self.pool.wipe()
            wiped = True
        except PowerCut:
            self.start()
            # Of a wipe that was cut as it began, what the cut has torn stays until the next change.
            self.tidy()
            wiped = not len(self.pool)
        if wiped:
            self.model.clear()
            assert pages(self.path) == [BLANK_PAGE] * 64
        self.start()

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert len(self.pool) == len(self.model)
        for key, payload in self.model.items():
            assert self.pool.has(*key)
            assert self.pool.length(*key) == len(payload)
            assert self.pool.read(*key) == bytearray(payload)

    @invariant()
    def is_new_without_an_index(self) -> None:
        assert is_new(self.path) is ((INDEX, 0) not in self.model)

    @invariant()
    def nothing_secret_is_left_beside_the_live_pages(self) -> None:
        if not self.tidied:
            return
        secret = [page for page in pages(self.path) if page != BLANK_PAGE and page[4] in (SLOTS, RECORDS)]
        assert len(secret) == len([key for key in self.model if key[0] in (SLOTS, RECORDS)])

    def teardown(self) -> None:
        self._folder.cleanup()


TestAgainstADictionary = AgainstADictionary.TestCase
TestAgainstADictionary.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_wear_is_spread_over_all_places(path: str) -> None:
    pool = Pool(Places(path))
    pool.write(RECORDS, b"stays", 3)
    for number in range(63 * 3):
        pool.write(RETRIES, bytes((number,)))
    latest = [page[8] for page in pages(path) if page[4] == RETRIES]
    assert sorted(latest) == list(range(63 * 2 + 2, 63 * 3 + 2))


def test_a_start_goes_on_where_the_last_one_stopped(path: str) -> None:
    for number in range(10):
        Pool(Places(path)).write(RETRIES, bytes((number,)))
    assert [page[16] for page in pages(path)[:10]] == list(range(10))


@pytest.mark.parametrize("size", [0, 1, SIZE // 2])
def test_a_file_that_is_too_short_is_refused(path: str, size: int) -> None:
    Path(path).write_bytes(b"\xff" * size)
    with refused(STORAGE):
        Pool(Places(path))


def test_a_missing_file_is_refused(path: str) -> None:
    Path(path).unlink()
    with refused(STORAGE):
        Places(path)
    assert is_new(path)


@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_torn_index_alone_leaves_a_key_new(path: str, torn: str, before: int) -> None:
    for number in range(before):
        Pool(Places(path)).write(INDEX, bytes((number,)))
    flash = CutPlaces(path)
    flash.cut_at(0, torn, 1)
    with pytest.raises(PowerCut):
        Pool(flash).write(INDEX, b"p" * 3000)
    assert is_new(path) is (not before and torn != "whole")


#: The longest payload: a page without magic, kind, bucket, length, number and checksum.
HELD = PAGE - 16
PAYLOAD = b"payload"


def page(kind: int = RECORDS, bucket: int = 3, payload: bytes = PAYLOAD, **head: Any) -> bytes:
    """A page that the firmware did not pack, with something for what does not matter."""
    return page_of(kind, bucket, head.pop("number", 12), payload, **head)


def holding(path: str, *pages: bytes) -> Pool:
    """A pool with those pages in its first places."""
    places = Places(path)
    for place, content in enumerate(pages):
        places.write(place, content)
    return Pool(Places(path))


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
        (page(payload=b"x" * HELD), True),
        (page(payload=b""), True),
        (page(kind=0), False),
        (page(kind=0x80), False),
        (page(kind=0x80 + SLOTS), False),
        (page(kind=0xFF), False),
        (page(magic=b"TPK2"), False),
        (page(magic=b"tPK3"), False),
        (page(length=HELD + 1), False),
        (page(length=0xFFFF), False),
        (page()[:20] + b"!" + page()[21:], False),
        (page()[:15] + b"!" + page()[16:], False),
        (BLANK_PAGE, False),
        (bytes(PAGE), False),
    ],
    ids=lambda value: value[:18].hex() if isinstance(value, bytes) else None,
)
def test_a_head_counts_if_all_of_it_is_right(path: str, odd: bytes, counts: bool) -> None:
    beside = page(SLOTS, 0, number=15)
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
        (page(INDEX, 0, payload=b"x" * HELD), True),
        (page(INDEX, 0, magic=b"TPK2"), False),
        (page(INDEX, 0, length=HELD + 1), False),
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
    for written, payload in (
        ((page(), newer), b"newer"),
        ((newer, page()), b"newer"),
        ((torn, page()), PAYLOAD),
    ):
        assert read(holding(path, *written), RECORDS, 3) == payload
