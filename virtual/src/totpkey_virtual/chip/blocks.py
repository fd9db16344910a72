"""Small RP2040 blocks that rp2040py leaves out or models too loosely for this work (RP2040 datasheet)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

from totpkey_virtual.chip.native_core import NativeCore


class Timer(BasePeripheral):
    """TIMER, section 4.6, which the C core holds: native/blocks.h. Only RESETS reaches it here."""

    def __init__(self, chip: RP2040, core: NativeCore) -> None:
        super().__init__(chip, "TIMER")
        self._core = core

    def reset(self) -> None:
        self._core.reset_timer()


class Resets(BasePeripheral):
    """RESETS, section 2.14: putting a block into reset really resets it."""

    _RESET, _WDSEL, _DONE, _ALL = 0x0, 0x4, 0x8, 0x1FFFFFF

    def __init__(self, chip: RP2040, targets: dict[int, Callable[[], None]]) -> None:
        """`targets`: the function that resets the block of each bit in the RESET register."""
        super().__init__(chip, "RESETS")
        self._targets = targets
        self._held = 0
        self.wdsel = 0

    def reset(self) -> None:
        self._held = self.wdsel = 0

    def read_uint32(self, offset: int) -> int:
        done = ~self._held & self._ALL
        return {self._RESET: self._held, self._WDSEL: self.wdsel, self._DONE: done}.get(offset, 0)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == self._WDSEL:
            self.wdsel = value & self._ALL
        elif offset == self._RESET:
            entering = value & ~self._held
            self._held = value & self._ALL
            for bit, reset in self._targets.items():
                if entering >> bit & 1:
                    reset()


class SysInfo(BasePeripheral):
    """SYSINFO, section 2.20: revision B2, whose USB needs none of the GP15 workaround of B0 and B1."""

    _VALUES: Final = {0x00: 0x20002927, 0x04: 0x00000002, 0x40: 0xE0C912E8}

    def read_uint32(self, offset: int) -> int:
        return self._VALUES.get(offset, 0)


class Pll(BasePeripheral):
    """A PLL, section 2.18: always locked."""

    _CS, _LOCK = 0x0, 1 << 31
    _RESET_VALUES: Final = {0x0: 0x1, 0x4: 0x2D, 0x8: 0x0, 0xC: 0x77000}

    def __init__(self, chip: RP2040, name: str) -> None:
        super().__init__(chip, name)
        self._registers = dict(self._RESET_VALUES)

    def reset(self) -> None:
        self._registers = dict(self._RESET_VALUES)

    def read_uint32(self, offset: int) -> int:
        value = self._registers.get(offset, 0)
        return value | self._LOCK if offset == self._CS else value

    def write_uint32(self, offset: int, value: int) -> None:
        self._registers[offset] = value & ~self._LOCK


class RingOscillator(BasePeripheral):
    """ROSC, section 2.17: stable, with a random bit that repeats with the seed. None: it is stuck at 0."""

    _STATUS, _RANDOM_BIT, _STABLE_AND_ENABLED = 0x18, 0x1C, 1 << 31 | 1 << 12

    def __init__(self, chip: RP2040, seed: int | None) -> None:
        super().__init__(chip, "ROSC")
        self._random = None if seed is None else random.Random(seed)  # noqa: S311 - runs must repeat
        self._registers: dict[int, int] = {}

    def read_uint32(self, offset: int) -> int:
        if offset == self._RANDOM_BIT:
            return self._random.getrandbits(1) if self._random else 0
        return self._STABLE_AND_ENABLED if offset == self._STATUS else self._registers.get(offset, 0)

    def write_uint32(self, offset: int, value: int) -> None:
        self._registers[offset] = value
