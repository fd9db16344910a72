"""A serial NOR flash chip like Winbond's W25Q16JV, and the interface between the RP2040 and it.

It has commands, times, and power cuts at any operation. As on the board, the boot ROM's flash functions send
these commands through the SSI (RP2040 datasheet section 4.10), and code runs from flash through XIP. Other
section numbers refer to the W25Q16JV datasheet, revision H.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from rp2040py.peripherals.io import RPIO
from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

from totpkey_virtual.flash import PAGE, SECTOR, FlashCells

#: Instructions (section 8.1.2).
_WRITE_ENABLE, _WRITE_DISABLE, _PAGE_PROGRAM = 0x06, 0x04, 0x02
_READ, _STATUS1, _STATUS2, _UNIQUE_ID, _JEDEC_ID = 0x03, 0x05, 0x35, 0x4B, 0x9F
_ERASES = {0x20: SECTOR, 0x52: 32 * 1024, 0xD8: 64 * 1024}

_BUSY, _WRITE_ENABLED, _QUAD_ENABLED = 0x01, 0x02, 0x02
_WINBOND, _SERIAL_NOR = 0xEF, 0x40


class SerialFlash(FlashCells):
    """The chip on the SPI bus: `select`, `exchange` bytes, `deselect`."""

    def __init__(self, cells: bytearray, unique_id: bytes) -> None:
        """`cells`: the whole content, a power of two in size. `unique_id`: 8 bytes."""
        super().__init__(cells)
        self.unique_id = unique_id
        self.power_on()

    def power_off(self) -> None:
        super().power_off()
        #: Lets time pass while the chip is busy.
        self.wait_until: Callable[[int], None] = lambda _nanos: None

    def power_on(self) -> None:
        super().power_on()
        self._write_enabled = False
        self._busy_until = 0
        self._sent = bytearray()

    def select(self) -> None:
        self._sent = bytearray()

    def exchange(self, value: int) -> int:
        """Shift one byte in and one byte out."""
        self._sent.append(value)
        position = len(self._sent) - 1
        if position == 0:
            self._single_byte_instruction(value)
            return 0xFF
        return self._answer(self._sent[0], position)

    def deselect(self) -> None:
        """End an instruction. Erase and program start now."""
        sent, self._sent = self._sent, bytearray()
        if len(sent) < 4 or not self._write_enabled or not self.powered:
            return
        address = int.from_bytes(sent[1:4], "big") & len(self.cells) - 1
        size = _ERASES.get(sent[0])
        if size:
            self.erase(address, size)
            self._be_busy(self.erase_nanos[size])
        elif sent[0] == _PAGE_PROGRAM:
            self.program(address, bytes(sent[4:])[-PAGE:])
            self._be_busy(self.program_nanos)

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
        """The status. Firmware polls it while the chip is busy, so let that time pass at once."""
        if self.now() < self._busy_until:
            self.wait_until(self._busy_until)
        return _WRITE_ENABLED if self._write_enabled else 0

    def _be_busy(self, nanos: int) -> None:
        self._write_enabled = False
        self._busy_until = self.now() + nanos


_SSIENR, _TXFLR, _RXFLR, _SR, _IDR, _VERSION, _DR0, _DR_LAST = 0x08, 0x20, 0x24, 0x28, 0x58, 0x5C, 0x60, 0xEC
_TX_NOT_FULL, _TX_EMPTY, _RX_NOT_EMPTY = 0x02, 0x04, 0x08

#: GPIO_QSPI_SS_CTRL.OUTOVER (section 2.19.6.2), with which the boot ROM holds chip select low or high.
_SS_CTRL = 0x0C
_OUTOVER_SHIFT, _FORCED_LOW, _FORCED_HIGH = 8, 2, 3


class FlashInterface(BasePeripheral):
    """SSI in command mode. Bytes move at once. XIP reads bypass it."""

    def __init__(self, chip: RP2040, flash: SerialFlash) -> None:
        super().__init__(chip, "SSI")
        self._flash = flash
        self.reset()

    def reset(self) -> None:
        self._registers: dict[int, int] = {}
        self._received: deque[int] = deque()
        self._selected = False
        self._override = 0

    def read_uint32(self, offset: int) -> int:
        if offset == _SR:
            return _TX_NOT_FULL | _TX_EMPTY | (_RX_NOT_EMPTY if self._received else 0)
        if offset == _RXFLR:
            return len(self._received)
        if _DR0 <= offset <= _DR_LAST:
            return self._take()
        return {_TXFLR: 0, _IDR: 0x51535049, _VERSION: 0x3430312A}.get(offset, self._registers.get(offset, 0))

    def write_uint32(self, offset: int, value: int) -> None:
        if _DR0 <= offset <= _DR_LAST:
            self._send(value & 0xFF)
        else:
            self._registers[offset] = value
        if offset == _SSIENR and not value & 1:
            self._received.clear()
            self._let_go()

    def override_select(self, override: int) -> None:
        """OUTOVER of the chip select pad changed."""
        self._override = override
        self._select(override == _FORCED_LOW)

    def _send(self, value: int) -> None:
        if self._override == _FORCED_HIGH:
            self._received.append(0xFF)  # no chip is selected, so the bus floats high
            return
        self._select(True)
        self._received.append(self._flash.exchange(value))

    def _take(self) -> int:
        value = self._received.popleft() if self._received else 0
        if not self._received:
            self._let_go()
        return value

    def _let_go(self) -> None:
        """Raise chip select, as the SSI does when its FIFOs run dry."""
        if self._override != _FORCED_LOW:
            self._select(False)

    def _select(self, selected: bool) -> None:
        if selected and not self._selected:
            self._flash.select()
        elif self._selected and not selected:
            self._flash.deselect()
        self._selected = selected


class QspiPads(RPIO):
    """IO_QSPI, which forwards changes of chip select to the SSI."""

    def __init__(self, chip: RP2040, ssi: FlashInterface) -> None:
        super().__init__(chip, "IO_QSPI", pins=chip.qspi)
        self._ssi = ssi

    def write_uint32(self, offset: int, value: int) -> None:
        super().write_uint32(offset, value)
        if offset == _SS_CTRL:
            self._ssi.override_select(value >> _OUTOVER_SHIFT & 3)
