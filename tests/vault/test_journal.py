"""The log of uses and the journal that it fills, whatever is cut, torn, worn or forged.

The journal holds the last codes in their order, each once. The log loses only the use that a cut interrupts,
and counts none twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import struct
import zlib
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.vault.bench import (
    KEY,
    NVM_SIZE,
    ROOM,
    TIME,
    TORN,
    WORN,
    Bench,
    PowerCut,
    Worn,
    forge,
    found,
    fresh,
)
from totpkey_firmware.store.format import JOURNAL, USES
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.journal import Journal

#: Written down a second time, as docs/reference/storage.md has them.
UNKNOWN, TYPED, TOLD, TORN_ONE, LOST, TRUSTED = 0, 1, 2, 3, 4, 0x80
KEPT = 447
TORN_ENTRY, LOST_ENTRY = (0, 0, TORN_ONE), (0, 0, LOST)
Entry = tuple[int, int, int]


@pytest.fixture
def bench(path: str) -> Bench:
    return Bench(path)


def told(bench: Bench) -> list[Entry]:
    """The entries that the journal holds, oldest first."""
    contents = bench.journal()
    packed = bytes(contents.entries(0, contents.total))
    return [struct.unpack_from("<IIB", packed, at) for at in range(0, len(packed), 9)]


def hashed(before: bytes, entries: list[Entry]) -> bytes:
    for entry in entries:
        before = hashlib.sha256(before + struct.pack("<IIB", *entry)).digest()[:16]
    return before


def assert_holds(bench: Bench, all_of_them: list[Entry]) -> None:
    """The last entries are there, and the hash before them covers all others."""
    dropped = max(len(all_of_them) - KEPT, 0)
    assert told(bench) == all_of_them[dropped:]
    contents = bench.journal()
    assert contents.dropped == dropped
    assert bytes(contents.before) == hashed(bytes(contents.name), all_of_them[:dropped])


def older_mark(identifier: int, time: int, generation: int) -> bytes:
    """What firmware of before the journal writes."""
    mark = struct.pack("<IIB", identifier, time, generation)
    return mark + bytes((zlib.crc32(mark) & 0xFF,))


def drawn(number: int) -> Entry:
    made = random.Random(number)
    how = made.choice((TYPED, TOLD)) | made.choice((0, TRUSTED))
    return made.choice((7, 8, 0xFFFFFFFF, made.getrandbits(32))), TIME + number, how


def used(bench: Bench, count: int) -> list[Entry]:
    """Use the key so often. Return the entries of that."""
    entries = [drawn(number) for number in range(count)]
    for entry in entries:
        bench.uses.note(*entry)
    return entries


def test_two_thousand_uses(bench: Bench) -> None:
    expected: list[Entry] = []
    for number in range(2000):
        expected.append(drawn(number))
        bench.uses.note(*expected[-1])
        if number % 149 == 0:
            bench.start()
            assert_holds(bench, expected)
    assert_holds(bench, expected)
    # Two pages each time, of which one is blanked then; and two for the first use.
    assert bench.nvm.erases == 2000 // ROOM
    assert bench.flash.writes == 2 + 3 * bench.nvm.erases


@dataclass
class Life:
    """A key, and what its journal has to hold."""

    bench: Bench
    expected: list[Entry] = field(default_factory=list[Entry])
    number: int = 0
    #: The last entry of older firmware.
    of_older: Entry | None = None

    def use(self) -> None:
        """Use it once. Raises PowerCut."""
        self.number += 1
        self.bench.uses.note(*drawn(self.number))
        self.expected.append(drawn(self.number))

    def use_until_cut(self) -> None:
        """The power fails at a page that marks are counted into, and nothing of the use is there."""
        with contextlib.suppress(PowerCut):
            for _ in range(ROOM + 1):
                self.use()

    def use_and_cut(self, torn: str) -> None:
        """The power fails at the next operation of NVM. What is there of the use is one of few things."""
        is_full = self.bench.uses.end + 20 > NVM_SIZE
        self.bench.nvm.cut = torn, self.number
        with contextlib.suppress(PowerCut):
            self.use()
        self.bench.nvm.cut = None
        self.bench.start()
        identifier, time, _ = drawn(self.number)
        last = told(self.bench)[-1:]
        if last == [TORN_ENTRY] and self.expected[-1:] == [self.of_older]:
            # What is torn may as well be the seal of the mark before it, which has none.
            self.expected[-1:] = last
        might = [[TORN_ENTRY]]
        if not is_full:
            might += [drawn(self.number)], [(identifier, time, UNKNOWN)]
        if self.bench.journal().dropped + self.bench.journal().total > len(self.expected):
            assert last in might
            self.expected += last

    def older_firmware(self) -> None:
        """Firmware of before the journal makes a mark, if there is room."""
        at = self.bench.uses.end
        if self.bench.uses._ready and at + 10 <= NVM_SIZE - 6:
            self.number += 1
            self.bench.nvm[at : at + 10] = older_mark(5, TIME + self.number, self.bench.uses.generation)
            self.of_older = 5, TIME + self.number, UNKNOWN
            self.expected.append(self.of_older)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 130), st.sampled_from(("nothing", "restart", "nvm", "page", "other page", "older"))
    ),
    max_size=14,
)


@given(steps=STEPS, seed=st.integers(0, 1000), torn=st.sampled_from(sorted(TORN)))
@example(steps=[(1, "older"), (0, "nvm")], seed=0, torn="drifted")
@settings(max_examples=60, deadline=None)
def test_any_series_of_uses_restarts_and_cuts(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], seed: int, torn: str
) -> None:
    life = Life(Bench(fresh(tmp_path_factory.mktemp("key"))), number=1000 * seed)
    for uses, then in steps:
        for _ in range(uses):
            life.use()
        if then.endswith("page"):
            life.bench.flash.cut_at(then == "other page", torn, life.number)
            life.use_until_cut()
        elif then == "nvm":
            life.use_and_cut(torn)
        elif then == "older":
            life.older_firmware()
        if then != "nothing":
            life.bench.start()
        assert_holds(life.bench, life.expected)


@pytest.mark.parametrize("how", WORN)
def test_worn_places_lose_no_entry_and_no_count(bench: Bench, path: str, how: str) -> None:
    bench.places = Worn(path, {0: how, 2: how, 3: how, 7: how})
    bench.start()
    expected = used(bench, 2 * ROOM + 1)
    bench.start()
    assert_holds(bench, expected)
    counts = Counter(identifier for identifier, _, _ in expected)
    assert {identifier: bench.uses.of(identifier)[0] for identifier in counts} == counts


def test_a_cell_of_nvm_that_is_worn_is_named_and_the_rest_is_there(bench: Bench) -> None:
    expected = used(bench, 2)
    worn = bench.uses.end + 13
    bench.uses.note(*drawn(2))
    # A cell that cannot be programmed.
    bench.nvm.content[worn] |= 0xFF
    later = used(bench, 2)
    bench.start()
    assert told(bench) == [*expected, TORN_ENTRY, *later]


def test_a_first_mark_that_is_torn_is_named(bench: Bench) -> None:
    """Nothing else is in NVM then."""
    bench.uses.note(*drawn(0))
    bench.uses.count()
    for content in (b"\x00" * 10, b"\xff" * 15 + b"\x00", older_mark(5, TIME, 7)[:8] + b"\x01"):
        bench.nvm.content[:] = content + b"\xff" * (NVM_SIZE - len(content))
        bench.start()
        assert told(bench) == [drawn(0), TORN_ENTRY]
        bench.uses.note(*drawn(1))
        bench.start()
        assert told(bench) == [drawn(0), TORN_ENTRY, drawn(1)]


def test_marks_of_a_generation_that_was_counted_are_erased(bench: Bench) -> None:
    """The power fails before the erase, or in its midst."""
    bench.uses.note(*drawn(0))
    counted = bytes(bench.nvm.content)
    bench.uses.count()
    for left in (counted, counted[:20] + b"\xff" * 4076, counted[:10] + b"\xff" * 4086):
        bench.nvm.content[:] = left
        bench.start()
        assert told(bench) == [drawn(0)]
        assert bytes(bench.nvm.content) == b"\xff" * NVM_SIZE


def test_marks_are_in_the_journal_once_whichever_page_was_written(bench: Bench) -> None:
    """The power fails after the journal's page, and the key is used less often than fills NVM."""
    expected = used(bench, 20)
    bench.flash.cut_at(1, "not begun")
    with pytest.raises(PowerCut):
        bench.uses.count()
    bench.start()
    assert_holds(bench, expected)
    bench.uses.note(*drawn(20))
    bench.start()
    assert_holds(bench, [*expected, drawn(20)])


