"""PIO in device time, which steps rp2040py's state machines at the cycles they are due, and the NeoPixel on
its pin.

The NeoPixel's times are in the WS2812B datasheet, "Data transfer time".
"""

from __future__ import annotations

from rp2040py._gpio_pin import GPIOPin, GPIOPinState
from rp2040py.peripherals._pio import RPPIO
from rp2040py.peripherals._state_machine import StateMachine
from rp2040py.rp2040 import RP2040

from totpkey_virtual.chip.clock import NANOS_PER_CYCLE, DeviceClock

#: rp2040py counts PIO time in 1/256 cycles, since clock dividers have eight fractional bits. A waiting
#: machine is never due.
_FRACTIONS = 256
_FAR = 1 << 60


class PlainPio(RPPIO):
    """rp2040py's block in plain Python, because the compiled one cannot be copied into a snapshot."""

    def __init__(self, chip: RP2040, name: str, first_irq: int, index: int) -> None:
        super().__init__(chip, name, first_irq, index)
        self.machines = [StateMachine(chip, self, number) for number in range(4)]


class PacedPio:
    """A block that steps when one of its machines is due, and before the processor accesses it."""

    def __init__(self, pio: RPPIO, clock: DeviceClock) -> None:
        self._pio = pio
        self._clock = clock
        self._moved_at = 0
        self._alarm = clock.create_alarm(self._move)

    def read_uint32(self, offset: int) -> int:
        self._move()
        return self._pio.read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        self._move()
        self._pio.write_uint32(offset, value)
        self._aim()

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        self._move()
        self._pio.write_uint32_atomic(offset, value, atomic_type)
        self._aim()

    def reset(self) -> None:
        self._pio.reset()
        self._aim()

    def _move(self) -> None:
        now = self._clock.nanos // NANOS_PER_CYCLE
        self._pio.advance(now - self._moved_at)
        self._moved_at = now
        self._aim()

    def _aim(self) -> None:
        wait = self._pio.next_due_fp - self._pio.cycle_fp
        if self._pio.stopped or wait > _FAR:
            self._alarm.cancel()
        else:
            self._alarm.schedule(max(-(-wait // _FRACTIONS), 1) * NANOS_PER_CYCLE)


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
