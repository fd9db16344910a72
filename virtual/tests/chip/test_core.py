"""The processor in C against rp2040py's in Python, and against the manual where that is wrong."""

from __future__ import annotations

import importlib
import importlib.util
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from totpkey_virtual.chip import core_library
from totpkey_virtual.chip.core_library import NoCompiler, compiler
from totpkey_virtual.chip.native_core import ChipLockup
from virtual.tests.chip.oracle import (
    CODE,
    DATA,
    SRAM,
    STACK,
    Bench,
    Start,
    arithmetic,
    multiples,
    oracle_errs,
    starts,
    theirs,
    written,
)

pytestmark = pytest.mark.usefixtures("oracle")

VECTORS = 0x100
DPRAM = 0x50100000


@pytest.fixture(scope="module")
def oracle() -> None:
    """The core in Python, or a skip where it is not installed. It takes long to load."""
    pytest.importorskip("rp2040py._cortex_m0_core", reason="rp2040py is not installed")


@pytest.fixture(scope="module")
def shared(native: None) -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def other_chip(oracle: None) -> Any:
    """rp2040py's whole chip. Its USB controller must not act on what a test leaves in its memory."""
    chip = importlib.import_module("rp2040py.rp2040").RP2040()
    chip.usb_ctrl.dpram_updated = lambda _offset, _value: None
    return chip


@pytest.fixture
def bench(native: None) -> Bench:
    return Bench()


def ours(bench: Bench, code: list[int], start: Start) -> tuple[Any, ...]:
    core, sram = bench.core, bench.sram
    state = core.state
    sram[:] = bytes(len(sram))
    sram[CODE - SRAM : CODE - SRAM + 2 * len(code)] = struct.pack(f"<{len(code)}H", *code)
    for number, value in enumerate((*start.registers, 0, 0, 0, 0, 0, STACK, 0, CODE)):
        state.r[number] = value
    state.n, state.z, state.c, state.v = start.flags
    state.deadline = state.cycles + 1
    before = state.cycles
    core.run()
    return list(state.r), (state.n, state.z, state.c, state.v), written(sram), state.cycles - before


@given(arithmetic, starts)
def test_arithmetic_is_as_the_other_core_has_it(shared: Bench, code: int, start: Start) -> None:
    assume(not oracle_errs(code, start))

    assert ours(shared, [code], start) == theirs([code], start)


@given(st.integers(0x5000, 0x9FFF), starts, st.integers(0, 30), st.integers(0, 30))
def test_loads_and_stores_are_as_the_other_core_has_them(
    shared: Bench, code: int, start: Start, near: int, far: int
) -> None:
    base, offset = code >> 3 & 7, code >> 6 & 7
    start.registers[base] = DATA + 4 * near
    if code < 0x6000:
        assume(base != offset)
        start.registers[offset] = 4 * far

    assert ours(shared, [code], start) == theirs([code], start)


