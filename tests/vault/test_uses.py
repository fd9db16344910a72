"""The log of uses loses only the one that a cut interrupts, and counts none twice."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.bench import TORN, WORN, CutPlaces, PowerCut, Worn, fresh
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import USES
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.store.usage_log import UsageLog

SIZE = 4096
#: So many marks fit.
ROOM = SIZE // 10
TIME = 1_800_000_000


class Nvm:
    """`microcontroller.nvm`: fresh bytes are programmed, else all is erased first. Power fails at the cut."""

    def __init__(self, content: bytes = b"\xff" * SIZE) -> None:
        self.content = bytearray(content)
        self.erases = 0
        self.cut: tuple[str, int] | None = None

    def __len__(self) -> int:
        return SIZE

    def __getitem__(self, index: slice) -> bytearray:
        return self.content[index]

    def __setitem__(self, index: slice, value: bytes) -> None:
        new = bytes(self.content[: index.start] + value + self.content[index.stop :])
        fresh = self.content[index].count(0xFF) == len(value)
        self.erases += not fresh
        if self.cut:
            torn, seed = self.cut
            if fresh:
                # A program that was broken off has cleared some of its bits.
                noise = random.Random(seed).randbytes(len(value))
                half = bytes(new_byte | drift for new_byte, drift in zip(value, noise, strict=True))
                self.content[index] = half
            else:
                self.content[:] = TORN[torn](bytes(self.content), new, seed)
            raise PowerCut
        self.content[:] = new


class Bench:
    """A key's NVM and vault, from start to start."""

    def __init__(self, path: str) -> None:
        self.flash = CutPlaces(path)
        self.places: Places = self.flash
        self.nvm = Nvm()
        self.start()

    def start(self) -> None:
        self.uses = UsageLog(cast(Any, self.nvm), Pool(self.places))

    def counts(self, identifiers: range) -> list[int]:
        return [self.uses.of(identifier)[0] for identifier in identifiers]


@pytest.fixture
def bench(path: str) -> Bench:
    return Bench(path)


def test_each_use_counts_and_the_last_is_known(bench: Bench) -> None:
    made = random.Random(1)
    expected: dict[int, tuple[int, int]] = {}
    for number in range(3 * ROOM):
        identifier = made.choice((7, 8, 0xFFFFFFFF))
        bench.uses.note(identifier, TIME + number)
        expected[identifier] = (expected.get(identifier, (0, 0))[0] + 1, TIME + number)
        if number % 97 == 0:
            bench.start()
            assert all(bench.uses.of(one) == known for one, known in expected.items())
    assert bench.uses.of(12345) == (0, 0)
    # Ten years at fifty a day erase no sector 500 times.
    assert bench.nvm.erases == 2
    assert 10 * 365 * 50 / ROOM < 500


def test_hundreds_of_accounts_are_each_counted(bench: Bench) -> None:
    made = random.Random(2)
    # Identifiers that look like parts of others, and of times.
    accounts = [0, 1, 0x01000000, 0x01010101, TIME, *(made.getrandbits(32) for _ in range(295))]
    expected = dict.fromkeys(accounts, 0)
    for number in range(5 * ROOM):
        identifier = made.choice(accounts)
        bench.uses.note(identifier, TIME + number)
        expected[identifier] += 1
        if number % 499 == 0:
            bench.start()
            assert {one: bench.uses.of(one)[0] for one in accounts} == expected


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize("cut", ["program", "page", "erase"])
def test_a_cut_costs_no_use_but_the_present_one(bench: Bench, cut: str, torn: str, seed: int) -> None:
    accounts = range(3)
    for number in range(100 if cut == "program" else ROOM):
        bench.uses.note(number % 3, TIME + number)
    before = bench.counts(accounts)
    if cut == "page":
        bench.flash.cut_at(0, torn, seed)
    else:
        bench.nvm.cut = (torn, seed)
    with pytest.raises(PowerCut):
        bench.uses.note(0, TIME + ROOM)
    bench.nvm.cut = None
    bench.flash.cut_at(10**6, torn)
    bench.start()
    after = bench.counts(accounts)
    assert after in (before, [before[0] + 1, *before[1:]])
    bench.uses.note(1, TIME + ROOM + 1)
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
    bench.uses.note(5, TIME)
    bench.start()
    assert bench.uses.of(5)[0] == before + 1


def test_more_accounts_than_a_page_holds(bench: Bench) -> None:
    for number in range(4 * ROOM):
        bench.uses.note(number, TIME + number)
    bench.start()
    # Those that were not used for longest are forgotten first.
    assert bench.uses.of(4 * ROOM - 1) == (1, TIME + 4 * ROOM - 1)
    assert bench.uses.of(0) == (0, 0)


@pytest.mark.parametrize("how", WORN)
def test_a_page_that_worn_flash_refuses_is_made_anew(bench: Bench, path: str, how: str) -> None:
    # The first page that is written, and the first two of the next count.
    bench.places = Worn(path, {0: how, 2: how, 3: how})
    bench.start()
    for number in range(2 * ROOM + 1):
        bench.uses.note(number % 200, TIME + number)
    bench.start()
    assert bench.counts(range(200)) == [5] * 19 + [4] * 181


def test_a_wipe_leaves_no_mark(bench: Bench) -> None:
    for number in range(ROOM + 5):
        bench.uses.note(0x12345678, TIME + number)
    pool = Pool(bench.flash)
    assert pool.has(USES)
    bench.uses.forget()
    pool.wipe()
    assert bytes(bench.nvm.content) == b"\xff" * SIZE
    bench.start()
    assert bench.uses.of(0x12345678) == (0, 0)
