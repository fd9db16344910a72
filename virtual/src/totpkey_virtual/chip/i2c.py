"""I2C in device time, with register-level models of chips on the bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rp2040py.irq import IRQ
from rp2040py.peripherals.i2c import R_TX_EMPTY, RPI2C, I2CMode
from rp2040py.rp2040 import RP2040

from totpkey_virtual.chip.clock import NANOS_PER_CYCLE, DeviceClock
from totpkey_virtual.chip.core_library import CoreState

#: A byte or an address is eight bits and the acknowledge.
_CLOCKS_PER_BYTE = 9


class I2cDevice(Protocol):
    """A chip with a register pointer."""

    def write(self, data: bytes) -> None:
        """Take one write transaction: the register pointer, then bytes for the registers."""

    def read(self, count: int) -> bytes:
        """The next `count` registers."""


class I2cController(RPI2C):
    """rp2040py's controller, with the bus's real timing.

    A NACK empties the transmit FIFO and sets the interrupt status (RP2040 datasheet section 4.3.16).
    """

    def __init__(self, chip: RP2040, clock: DeviceClock, state: CoreState, number: int) -> None:
        super().__init__(chip, f"I2C{number}", (IRQ.I2C0, IRQ.I2C1)[number])
        self._core, self._number = state, number
        self.devices: dict[int, I2cDevice] = {}
        self._selected: I2cDevice | None = None
        self._written = bytearray()
        self._next: Callable[[], None] = lambda: None
        self._alarm = clock.create_alarm(self._byte_done)
        self.on_start = self._start
        self.on_connect = self._connect
        self.on_write_byte = self._write_byte
        self.on_read_byte = self._read_byte
        self.on_stop = self._finish

    def reset(self) -> None:
        super().reset()
        self._alarm.cancel()
        self._written.clear()
        self._selected = None
        self._publish()

    def read_uint32(self, offset: int) -> int:
        value = super().read_uint32(offset)
        self._publish()
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        super().write_uint32(offset, value)
        self._publish()

    def _publish(self) -> None:
        """Copy the registers that firmware polls to the C core, which answers for them."""
        self._core.i2c_raw[self._number] = self.int_raw
        self._core.i2c_received[self._number] = self._rx_fifo.item_count

    def _byte_done(self) -> None:
        self._next()
        self._publish()

    def _after_byte(self, action: Callable[[], None]) -> None:
        self._next = action
        cycles = _CLOCKS_PER_BYTE * (self.scl_high_period + self.scl_low_period)
        self._alarm.schedule(cycles * NANOS_PER_CYCLE)

    def _start(self, _repeated: bool) -> None:
        self._deliver()
        self.complete_start()

    def _connect(self, address: int, _mode: I2CMode) -> None:
        self._selected = self.devices.get(address)
        acknowledged = self._selected is not None
        self._after_byte(lambda: self.complete_connect(acknowledged))

    def _write_byte(self, value: int) -> None:
        self._written.append(value)
        self._after_byte(lambda: self.complete_write(True))

    def _read_byte(self, _acknowledge: bool) -> None:
        value = self._selected.read(1)[0] if self._selected else 0xFF
        self._after_byte(lambda: self.complete_read(value))

    def _finish(self) -> None:
        self._deliver()
        self.complete_stop()

    def _deliver(self) -> None:
        if self._written and self._selected:
            self._selected.write(bytes(self._written))
        self._written.clear()

    def _abort(self, reason: int) -> None:
        super()._abort(reason)
        self._set_interrupts(R_TX_EMPTY)