@given(
    st.sampled_from(((0x6008, 4), (0x8008, 2), (0x7008, 1))),  # STR, STRH, STRB: R0 to where R1 points
    st.one_of(st.integers(0, 0x3FF), st.integers(0x20, 0x3F)),  # a word; those of buffer control more often
    st.integers(0, 3), st.binary(min_size=4, max_size=4), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_stores_to_the_memory_of_usb_are_as_the_other_chip_has_them(
    shared: Bench, other_chip: Any, store: tuple[int, int], at: int, lane: int, before: bytes, value: int
) -> None:
    code, size = store
    dpram, address = shared.memories["dpram"], DPRAM + 4 * at + lane // size * size
    dpram[4 * at : 4 * at + 4] = other_chip.usb_dpram[4 * at : 4 * at + 4] = before

    ours(shared, [code], Start([value, address, 0, 0, 0, 0, 0, 0], (0, 0, 0, 0)))
    {4: other_chip.write_uint32, 2: other_chip.write_uint16, 1: other_chip.write_uint8}[size](address, value)

    assert dpram[4 * at : 4 * at + 4] == other_chip.usb_dpram[4 * at : 4 * at + 4]


@given(multiples, starts)
def test_multiple_loads_and_stores_are_as_the_other_core_has_them(
    shared: Bench, code: int, start: Start
) -> None:
    registers = code & 0xFF
    stores_its_base = code >> 11 == 0x18 and registers >> (code >> 8 & 7) & 1
    # The manual writes back then too (DDI 0419 section A6.7.58); rp2040py does not.
    assume(registers and not stores_its_base)
    start.registers[code >> 8 & 7] = DATA if code >> 12 == 0xC else start.registers[code >> 8 & 7]

    assert ours(shared, [code], start)[:3] == theirs([code], start)[:3]


@given(st.one_of(st.integers(0xD000, 0xDDFF), st.integers(0xE000, 0xE7FF)), starts)
def test_branches_are_as_the_other_core_has_them(shared: Bench, code: int, start: Start) -> None:
    assert ours(shared, [code], start) == theirs([code], start)


@given(st.integers(0xF000, 0xF7FF), st.sampled_from((0xD000, 0xF800)), st.integers(0, 0x7FF), starts)
def test_calls_are_as_the_other_core_has_them(
    shared: Bench, first: int, kind: int, low: int, start: Start
) -> None:
    code = [first, kind | low]

    assert ours(shared, code, start) == theirs(code, start)


@pytest.mark.parametrize(
    ("code", "left", "right", "carry", "result", "flags"),
    [
        (0x4148, 0xFFFFFFFF, 0, 1, 0, (0, 1, 1, 0)),  # ADCS: the carry ripples out
        (0x4148, 0x7FFFFFFF, 0, 1, 0x80000000, (1, 0, 0, 1)),
        (0x4188, 0, 0x7FFFFFFF, 0, 0x80000000, (1, 0, 0, 0)),  # SBCS: -2^31 is in range
        (0x4188, 0, 0xFFFFFFFF, 0, 0, (0, 1, 0, 0)),
        (0x4088, 1, 32, 0, 0, (0, 1, 1, 0)),  # LSLS by 32: bit 0 goes to C
        (0x4088, 1, 33, 1, 0, (0, 1, 0, 0)),
        (0x40C8, 0x80000000, 32, 0, 0, (0, 1, 1, 0)),  # LSRS by 32: bit 31 goes to C
        (0x40C8, 5, 0, 1, 5, (0, 0, 1, 0)),  # by 0: C stays
        (0x4108, 0x80000000, 200, 0, 0xFFFFFFFF, (1, 0, 1, 0)),  # ASRS: all sign
        (0x41C8, 0x00000001, 32, 0, 1, (0, 0, 0, 0)),  # RORS by 32: C is bit 31
    ],
)
def test_where_the_other_core_errs_the_manual_decides(
    shared: Bench,
    code: int, left: int, right: int, carry: int, result: int, flags: tuple[int, int, int, int],
) -> None:  # fmt: skip
    registers, after, _, _ = ours(shared, [code], Start([left, right, 0, 0, 0, 0, 0, 0], (0, 0, carry, 0)))

    assert (registers[0], after) == (result, flags)


def test_an_interrupt_is_taken_and_returned_from(bench: Bench) -> None:
    core, sram = bench.core, bench.sram
    state = core.state
    handler = CODE + 0x80
    state.vtor = SRAM + VECTORS * 0x10
    struct.pack_into("<I", sram, state.vtor - SRAM + 4 * (16 + 5), handler | 1)
    struct.pack_into("<2H", sram, CODE - SRAM, 0xBF30, 0x2001)  # WFI; MOVS R0, #1
    struct.pack_into("<2H", sram, handler - SRAM, 0x2107, 0x4770)  # MOVS R1, #7; BX LR
    state.r[13], state.r[15], state.irq_enabled = STACK, CODE, 1 << 5
    state.deadline = state.cycles + 1000
    core.run()
    assert (state.sleeping, state.r[0], state.cycles) == (1, 0, state.deadline)

    core.set_interrupt(5, True)
    core.set_interrupt(5, False)
    state.deadline = state.cycles + 40
    core.run()
    assert state.r[0] == 1
    assert state.r[1] == 0  # R1 came back from the stack
    assert (state.ipsr, state.r[13]) == (0, STACK)


def test_a_fault_in_the_fault_handler_is_a_lockup(bench: Bench) -> None:
    core, sram = bench.core, bench.sram
    core.state.r[13], core.state.r[15], core.state.vtor = STACK, CODE, SRAM + 0x1000
    struct.pack_into("<H", sram, CODE - SRAM, 0xDE00)  # UDF
    struct.pack_into("<I", sram, 0x1000 + 4 * 3, CODE | 1)
    core.state.deadline = core.state.cycles + 1000

    with pytest.raises(ChipLockup, match="0x20000102"):
        core.run()


def test_no_compiler_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    if importlib.util.find_spec("ziglang"):
        pytest.skip("ziglang is installed")

    with pytest.raises(NoCompiler, match=r"needs a C compiler.*Install one"):
        compiler()


@pytest.mark.slow
def test_a_home_that_takes_nothing_is_no_hindrance(
    native: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(core_library, "CACHE", tmp_path / "file" / "totpkey")

    assert core_library.build().is_file()
