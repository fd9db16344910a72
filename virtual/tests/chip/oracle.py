"""rp2040py's core in Python, which judges ours, and the programs of one instruction that both run."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partialmethod
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from totpkey_virtual.chip.native_core import NativeCore

SRAM, CODE, DATA, STACK = 0x20000000, 0x20000100, 0x20001000, 0x20002000


def no_read(_address: int) -> int:
    raise AssertionError("no instruction here reads a device")


def no_write(_address: int, _value: int) -> None:
    raise AssertionError("no instruction here writes a device")


class Bench:
    """A core with its memories and nothing else."""

    def __init__(self) -> None:
        sizes = {"rom": 0x4000, "flash": 0x1000, "sram": 0x42000, "dpram": 0x1000}
        self.memories = {name: bytearray(size) for name, size in sizes.items()}
        self.sram, self.flash = self.memories["sram"], self.memories["flash"]
        self.connect()

    def connect(self) -> Bench:
        """Give the memories a new core."""
        self.core = NativeCore(self.memories, no_read, no_write)
        self.core.reset()
        return self


def written(sram: bytearray) -> dict[int, int]:
    """The bytes that are not zero, by offset."""
    return {offset: value for offset, value in enumerate(sram[:0x3000]) if value}


@dataclass
class Start:
    """Registers R0 to R7 and flags before the instruction."""

    registers: list[int]
    flags: tuple[int, int, int, int]


@dataclass
class OracleBus:
    """What rp2040py's core asks of a chip."""

    sram: bytearray = field(default_factory=lambda: bytearray(0x42000))

    def read(self, address: int, size: int) -> int:
        return int.from_bytes(self.sram[address - SRAM : address - SRAM + size], "little")

    def write(self, address: int, value: int, size: int) -> None:
        start = address - SRAM
        self.sram[start : start + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    read_uint32 = partialmethod(read, size=4)
    read_uint16 = partialmethod(read, size=2)
    read_uint8 = partialmethod(read, size=1)
    write_uint32 = partialmethod(write, size=4)
    write_uint16 = partialmethod(write, size=2)
    write_uint8 = partialmethod(write, size=1)


def theirs(code: list[int], start: Start) -> tuple[Any, ...]:
    """Registers, flags, memory and cycles after the first instruction."""
    return _theirs(code, start, CODE, lambda _registers: True)


def their_end(code: list[int], start: Start, at: int) -> tuple[Any, ...]:
    """Registers, flags and memory when the code at `at` has come to its last instruction."""
    last = at + 2 * len(code) - 2
    return _theirs(code, start, at, lambda registers: registers[15] == last)[:3]


def _theirs(code: list[int], start: Start, at: int, ends: Callable[[list[int]], bool]) -> tuple[Any, ...]:
    bus = OracleBus()
    bus.sram[at - SRAM : at - SRAM + 2 * len(code)] = struct.pack(f"<{len(code)}H", *code)
    core = import_module("rp2040py._cortex_m0_core").CortexM0Core(bus)
    core.registers[:8] = start.registers
    core.registers[8:16] = [0, 0, 0, 0, 0, STACK, 0, at]
    core.n, core.z, core.c, core.v = map(bool, start.flags)
    cycles = core.execute_instruction()
    while not ends(core.registers):
        cycles += core.execute_instruction()
    flags = (int(core.n), int(core.z), int(core.c), int(core.v))
    return list(core.registers), flags, written(bus.sram), cycles


edges = (0, 1, 31, 32, 33, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
word = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from(edges))
flag = st.integers(0, 1)
starts = st.builds(Start, st.lists(word, min_size=8, max_size=8), st.tuples(flag, flag, flag, flag))
#: Shifts, add and subtract, immediates, register operations, extend, reverse.
arithmetic = st.one_of(
    st.integers(0x0000, 0x3FFF),
    st.integers(0x4000, 0x43FF),
    st.integers(0xB200, 0xB2FF),
    st.sampled_from([base | low for base in (0xBA00, 0xBA40, 0xBAC0) for low in range(64)]),
)


#: PUSH, POP without PC, STM and LDM.
multiples = st.one_of(st.integers(0xB400, 0xB5FF), st.integers(0xBC00, 0xBCFF), st.integers(0xC000, 0xCFFF))


def oracle_errs(code: int, start: Start) -> bool:
    """rp2040py sets C wrongly for register shifts by 0 or beyond 32, and for ADC with a carry into 2^32. It
    sets V wrongly for SBC where the borrow changes the subtrahend's sign.
    """
    kind, operand = code >> 6, start.registers[code >> 3 & 7]
    register_shift = kind in (0x102, 0x103, 0x104, 0x107)
    borrow = not start.flags[2]
    return (
        (register_shift and not 0 < operand & 0xFF < 32)
        or kind == 0x105
        or (kind == 0x106 and borrow and operand in (0x7FFFFFFF, 0xFFFFFFFF))
    )
