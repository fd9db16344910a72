"""A NeoPixel on a pin (WS2812B datasheet, "Data transfer time")."""

from __future__ import annotations

from rp2040py._gpio_pin import GPIOPin, GPIOPinState

from totpkey_virtual.chip.clock import DeviceClock

#: In ns: a longer high time is a one; a longer low time resets.
_ONE, _RESET = 500, 50_000
_BITS = 24


class NeoPixel:
    """The first pixel of a chain."""

    def __init__(self, pin: GPIOPin, clock: DeviceClock) -> None:
        self._clock = clock
        self._edge = 0
        self._bits = 0
        self._count = 0
        #: Red, green and blue of the last complete data.
        self.color = (0, 0, 0)
        pin.add_listener(self._changed)

    def _changed(self, value: GPIOPinState, last: GPIOPinState) -> None:
        now = self._clock.nanos
        if value == GPIOPinState.HIGH and now - self._edge > _RESET:
            self._bits = self._count = 0
        elif last == GPIOPinState.HIGH and self._count < _BITS:
            self._take(now - self._edge > _ONE)
        self._edge = now

    def _take(self, bit: bool) -> None:
        self._bits = self._bits << 1 | bit
        self._count += 1
        if self._count == _BITS:
            green, red, blue = self._bits.to_bytes(3, "big")
            self.color = (red, green, blue)