def test_a_page_that_another_data_key_sealed_begins_a_new_journal(bench: Bench) -> None:
    used(bench, 3)
    bench.uses.count()
    name = bytes(bench.journal().name)
    bench.key = bytes(reversed(KEY))
    bench.start()
    assert told(bench) == [LOST_ENTRY]
    bench.uses.note(*drawn(3))
    bench.uses.count()
    bench.start()
    assert_holds(bench, [LOST_ENTRY, drawn(3)])
    assert bytes(bench.journal().name) != name


def test_an_older_page_does_not_open_in_a_newer_ones_place(bench: Bench, path: str) -> None:
    used(bench, 3)
    bench.uses.count()
    older = found(path, JOURNAL)[-1]
    bench.uses.note(*drawn(3))
    bench.uses.count()
    forge(path, older, older.payload, 1)
    bench.start()
    assert told(bench) == [LOST_ENTRY]


def test_the_page_is_sealed_again_under_a_new_data_key(bench: Bench) -> None:
    expected = used(bench, 3)
    bench.uses.count()
    bench.keys.renew(bytearray(reversed(KEY)))
    assert_holds(bench, expected)
    bench.pool.write(JOURNAL, Journal(bench.pool, bench.keys))
    assert_holds(bench, expected)
    bench.keys.forget_older()
    assert_holds(bench, expected)


