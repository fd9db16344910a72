"""A model of NOR flash cells: erase, program, and a power supply that fails.

Times are those of Winbond's W25Q16JV, which the boards carry, or one like it. Section numbers refer to its
datasheet, revision H.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from totpkey_virtual.traffic import Channel, Stream
from totpkey_volume.circuitpython import DRIVE_START, MB, NVM_START, PAGE, SECTOR

__all__ = ("DRIVE_START", "MB", "NVM_START", "PAGE", "SECTOR")

ERASED = 0xFF

#: Typical times (section 9.6), ns: page program, then erase by size of the region.
PROGRAM_NANOS = 400_000
ERASE_NANOS = {SECTOR: 45_000_000, 32 * 1024: 120_000_000, 64 * 1024: 150_000_000}
#: The longest that the same table allows, in seconds: erase of a sector, program of a page.
SLOWEST = (0.4, 0.003)


class Moment(Enum):
    """When the power fails: before or during an operation."""

    BEFORE = "before"
    DURING = "during"


class Torn(Enum):
    """What a half-done operation leaves in the cells it was changing: ones, zeros, or random bits."""

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
        """What is in the cells after the cut of an operation that changes `before` to `after`.

        Only the bits that differ are torn.
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


#: Called with each operation, and the bytes it touched before and after it.
Watcher = Callable[[FlashOperation, bytes, bytes], None]


class FlashCells:
    """The memory, which keeps its content without power, and a log of operations since power-on."""

    def __init__(self, cells: bytearray) -> None:
        self.cells = cells
        #: Counts the changes of the cells.
        self.generation = 0
        self.operations: list[FlashOperation] = []
        self.watcher: Watcher | None = None
        #: The cut to come.
        self.cut: PowerCut | None = None
        #: False from a cut to the next power-on.
        self.powered = True
        #: How long operations take, in ns: a page program, then an erase by size of the region.
        self.program_nanos = PROGRAM_NANOS
        self.erase_nanos = dict(ERASE_NANOS)
        self._programmed = Stream(Channel.FLASH)
        self.power_off()

    def power_off(self) -> None:
        """Disconnect the callbacks: there is no device time without power."""
        self.on_power_loss: Callable[[], None] = lambda: None
        self.on_change: Callable[[], None] = lambda: None
        #: Device time in ns.
        self.now: Callable[[], int] = lambda: 0

    def load(self, content: bytes) -> None:
        """Replace all of it. Raises ValueError if `content` has another size."""
        if len(content) != len(self.cells):
            raise ValueError(f"{len(content)} bytes are not the {len(self.cells)} of this board's flash")
        self.generation += 1
        self.cells[:] = content

    def power_on(self) -> None:
        self.operations = []
        self.powered = True

    def lose_power(self) -> None:
        """The power of the whole key fails now."""
        self.powered = False
        self.on_power_loss()

    def erase(self, address: int, size: int = SECTOR) -> None:
        """Set all bits of the region of `size` that contains `address`."""
        self._change("erase", address & ~(size - 1), b"\xff" * size)

    def program(self, address: int, data: bytes) -> None:
        """Clear bits. `data` that is too long wraps around within the page (section 8.2.13)."""
        page = address & ~(PAGE - 1)
        kept = int.from_bytes(self.cells[page : page + PAGE])
        at, left = address - page, data
        while left:
            piece, left = left[: PAGE - at], left[PAGE - at :]
            # Ones leave all other cells of the page as they are.
            kept &= int.from_bytes((b"\xff" * at + piece).ljust(PAGE, b"\xff"))
            at = 0
        self._change("program", page, kept.to_bytes(PAGE))

    def _change(self, kind: str, address: int, content: bytes) -> None:
        """Write `content` to the cells at `address`, unless the power fails at this operation."""
        before = bytes(self.cells[address : address + len(content)])
        cut = self.cut if self.cut and self.cut.operation == len(self.operations) else None
        if cut:
            content = cut.left(before, content)
        if cut is None or cut.moment is Moment.DURING:
            operation = FlashOperation(self.now() / 1e6, kind, address, len(content))
            self.operations.append(operation)
            self.generation += 1
            self.cells[address : address + len(content)] = content
            self.on_change()
            if kind == "program":
                self._programmed.notify(content)
            if self.watcher:
                self.watcher(operation, before, content)
        if cut:
            self.cut = None
            self.lose_power()
