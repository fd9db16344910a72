"""A serial NOR flash chip like Winbond's W25Q16JV: commands, times, and power cuts at any operation.

As on the board, the boot ROM's flash functions send these commands through the SSI, and code runs from flash
through XIP. Section numbers refer to the W25Q16JV datasheet, revision H.
"""

from __future__ import annotations

from collections.abc import Callable

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
