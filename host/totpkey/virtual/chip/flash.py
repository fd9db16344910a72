"""A serial NOR flash chip like Winbond's W25Q16JV: commands, times, and power that fails at any operation.

CircuitPython reaches it as on the board: the boot ROM's flash functions send these commands through the SSI,
and code runs from its content through XIP. Section numbers are those of the W25Q16JV datasheet, revision H.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

PAGE = 256
SECTOR = 4096

#: Typical times (section 9.6), ns: page program, then erase by size of the region.
PROGRAM_NANOS = 400_000
ERASE_NANOS = {SECTOR: 45_000_000, 32 * 1024: 120_000_000, 64 * 1024: 150_000_000}

#: Instructions (section 8.1.2).
_WRITE_ENABLE, _WRITE_DISABLE, _PAGE_PROGRAM = 0x06, 0x04, 0x02
_READ, _STATUS1, _STATUS2, _UNIQUE_ID, _JEDEC_ID = 0x03, 0x05, 0x35, 0x4B, 0x9F
_ERASES = {0x20: SECTOR, 0x52: 32 * 1024, 0xD8: 64 * 1024}

_BUSY, _WRITE_ENABLED, _QUAD_ENABLED = 0x01, 0x02, 0x02
_WINBOND, _SERIAL_NOR = 0xEF, 0x40


class Moment(Enum):
    """When in an operation the power fails."""

    BEFORE = "before"
    DURING = "during"


class Torn(Enum):
    """What a half-done operation leaves of the cells it was changing: ones, zeros, or as they fell."""

    ONES = "ones"
    ZEROS = "zeros"
    RANDOM = "random"


@dataclass(frozen=True)
class PowerCut:
    """Power fails at operation `operation`, counted from 0 since power-on."""

    operation: int
    moment: Moment = Moment.DURING
    torn: Torn = Torn.ZEROS
    seed: int = 0


@dataclass(frozen=True)
class FlashOperation:
    """One erase or program: device time in ms since power-on, address in flash, bytes touched."""

    ms: float
    kind: str
    address: int
    size: int


class SerialFlash:
    """The chip on the SPI bus: `select`, `exchange` bytes, `deselect`. `cells` outlive the power."""

    def __init__(self, cells: bytearray, unique_id: bytes) -> None:
        """`cells`: the whole content, a power of two in size. `unique_id`: 8 bytes."""
        self.cells = cells
        self.unique_id = unique_id
        self.operations: list[FlashOperation] = []
        self.cut: PowerCut | None = None
        #: Device time in ns; how to let time pass while busy; what happens when the power fails.
        self.now: Callable[[], int] = lambda: 0
        self.wait_until: Callable[[int], None] = lambda _nanos: None
        self.on_power_loss: Callable[[], None] = lambda: None
        self._dead = False
        self.power_on()

    def power_on(self) -> None:
        self.operations = []
        self._dead = False
        self._write_enabled = False
        self._busy_until = 0
        self._sent = bytearray()

    def select(self) -> None:
        self._sent = bytearray()

    def exchange(self, value: int) -> int:
        """Shift one byte in and the answer out."""
        self._sent.append(value)
        position = len(self._sent) - 1
        if position == 0:
            self._single_byte_instruction(value)
            return 0xFF
        return self._answer(self._sent[0], position)

    def deselect(self) -> None:
        """The end of an instruction: erase and program start now."""
        sent, self._sent = self._sent, bytearray()
        if len(sent) < 4 or not self._write_enabled or self._dead:
            return
        address = int.from_bytes(sent[1:4], "big") & len(self.cells) - 1
        if sent[0] in _ERASES:
            self._erase(address, _ERASES[sent[0]])
        elif sent[0] == _PAGE_PROGRAM:
            self._program(address, bytes(sent[4:])[-PAGE:])

    def _single_byte_instruction(self, instruction: int) -> None:
        if instruction in (_WRITE_ENABLE, _WRITE_DISABLE):
            self._write_enabled = instruction == _WRITE_ENABLE

    def _answer(self, instruction: int, position: int) -> int:
        if instruction == _STATUS1:
            return self._status()
        if instruction == _STATUS2:
            return _QUAD_ENABLED
        if instruction == _JEDEC_ID and position <= 3:
            return (_WINBOND, _SERIAL_NOR, len(self.cells).bit_length() - 1)[position - 1]
        if instruction == _UNIQUE_ID and position >= 5:
            return self.unique_id[(position - 5) % 8]
        if instruction == _READ and position >= 4:
            address = int.from_bytes(self._sent[1:4], "big") + position - 4
            return self.cells[address & len(self.cells) - 1]
        return 0xFF

    def _status(self) -> int:
        """Who asks while the chip is busy asks again until it is not: let that time pass at once."""
        if self.now() < self._busy_until:
            self.wait_until(self._busy_until)
        return _WRITE_ENABLED if self._write_enabled else 0

    def _erase(self, address: int, size: int) -> None:
        start = address & ~(size - 1)
        self._change("erase", start, b"\xff" * size, ERASE_NANOS[size])

    def _program(self, address: int, data: bytes) -> None:
        """Programming only clears bits, and wraps around within the page (section 8.2.13)."""
        page = address & ~(PAGE - 1)
        content = bytearray(self.cells[page : page + PAGE])
        for offset, value in enumerate(data):
            content[(address + offset) % PAGE] &= value
        self._change("program", page, bytes(content), PROGRAM_NANOS)

    def _change(self, kind: str, address: int, content: bytes, nanos: int) -> None:
        """Make `content` of the cells at `address`, unless the power fails at this operation."""
        cut = self.cut if self.cut and self.cut.operation == len(self.operations) else None
        if cut and cut.moment is Moment.DURING:
            content = self._half_done(address, content, cut)
        if cut is None or cut.moment is Moment.DURING:
            self.operations.append(FlashOperation(self.now() / 1e6, kind, address, len(content)))
            self.cells[address : address + len(content)] = content
        self._write_enabled = False
        self._busy_until = self.now() + nanos
        if cut:
            self.cut = None
            self._dead = True
            self.on_power_loss()

    def _half_done(self, address: int, content: bytes, cut: PowerCut) -> bytes:
        """Cells that were to change are torn; the others keep what they hold."""
        before = self.cells[address : address + len(content)]
        noise = {Torn.ONES: b"\xff", Torn.ZEROS: b"\x00"}.get(cut.torn, b"") * len(content)
        if cut.torn is Torn.RANDOM:
            noise = random.Random(cut.seed).randbytes(len(content))  # noqa: S311 - cuts must repeat
        cells = zip(before, content, noise, strict=True)
        return bytes(old & new | (old ^ new) & fell for old, new, fell in cells)
