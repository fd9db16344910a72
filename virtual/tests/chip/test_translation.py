"""Translated code against rp2040py's core."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from totpkey_virtual.chip import core_library, translations
from virtual.tests.chip.oracle import DATA, SRAM, STACK, Bench, Start, oracle_errs, starts, their_end, written

#: To translate and compile takes long.
pytestmark = pytest.mark.slow

#: Programs lie beyond what `written` looks at.
PROGRAMS, SLOT = SRAM + 0x8000, 16
STAY = 0xE7FE  # B to itself
MARK = 0x2755  # MOVS R7, #0x55

_draw = random.Random(11)
ARITHMETIC = [
    *(_draw.randrange(0x0000, 0x4000) for _ in range(60)),
    *(_draw.randrange(0x4000, 0x4400) for _ in range(60)),
    *(base | _draw.randrange(64) for base in (0xB200, 0xB240, 0xB280, 0xB2C0, 0xBA00, 0xBA40, 0xBAC0)),
]
LOADS = [_draw.randrange(0x5000, 0xA000) for _ in range(80)]
PUSHES = [_draw.randrange(base, base + 0x100) for base in (0xB400, 0xB500, 0xBC00) for _ in range(12)]
#: STM and LDM of R0 to R3 by R4 to R7: the other core errs where the base is in the list.
LISTS = [
    base | _draw.randrange(4, 8) << 8 | _draw.randrange(1, 16) for base in (0xC000, 0xC800) for _ in range(12)
]
BRANCHES = [0xD000 | condition << 8 for condition in range(14)]
PROGRAM_OF = [
    *([code, STAY] for code in ARITHMETIC + LOADS + PUSHES + LISTS),
    # Over the next instruction, or not.
    *([code, MARK, STAY] for code in BRANCHES),
    # A call of the instruction after the next.
    [0xF000, 0xF801, MARK, STAY],
]


@pytest.fixture(scope="module")
def translated(native: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return a core for which all programs are translated."""
    pytest.importorskip("rp2040py._cortex_m0_core", reason="rp2040py is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_library, "CACHE", tmp_path_factory.mktemp("cache"))
        yield translate(PROGRAM_OF)


def translate(programs: list[list[int]], blocks: int = SLOT) -> Bench:
    """Return a core with these programs, one in each slot, and up to so many blocks of each translated."""
    bench = Bench()
    for slot, code in enumerate(programs):
        struct.pack_into(f"<{len(code)}H", bench.sram, PROGRAMS - SRAM + slot * SLOT, *code)
    # Each set of programs is an image of its own.
    bench.flash[:32] = sha256(bench.sram).digest()
    begin = [
        PROGRAMS + slot * SLOT + 2 * number
        for slot, code in enumerate(programs)
        for number in range(min(blocks, len(code)))
    ]
    translations.translate(bench.memories, dict.fromkeys(begin, 1))
    return bench.connect()


def our_end(bench: Bench, at: int, start: Start) -> tuple[list[int], tuple[int, ...], dict[int, int]]:
    state = bench.core.state
    bench.sram[:0x3000] = bytes(0x3000)
    for number, value in enumerate((*start.registers, 0, 0, 0, 0, 0, STACK, 0, at)):
        state.r[number] = value
    state.n, state.z, state.c, state.v = start.flags
    state.deadline = state.cycles + 200
    bench.core.run()
    assert state.in_force & core_library.SRAM
    return list(state.r), (state.n, state.z, state.c, state.v), written(bench.sram)


@given(st.integers(0, len(PROGRAM_OF) - 1), starts, st.integers(0, 30), st.integers(0, 30))
def test_translated_code_does_what_the_other_core_does(
    translated: Bench, slot: int, start: Start, near: int, far: int
) -> None:
    program, at = PROGRAM_OF[slot], PROGRAMS + slot * SLOT
    code = program[0]
    assume(not oracle_errs(code, start))
    if code in LISTS:
        start.registers[code >> 8 & 7] = DATA
    if code in LOADS:
        base, offset = code >> 3 & 7, code >> 6 & 7
        start.registers[base] = DATA + 4 * near
        if code < 0x6000:
            assume(base != offset)
            start.registers[offset] = 4 * far

    assert our_end(translated, at, start) == their_end(program, start, at)


#: STRH R1, [R2]; MOVS R0, #1; B to itself. In SRAM and in flash.
REWRITING = [0x8011, 0x2001, STAY]
IN_FLASH = 0x10000200
TWO = 0x2002  # MOVS R0, #2
#: Makes interrupts pending (DDI 0419 section B3.4.5).
NVIC_ISPR = 0xE000E200


@pytest.fixture
def rewriting(translated: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a core with a translated program that writes R1 to the address in R2, and then 1 to R0."""
    monkeypatch.setattr(core_library, "CACHE", tmp_path)
    return translate([REWRITING], blocks=1)


def result(bench: Bench, code: int, to: int, at: int = PROGRAMS) -> int:
    """Run the program at `at`, and return R0."""
    state = bench.core.state
    state.r[1], state.r[2], state.r[15] = code, to, at
    state.deadline = state.cycles + 200
    bench.core.run()
    return int(state.r[0])


def test_code_that_rewrites_itself_is_run_as_it_is_then(rewriting: Bench) -> None:
    assert result(rewriting, 0, DATA) == 1
    assert rewriting.core.state.in_force & core_library.SRAM

    assert result(rewriting, TWO, PROGRAMS + 2) == 2
    assert not rewriting.core.state.in_force & core_library.SRAM


def test_code_that_is_what_it_was_is_in_force_again(rewriting: Bench) -> None:
    result(rewriting, TWO, PROGRAMS + 2)
    assert result(rewriting, 0, DATA) == 2

    rewriting.core.store(PROGRAMS + 2, REWRITING[1], 2)

    assert result(rewriting, 0, DATA) == 1
    assert rewriting.core.state.in_force & core_library.SRAM


def test_data_beside_code_may_change(rewriting: Bench) -> None:
    beside = PROGRAMS + 2 * len(REWRITING) + 2

    assert result(rewriting, TWO, beside) == 1
    assert rewriting.core.state.in_force & core_library.SRAM
    assert rewriting.core.load(beside, 2) == TWO


def test_code_in_flash_that_is_programmed_anew_is_run_as_it_is_then(rewriting: Bench) -> None:
    struct.pack_into("<3H", rewriting.flash, IN_FLASH & 0xFFF, *REWRITING)
    translations.translate(rewriting.memories, {IN_FLASH: 1})
    bench = rewriting.connect()
    assert result(bench, 0, DATA, IN_FLASH) == 1

    struct.pack_into("<3H", bench.flash, IN_FLASH & 0xFFF, REWRITING[0], TWO, STAY)
    bench.core.doubt_flash()

    assert result(bench, 0, DATA, IN_FLASH) == 2


def test_an_interrupt_is_taken_right_after_the_store_that_asks_for_it(
    translated: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_library, "CACHE", tmp_path)
    bench = translate([[0x6011, 0x2001, STAY]], blocks=1)  # STR R1, [R2]; MOVS R0, #1; B to itself
    state, handler = bench.core.state, PROGRAMS + SLOT
    struct.pack_into("<H", bench.sram, handler - SRAM, STAY)
    struct.pack_into("<I", bench.sram, DATA - SRAM + 4 * (16 + 5), handler | 1)
    state.vtor, state.r[13], state.irq_enabled = DATA, STACK, 1 << 5

    assert result(bench, 1 << 5, NVIC_ISPR) == 0
    assert state.r[15] == handler
