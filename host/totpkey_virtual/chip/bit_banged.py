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
        for line in (scl, sda):
            line.set_input_value(True)
        scl.add_listener(self._scl_changed)
        sda.add_listener(self._sda_changed)

    def _sda_changed(self, value: GPIOPinState, last: GPIOPinState) -> None:
        """Data that moves while the clock is high is a start or a stop."""
        if _moved(value, last) and not _is_low(self._scl):
            self._shifted = 1 if _is_low(self._sda) else 0
            self._sda.set_input_value(True)

    def _scl_changed(self, value: GPIOPinState, last: GPIOPinState) -> None:
        if not self._shifted or not _moved(value, last):
            return
        complete = self._shifted >> _ADDRESS_CLOCKS
        if not _is_low(self._scl):
            if not complete:
                self._shifted = self._shifted << 1 | (not _is_low(self._sda))
        elif complete:
            known = (self._shifted & 0xFF) >> 1 in self._addresses
            self._sda.set_input_value(not known)
            self._shifted = 0


def _moved(value: GPIOPinState, last: GPIOPinState) -> bool:
    """Whether the level changed, and not only between driven high and pulled up."""
    return (value == GPIOPinState.LOW) != (last == GPIOPinState.LOW)


def _is_low(line: GPIOPin) -> bool:
    """Whether the chip pulls the open-drain line down."""
    return bool(line.value == GPIOPinState.LOW)
