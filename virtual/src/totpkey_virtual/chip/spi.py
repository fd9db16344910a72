"""SPI in device time, with one device on the bus: mode 0, eight bits, and a chip select of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rp2040py._gpio_pin import GPIOPin, GPIOPinState
from rp2040py.irq import IRQ
from rp2040py.peripherals.dma import DREQChannel
from rp2040py.peripherals.spi import RPSPI, ISPIDMAChannels
from rp2040py.rp2040 import RP2040

from totpkey_virtual.chip.clock import DeviceClock

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
