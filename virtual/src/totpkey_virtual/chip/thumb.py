"""Thumb instructions as the translator sees them: where each may lead, and how long it takes at most.

What they do is in `native/`, which also tells the kind of each.
"""

from __future__ import annotations

from collections.abc import Mapping
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
