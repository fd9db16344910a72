"""The synchronous serial interface between the RP2040 and its flash (RP2040 datasheet section 4.10)."""

from __future__ import annotations

from collections import deque

from rp2040py.peripherals.io import RPIO
from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

from totpkey_virtual.chip.flash import SerialFlash

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