def test_without_two_data_keys_a_page_sealed_under_zeros_is_a_strangers(bench: Bench) -> None:
    """The memory for the older data key is all zeros then."""
    bench.key = bytes(64)
    bench.start()
    bench.uses.note(*drawn(0))
    bench.uses.count()
    bench.key = KEY
    bench.start()
    assert told(bench) == [LOST_ENTRY]


HOW = TYPED | TRUSTED


def test_each_use_of_hundreds_of_accounts_counts_and_the_last_is_known(bench: Bench) -> None:
    made = random.Random(2)
    # Identifiers that look like parts of others, and of times.
    accounts = [0, 1, 0x01000000, 0x01010101, TIME, *(made.getrandbits(32) for _ in range(295))]
    expected = dict.fromkeys(accounts, (0, 0))
    for number in range(5 * ROOM):
        identifier = made.choice(accounts)
        bench.uses.note(identifier, TIME + number, HOW)
        expected[identifier] = expected[identifier][0] + 1, TIME + number
        if number % 499 == 0:
            bench.start()
            assert {one: bench.uses.of(one) for one in accounts} == expected
    # Ten years at fifty a day erase no sector 900 times.
    assert bench.nvm.erases == 4
    assert 10 * 365 * 50 / ROOM < 900


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize("cut", ["program", "page", "other page", "erase"])
def test_a_cut_costs_no_use_but_the_present_one(bench: Bench, cut: str, torn: str, seed: int) -> None:
    accounts = range(3)
    for number in range(100 if cut == "program" else ROOM):
        bench.uses.note(number % 3, TIME + number, HOW)
    before = bench.counts(accounts)
    if cut.endswith("page"):
        bench.flash.cut_at(cut == "other page", torn, seed)
    else:
        bench.nvm.cut = (torn, seed)
    with pytest.raises(PowerCut):
        bench.uses.note(0, TIME + ROOM, HOW)
    bench.nvm.cut = None
    bench.start()
    after = bench.counts(accounts)
    assert after in (before, [before[0] + 1, *before[1:]])
    bench.uses.note(1, TIME + ROOM + 1, HOW)
    bench.start()
    assert bench.counts(accounts) == [after[0], after[1] + 1, after[2]]


@given(piece=st.binary(min_size=1, max_size=40), at=st.integers(0, NVM_SIZE - 1))
@settings(max_examples=60)
def test_whatever_another_firmware_left_there(
    tmp_path_factory: pytest.TempPathFactory, piece: bytes, at: int
) -> None:
    bench = Bench(fresh(tmp_path_factory.mktemp("key")))
    bench.nvm.content[at:] = (piece * NVM_SIZE)[: NVM_SIZE - at]
    bench.start()
    before = bench.uses.of(5)[0]
    bench.uses.note(5, TIME, HOW)
    bench.start()
    assert bench.uses.of(5)[0] == before + 1


def test_however_often_they_were_counted_none_is_lost(bench: Bench) -> None:
    """The number of the count begins again after 256."""
    for number in range(260):
        bench.uses.count()
        bench.uses.note(7, TIME + number, HOW)
        bench.start()
    assert bench.uses.of(7) == (260, TIME + 259)


def test_more_accounts_than_a_page_holds(bench: Bench) -> None:
    for number in range(4 * ROOM):
        bench.uses.note(number, TIME + number, HOW)
    bench.start()
    # Those that were not used for longest are forgotten first.
    assert bench.uses.of(4 * ROOM - 1) == (1, TIME + 4 * ROOM - 1)
    assert bench.uses.of(0) == (0, 0)


def test_a_wipe_leaves_no_mark(bench: Bench) -> None:
    for number in range(ROOM + 5):
        bench.uses.note(0x12345678, TIME + number, HOW)
    pool = Pool(bench.flash)
    assert pool.has(USES)
    assert pool.has(JOURNAL)
    bench.uses.forget()
    pool.wipe()
    assert bytes(bench.nvm.content) == b"\xff" * NVM_SIZE
    bench.start()
    assert bench.uses.of(0x12345678) == (0, 0)
