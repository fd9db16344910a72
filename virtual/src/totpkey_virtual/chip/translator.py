"""Writes busy code of an image as C, which the machine's compiler turns into its own language.

The loop over instructions in `native/` takes some ten steps of the host for each of the chip's. Most of the
time a key is in a few thousand instructions: the interpreter of Python's bytecode, memory, USB. These are
written with the words of `native/translated.h`, where each instruction is what it is in the loop, and the
compiler removes what no later instruction needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from totpkey_virtual.chip.core_library import load

#: These change more than registers and memory.
_SYSTEM = {"MISCELLANEOUS", "SVC", "UDF", "UNDEFINED"}
_CONDITIONAL = {
    *("BEQ", "BNE", "BCS", "BCC", "BMI", "BPL", "BVS", "BVC"),
    *("BHI", "BLS", "BGE", "BLT", "BGT", "BLE"),
}
_LISTS = {"PUSH", "POP", "STM", "LDM"}
_ALWAYS_JUMP = {"BX", "BLX", "WIDE"}
_PC = 15


@dataclass(frozen=True)
class Instruction:
    address: int
    kind: str
    code: int
    second: int = 0

    @property
    def size(self) -> int:
        return 4 if self.is_call else 2

    @property
    def bound(self) -> int:
        """Cycles that it takes at most (DDI 0484 table 3-1)."""
        if self.kind in _LISTS:
            return 5 + (self.code & 0xFF).bit_count()
        if self.is_call:
            return 3
        return 2 if self.targets or self.jumps or self.kind[:3] in ("LDR", "STR") else 1

    @property
    def following(self) -> int:
        return self.address + self.size

    @property
    def is_call(self) -> bool:
        return self.kind == "WIDE"

    @property
    def comes_back(self) -> bool:
        """Whether what it jumps to returns to the next instruction."""
        return self.is_call or self.kind == "BLX"

    @property
    def targets(self) -> list[int]:
        """Where it may jump, as far as it says so itself."""
        if self.kind in _CONDITIONAL:
            return [self.address + 4 + 2 * _signed(self.code & 0xFF, 8)]
        if self.kind == "B":
            return [self.address + 4 + 2 * _signed(self.code & 0x7FF, 11)]
        return [self._called()] if self.is_call else []

    @property
    def jumps(self) -> bool:
        """Whether it always jumps. One to the next instruction, which firmware waits with, does not."""
        if self.kind == "B":
            return self.targets != [self.following]
        if self.kind in ("MOV_HIGH", "ADD_HIGH"):
            return (self.code >> 4 & 8 | self.code & 7) == _PC
        return self.kind in _ALWAYS_JUMP or (self.kind == "POP" and bool(self.code & 0x100))

    def _called(self) -> int:
        """The target of BL (DDI 0419 section A6.7.13)."""
        sign = self.code >> 10 & 1
        i1, i2 = ~(self.second >> 13 ^ sign) & 1, ~(self.second >> 11 ^ sign) & 1
        offset = sign << 24 | i1 << 23 | i2 << 22 | (self.code & 0x3FF) << 12 | (self.second & 0x7FF) << 1
        return self.address + 4 + _signed(offset, 25)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> bits - 1 else value


class Code:
    """The memories that code lies in, for reading."""

    def __init__(self, memories: Mapping[str, bytes | bytearray]) -> None:
        """`memories`: "rom", "flash" and "sram"."""
        self._memories = [bytes(memories[name]) for name in ("rom", "flash", "sram")]
        self._kind_of = load().core_kind
        self._kinds: dict[int, str] = {}

    def halfword(self, address: int) -> int:
        at = address & 0x0FFFFFFF
        return int.from_bytes(self._memories[address >> 28][at : at + 2], "little")

    def content(self, start: int, end: int) -> bytes:
        return self._memories[start >> 28][start & 0x0FFFFFFF : end & 0x0FFFFFFF]

    def instruction(self, address: int) -> Instruction | None:
        """The instruction at `address`, or None for one that is not translated."""
        code = self.halfword(address)
        kind = self._kinds.get(code >> 6)
        if kind is None:
            kind = self._kinds[code >> 6] = self._kind_of(code).decode()
        second = self.halfword(address + 2) if kind == "WIDE" else 0
        if kind in _SYSTEM or (kind == "WIDE" and second & 0xD000 != 0xD000):
            return None
        return Instruction(address, kind, code, second)


#: The most instructions in a block, so that it is short against the time between two events.
_LONGEST_BLOCK = 48
#: The most in a region, for the compiler's sake, unless a function of the firmware has more.
_LONGEST_REGION = 1500

_INCLUDE = '#include "translated.h"\n'


@dataclass
class Block:
    """Code that is entered at its start, and left at its end or by a conditional branch."""

    start: int
    instructions: list[Instruction]

    @property
    def last(self) -> Instruction:
        return self.instructions[-1]

    @property
    def called(self) -> int | None:
        return self.last.targets[0] if self.last.is_call else None

    @property
    def beside(self) -> list[int]:
        """The places in the same function of the firmware that may come next."""
        jumps = (each for each in self.instructions if not each.is_call)
        targets = [target for each in jumps for target in each.targets]
        return targets if self.last.jumps and not self.last.comes_back else [*targets, self.last.following]

    @property
    def bound(self) -> int:
        return sum(each.bound for each in self.instructions)


def blocks(code: Code, starts: set[int]) -> dict[int, Block]:
    """The blocks that begin at `starts`, by address."""
    cut: dict[int, Block] = {}
    left = list(starts)
    while left:
        block = Block(left.pop(), [])
        block.instructions += _instructions(code, block.start, starts)
        if len(block.instructions) == _LONGEST_BLOCK and block.last.following not in starts | cut.keys():
            left.append(block.last.following)
        if block.instructions:
            cut[block.start] = block
    return cut


def _instructions(code: Code, start: int, starts: set[int]) -> Iterator[Instruction]:
    address = start
    for _ in range(_LONGEST_BLOCK):
        instruction = code.instruction(address)
        if instruction is None:
            return
        yield instruction
        address = instruction.following
        if instruction.jumps or address in starts:
            return


def regions(blocks_at: Mapping[int, Block], counts: Mapping[int, int]) -> list[list[Block]]:
    """Group the blocks: those that lead to each other, and then the busiest calls."""
    groups = {start: [block] for start, block in blocks_at.items()}

    def join(one: int, other: int, limit: int | None) -> None:
        first, second = groups[one], groups[other]
        if first is second or (limit and _length(first) + _length(second) > limit):
            return
        first += second
        for block in second:
            groups[block.start] = first

    for start, block in blocks_at.items():
        for target in block.beside:
            if target in blocks_at:
                join(start, target, None)
    calls = ((start, block.called) for start, block in blocks_at.items() if block.called is not None)
    known = (call for call in calls if call[1] in blocks_at)
    for start, target in sorted(known, key=lambda call: counts.get(call[1], 0), reverse=True):
        join(start, target, _LONGEST_REGION)
    return list({id(group): group for group in groups.values()}.values())


def _length(group: list[Block]) -> int:
    return sum(len(block.instructions) for block in group)


def sources(groups: list[list[Block]], code: Code, parts: int) -> list[str]:
    """The C sources of a translation: `parts` that take equally long to compile, and the table of all."""
    written: list[list[str]] = [[_INCLUDE] for _ in range(parts)]
    for number, group in sorted(enumerate(groups), key=lambda item: _length(item[1]), reverse=True):
        min(written, key=len).extend(_region(number, group))
    return ["\n".join(lines) for lines in (*written, _table(groups, code))]


def _table(groups: list[list[Block]], code: Code) -> Iterator[str]:
    yield _INCLUDE
    for number in range(len(groups)):
        yield f"HIDDEN int region_{number}(Run *run, uint32_t place);"
    yield f"static const Region regions[] = {{{', '.join(f'region_{n}' for n in range(len(groups)))}}};"
    yield "static const uint32_t places[][2] = {"
    for number, group in enumerate(groups):
        for entry, block in enumerate(group, 1):
            yield f"{{{block.start:#x}, {number} << REGION_SHIFT | {entry}}},"
    yield "};"
    originals = list(_originals(groups))
    for number, (start, end) in enumerate(originals):
        content = ", ".join(map(str, code.content(start, end)))
        yield f"static const uint8_t content_{number}[] = {{{content}}};"
    yield "static const Original originals[] = {"
    for number, (start, end) in enumerate(originals):
        yield f"{{{start:#x}, {end - start}, content_{number}}},"
    yield "};"
    yield "const Translation translation = {"
    yield "regions, places, originals,"
    yield "sizeof places / sizeof *places, sizeof originals / sizeof *originals};\n"


def _region(number: int, group: list[Block]) -> Iterator[str]:
    inside = {block.start for block in group}
    yield f"REGION(region_{number}, {number})"
    for entry, block in enumerate(group, 1):
        yield f"ENTRY({entry}, {_label(block.start)})"
    yield "BLOCKS"
    for block in group:
        yield from _written(block, inside)
    yield "END_REGION\n"


def _written(block: Block, inside: set[int]) -> Iterator[str]:
    rest = block.bound
    yield f"BLOCK({_label(block.start)}, {rest})"
    for each in block.instructions:
        rest -= each.bound
        if each.is_call:
            yield f"CALL({each.address:#x}, {each.code:#x}, {each.second:#x})"
        else:
            yield f"DO({each.address:#x}, {each.kind}, {each.code:#x}, {rest})"
        for target in inside.intersection(each.targets):
            yield f"TO({target:#x}, {_label(target)})"
        if each.targets and not each.jumps:
            yield f"UNLESS({each.following:#x})"
    if block.last.following in inside and not block.last.jumps:
        yield f"TO({block.last.following:#x}, {_label(block.last.following)})"
    yield "LEAVE"


def _label(address: int) -> str:
    return f"at_{address:x}"


def _originals(groups: list[list[Block]]) -> list[tuple[int, int]]:
    """Where the translated code lies: start and end of each stretch, in order."""
    stretches: list[tuple[int, int]] = []
    for block in sorted((block for group in groups for block in group), key=lambda block: block.start):
        start, end = block.start, block.last.following
        if stretches and start <= stretches[-1][1]:
            first, last = stretches.pop()
            start, end = first, max(end, last)
        stretches.append((start, end))
    return stretches
