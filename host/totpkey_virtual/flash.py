"""What erase, program and a failing power supply do to the cells of a NOR flash chip.

Times are those of Winbond's W25Q16JV, which the boards carry or its like. Section numbers are those of its
datasheet, revision H.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from totpkey.volume.flash_map import DRIVE_START, MB, NVM_START, PAGE, SECTOR
from totpkey_virtual.taps import Channel, Tap

__all__ = ("DRIVE_START", "MB", "NVM_START", "PAGE", "SECTOR")

ERASED = 0xFF

#: Typical times (section 9.6), ns: page program, then erase by size of the region.
PROGRAM_NANOS = 400_000
ERASE_NANOS = {SECTOR: 45_000_000, 32 * 1024: 120_000_000, 64 * 1024: 150_000_000}


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

    def left(self, before: bytes, after: bytes) -> bytes:
        """What the operation that was to make `after` of `before` leaves.

        Cells that were to change are torn; the others keep what they hold.
        """
        if self.moment is Moment.BEFORE:
            return before
        noise = {Torn.ONES: b"\xff", Torn.ZEROS: b"\x00"}.get(self.torn, b"") * len(after)
        if self.torn is Torn.RANDOM:
            noise = random.Random(self.seed).randbytes(len(after))  # noqa: S311 - cuts must repeat
        old, new, fell = (int.from_bytes(content) for content in (before, after, noise))
        return (old & new | (old ^ new) & fell).to_bytes(len(after))


@dataclass(frozen=True)
class FlashOperation:
    """One erase or program: device time in ms since power-on, address in flash, bytes touched."""

    ms: float
    kind: str
    address: int
    size: int


#: Is told of each operation as it is done, with what it touched before and after.
Watcher = Callable[[FlashOperation, bytes, bytes], None]


class FlashCells:
    """The memory itself, which outlives the power, and a log of what was done to it since power-on."""

    def __init__(self, cells: bytearray) -> None:
        self.cells = cells
        self.operations: list[FlashOperation] = []
        self.watcher: Watcher | None = None
        #: The cut to come, and what happens then.
        self.cut: PowerCut | None = None
        #: False from a cut to the next power-on.
        self.powered = True
        self._programmed = Tap(Channel.FLASH)
        self.power_off()

    def power_off(self) -> None:
        """Nobody is there to ask for the time, or to be told that the power fails."""
        self.on_power_loss: Callable[[], None] = lambda: None
        #: Device time in ns.
        self.now: Callable[[], int] = lambda: 0

    def load(self, content: bytes) -> None:
        """Replace all of it. Raises ValueError if `content` has another size."""
        if len(content) != len(self.cells):
            raise ValueError(f"{len(content)} bytes are not the {len(self.cells)} of this board's flash")
        self.cells[:] = content

    def power_on(self) -> None:
        self.operations = []
        self.powered = True

    def lose_power(self) -> None:
        """The power of the whole key fails now."""
        self.powered = False
        self.on_power_loss()

    def erase(self, address: int, size: int = SECTOR) -> None:
        """Set all bits of the region of `size` that `address` lies in."""
        self._change("erase", address & ~(size - 1), b"\xff" * size)

    def program(self, address: int, data: bytes) -> None:
        """Clear bits; `data` that is too long wraps around within the page (section 8.2.13)."""
        page = address & ~(PAGE - 1)
        content = bytearray(self.cells[page : page + PAGE])
        for offset, value in enumerate(data):
            content[(address + offset) % PAGE] &= value
        self._change("program", page, bytes(content))

    def _change(self, kind: str, address: int, content: bytes) -> None:
        """Make `content` of the cells at `address`, unless the power fails at this operation."""
        before = bytes(self.cells[address : address + len(content)])
        cut = self.cut if self.cut and self.cut.operation == len(self.operations) else None
        if cut:
            content = cut.left(before, content)
        if cut is None or cut.moment is Moment.DURING:
            operation = FlashOperation(self.now() / 1e6, kind, address, len(content))
            self.operations.append(operation)
            self.cells[address : address + len(content)] = content
            if kind == "program":
                self._programmed.tell(content)
            if self.watcher:
                self.watcher(operation, before, content)
        if cut:
            self.cut = None
            self.lose_power()
