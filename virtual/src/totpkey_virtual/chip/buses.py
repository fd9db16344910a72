"""I2C and SPI in device time, with register-level models of the chips on them.

SPI has one device on the bus: mode 0, eight bits, and a chip select of its own. CircuitPython bit-bangs an
empty write on the I2C lines as plain pins, to ask whether a chip is there: the controller of the RP2040
cannot send an address alone, and `busio.I2C.writeto(address, b"")` and `scan()` do without it (I2C-bus
specification UM10204, section 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from rp2040py._gpio_pin import GPIOPin, GPIOPinState
from rp2040py.irq import IRQ
from rp2040py.peripherals.dma import DREQChannel
from rp2040py.peripherals.i2c import R_TX_EMPTY, RPI2C, I2CMode
from rp2040py.peripherals.spi import RPSPI, ISPIDMAChannels
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


_ADDRESS_CLOCKS = 8


class BitBangedBus:
    """Pull-ups on both lines, and chips that acknowledge their address. `i2c` carries data."""

    def __init__(self, scl: GPIOPin, sda: GPIOPin, addresses: Collection[int]) -> None:
        self._scl, self._sda = scl, sda
        self._addresses = addresses
        #: The address bits received so far, below a leading 1. 0 while no address is expected.
        self._shifted = 0
        #: Whether a chip holds SDA low.
        self._held = False
        self._settle()
        scl.add_listener(self._scl_changed)
        sda.add_listener(self._sda_changed)

    def _settle(self) -> None:
        """A line is low while anything pulls it down."""
        self._scl.set_input_value(not _is_low(self._scl))
        self._sda.set_input_value(not (self._held or _is_low(self._sda)))

    def _sda_changed(self, value: GPIOPinState, last: GPIOPinState) -> None:
        """Data that moves while the clock is high is a start or a stop."""
        if _moved(value, last) and not _is_low(self._scl):
            self._shifted = 1 if _is_low(self._sda) else 0
            self._held = False
        self._settle()

    def _scl_changed(self, value: GPIOPinState, last: GPIOPinState) -> None:
        if self._shifted and _moved(value, last):
            self._clocked()
        self._settle()

    def _clocked(self) -> None:
        """The clock went up or down within an address."""
        complete = self._shifted >> _ADDRESS_CLOCKS
        if not _is_low(self._scl):
            if not complete:
                self._shifted = self._shifted << 1 | (not _is_low(self._sda))
        elif complete:
            self._held = (self._shifted & 0xFF) >> 1 in self._addresses
            self._shifted = 0


def pull_up(line: GPIOPin) -> None:
    """Let a line be high unless the chip pulls it down."""
    line.set_input_value(True)
    line.add_listener(lambda _value, _last: line.set_input_value(not _is_low(line)))


def _moved(value: GPIOPinState, last: GPIOPinState) -> bool:
    """Whether the level changed, and not only between driven high and pulled up."""
    return (value == GPIOPinState.LOW) != (last == GPIOPinState.LOW)


def _is_low(line: GPIOPin) -> bool:
    """Whether the chip pulls the open-drain line down."""
    return bool(line.value == GPIOPinState.LOW)


_CHANNELS = (
    ISPIDMAChannels(rx=DREQChannel.DREQ_SPI0_RX, tx=DREQChannel.DREQ_SPI0_TX),
    ISPIDMAChannels(rx=DREQChannel.DREQ_SPI1_RX, tx=DREQChannel.DREQ_SPI1_TX),
)
#: The pin function that joins a pin to SPI (RP2040 datasheet table 2).
_FUNCTION_SPI = 1


class SpiDevice(Protocol):
    """A chip on the bus."""

    def select(self, selected: bool) -> None:
        """Its chip select has gone low, or high."""

    def exchange(self, byte: int) -> int:
        """The byte that goes out while `byte` comes in."""


class SpiController(RPSPI):
    """rp2040py's controller, made to take the time that the bus takes. Without a device it reads zeros."""

    def __init__(self, chip: RP2040, clock: DeviceClock, number: int) -> None:
        self._device: SpiDevice | None = None
        self._lines: Sequence[GPIOPin] = ()
        self._outgoing = 0
        super().__init__(chip, f"SPI{number}", (IRQ.SPI0, IRQ.SPI1)[number], _CHANNELS[number])
        self._alarm = clock.create_alarm(self._byte_done)
        self.on_transmit = self._transmit

    def wire(self, device: SpiDevice, lines: Sequence[GPIOPin], select: GPIOPin) -> None:
        """Solder `device` to clock, out and in, and to its chip select, which has a pull-up."""
        self._device, self._lines = device, lines

        def changed(value: GPIOPinState, _last: GPIOPinState) -> None:
            device.select(value == GPIOPinState.LOW)

        select.add_listener(changed)

    def reset(self) -> None:
        super().reset()
        self._alarm.cancel()

    def _transmit(self, value: int) -> None:
        self._outgoing = value
        self._alarm.schedule(self.data_bits * 1e9 / self.clock_frequency)

    def _byte_done(self) -> None:
        joined = all(line.function_select == _FUNCTION_SPI for line in self._lines)
        understood = joined and self.spi_mode == 0 and self.data_bits == 8
        device = self._device if understood else None
        self.complete_transmit(device.exchange(self._outgoing) if device else 0)
