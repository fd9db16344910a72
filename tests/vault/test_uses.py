"""The log of uses loses only the one that a cut interrupts, and counts none twice."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.bench import TORN, PowerCut, fresh
from tests.vault.uses import ROOM, SIZE, TIME, Bench
from totpkey_firmware.store.format import JOURNAL, USES
from totpkey_firmware.store.pool import Pool
from totpkey_protocol.journal import TRUSTED_TIME, TYPED

HOW = TYPED | TRUSTED_TIME


@pytest.fixture
def bench(path: str) -> Bench:
    return Bench(path)


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
    bench.flash.cut_at(10**6, torn)
    bench.start()
    after = bench.counts(accounts)
    assert after in (before, [before[0] + 1, *before[1:]])
    bench.uses.note(1, TIME + ROOM + 1, HOW)
    bench.start()
    assert bench.counts(accounts) == [after[0], after[1] + 1, after[2]]


@given(piece=st.binary(min_size=1, max_size=40), at=st.integers(0, SIZE - 1))
@settings(max_examples=60)
def test_whatever_another_firmware_left_there(
    tmp_path_factory: pytest.TempPathFactory, piece: bytes, at: int
) -> None:
    bench = Bench(fresh(tmp_path_factory.mktemp("key")))
    bench.nvm.content[at:] = (piece * SIZE)[: SIZE - at]
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
    assert bytes(bench.nvm.content) == b"\xff" * SIZE
    bench.start()
    assert bench.uses.of(0x12345678) == (0, 0)
