"""`board`, `digitalio`, `pwmio` and `neopixel_write`: everything on single pins."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..context import Context
from ..machine import US
from ..wiring import FULL_DUTY
from .display import Display
from .making import constants, module

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


#: One byte at 800 kHz, and the pause that latches it.
_PIXEL_BYTE = 10 * US
_PIXEL_LATCH = 300 * US

Direction: Any = constants("digitalio.Direction", "INPUT", "OUTPUT")
Pull: Any = constants("digitalio.Pull", "UP", "DOWN")
DriveMode: Any = constants("digitalio.DriveMode", "PUSH_PULL", "OPEN_DRAIN")


class Pin:
    """One pin by its name in `board`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"board.{self.name}"


@cache
def pin_of(name: str) -> Pin:
    """The one object for that pin, which `board` and `microcontroller.pin` share."""
    return Pin(name)


class PinUser:
    """An object that owns pins. Each pin has one owner at a time, until `deinit` or the end of the run."""

    def __init__(self, context: Context, *pins: Pin) -> None:
        self._context = context
        self._wiring = context.chip.wiring
        self._pins: tuple[Pin, ...] = ()
        context.call()
        for pin in pins:
            if pin.name in context.pins_in_use:
                raise ValueError(f"{pin.name} in use")
        self._pins = pins
        context.pins_in_use.update(pin.name for pin in pins)

    def deinit(self) -> None:
        for pin in self._pins:
            self._context.pins_in_use.discard(pin.name)
            self._wiring.release(pin.name)
        self._pins = ()

    def _names(self) -> list[str]:
        self._context.call()
        if not self._pins:
            raise ValueError("Object has been deinitialized and can no longer be used. Create a new object.")
        return [pin.name for pin in self._pins]

    def __enter__(self) -> PinUser:
        return self

    def __exit__(self, *exception: object) -> None:
        self.deinit()


class DigitalInOut(PinUser):
    """Initially an input without pull, as on the chip."""

    def __init__(self, context: Context, pin: Pin) -> None:
        super().__init__(context, pin)
        self.drive_mode = DriveMode.PUSH_PULL
        self._pull: object = None
        self._output = False
        self._value = False

    def switch_to_output(self, value: bool = False, drive_mode: object = DriveMode.PUSH_PULL) -> None:
        self.drive_mode = drive_mode
        self._output = True
        self.value = value

    def switch_to_input(self, pull: object = None) -> None:
        self._output = False
        self._pull = pull
        self._wiring.release(self._names()[0])

    @property
    def direction(self) -> object:
        return Direction.OUTPUT if self._output else Direction.INPUT

    @direction.setter
    def direction(self, direction: object) -> None:
        if direction is Direction.OUTPUT:
            self.switch_to_output()
        else:
            self.switch_to_input()

    @property
    def pull(self) -> object:
        if self._output:
            raise AttributeError("Cannot get pull while in output mode")
        return self._pull

    @pull.setter
    def pull(self, pull: object) -> None:
        if self._output:
            raise AttributeError("Cannot set pull while in output mode")
        self._pull = pull

    @property
    def value(self) -> bool:
        name = self._names()[0]
        high = self._wiring.level(name, self._pull is Pull.UP)
        return high if not self._output or self.drive_mode is DriveMode.OPEN_DRAIN else self._value

    @value.setter
    def value(self, value: bool) -> None:
        if not self._output:
            raise AttributeError("Cannot set value when direction is input.")
        self._value = bool(value)
        if value and self.drive_mode is DriveMode.OPEN_DRAIN:
            self._wiring.release(self._names()[0])
        else:
            self._wiring.drive(self._names()[0], FULL_DUTY if value else 0)

    def show(self, data: bytes) -> None:
        """Write `data` to the NeoPixels at this pin, as `neopixel_write` does."""
        name = self._names()[0]
        self._context.machine.spend(len(data) * _PIXEL_BYTE + _PIXEL_LATCH)
        self._wiring.show_pixel(name, data)


class PWMOut(PinUser):
    def __init__(self, context: Context, pin: Pin, *, duty_cycle: int, frequency: int) -> None:
        super().__init__(context, pin)
        self.frequency = frequency
        self.duty_cycle = duty_cycle & FULL_DUTY

    @property
    def duty_cycle(self) -> int:
        return self._duty_cycle

    @duty_cycle.setter
    def duty_cycle(self, duty: int) -> None:
        if not 0 <= duty <= FULL_DUTY:
            raise ValueError("duty_cycle must be between 0 and 65535 inclusive (16 bit resolution)")
        self._duty_cycle = duty
        self._wiring.drive(self._names()[0], duty)


def modules(context: Context) -> list[ModuleType]:
    pins = {name: pin_of(name) for name in context.chip.wiring.pins}

    def digital_in_out(pin: Pin) -> DigitalInOut:
        return DigitalInOut(context, pin)

    def pwm_out(
        pin: Pin, *, duty_cycle: int = 0, frequency: int = 500, variable_frequency: bool = False
    ) -> PWMOut:
        return PWMOut(context, pin, duty_cycle=duty_cycle, frequency=frequency)

    def neopixel_write(digitalinout: DigitalInOut, data: ReadableBuffer) -> None:
        digitalinout.show(bytes(data))

    display = {"DISPLAY": Display(context)} if context.chip.wiring.board.display else {}
    return [
        module("board", board_id=context.chip.board_id, **pins, **display),
        module("digitalio", DigitalInOut=digital_in_out, Direction=Direction, Pull=Pull, DriveMode=DriveMode),
        module("pwmio", PWMOut=pwm_out),
        module("neopixel_write", neopixel_write=neopixel_write),
    ]
