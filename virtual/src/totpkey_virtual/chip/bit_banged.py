"""The I2C lines as plain pins: CircuitPython bit-bangs an empty write to ask whether a chip is there.

The controller of the RP2040 cannot send an address alone: `busio.I2C.writeto(address, b"")` and `scan()` do
without it (I2C-bus specification UM10204, section 3.1).
"""

from __future__ import annotations

from collections.abc import Collection

from rp2040py._gpio_pin import GPIOPin, GPIOPinState

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
