"""`board`, `digitalio`, `pwmio`, `neopixel_write` and `keypad`: everything on single pins."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..context import Context
from ..machine import MS, SECOND, US
from ..wiring import FULL_DUTY
from .display import Display
from .making import constants, module
from .supervisor import ticks_ms

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


#: One byte at 800 kHz, and the pause that latches it.
_PIXEL_BYTE = 10 * US
_PIXEL_LATCH = 300 * US

MOST_DEBOUNCE = 127

Direction: Any = constants("digitalio.Direction", "INPUT", "OUTPUT")
Pull: Any = constants("digitalio.Pull", "UP", "DOWN")
DriveMode: Any = constants("digitalio.DriveMode", "PUSH_PULL", "OPEN_DRAIN")


class Pin:
    """One pin by its name in `board`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"board.{self.name}"


class PinUser:
    """Whatever holds pins: each pin has one user at a time, until `deinit` or the end of the run."""

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
    """An input without pull at first, as after construction on the chip."""

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
        return self._value if self._output else self._wiring.level(name, self._pull is Pull.UP)

    @value.setter
    def value(self, value: bool) -> None:
        if not self._output:
            raise AttributeError("Cannot set value when direction is input.")
        self._value = bool(value)
        self._wiring.drive(self._names()[0], FULL_DUTY if value else 0)

    def show(self, data: bytes) -> None:
        """What `neopixel_write` does with this pin."""
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


class Event:
    """Two events are equal if key and direction are; their timestamps do not count."""

    def __init__(self, key_number: int = 0, pressed: bool = True, timestamp: int = 0) -> None:
        self.key_number = key_number
        self.pressed = pressed
        self.timestamp = timestamp

    @property
    def released(self) -> bool:
        return not self.pressed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and hash(self) == hash(other)

    def __hash__(self) -> int:
        return self.key_number << 1 | self.pressed

    def __repr__(self) -> str:
        return f"<Event: key_number {self.key_number} {'pressed' if self.pressed else 'released'}>"


class EventQueue:
    """Filled by the scanner; when full, the newest event is lost and `overflowed` tells."""

    def __init__(self, context: Context, most: int) -> None:
        self._context = context
        self._most = most
        self._events: deque[Event] = deque()
        self.overflowed = False

    def record(self, event: Event) -> None:
        self._context.machine.events += 1
        if len(self._events) < self._most:
            self._events.append(event)
        else:
            self.overflowed = True

    def get(self) -> Event | None:
        self._context.call()
        return self._events.popleft() if self._events else None

    def get_into(self, event: Event) -> bool:
        next_event = self.get()
        if next_event is None:
            return False
        event.__dict__.update(next_event.__dict__)
        return True

    def clear(self) -> None:
        self._context.call()
        self._events.clear()
        self.overflowed = False

    def __len__(self) -> int:
        self._context.call()
        return len(self._events)

    def __bool__(self) -> bool:
        return len(self) > 0


class Keys(PinUser):
    """Samples its pins every `interval`, at construction for the first time.

    A key that is held then gives no press, only its release later, until `reset` counts it as released
    (shared-module/keypad/__init__.c: each counter starts at 0, between the two states).
    """

    def __init__(
        self,
        context: Context,
        pins: Sequence[Pin],
        value_when_pressed: bool,
        interval: float,
        max_events: int,
        debounce_threshold: int,
    ) -> None:
        super().__init__(context, *pins)
        self.key_count = len(pins)
        self.events = EventQueue(context, max_events)
        self._value_when_pressed = value_when_pressed
        self._interval = max(MS, round(interval * SECOND))
        self._threshold = debounce_threshold
        #: From -threshold (released) to threshold (pressed); an event is due where it comes to 0.
        self._counters = [0] * self.key_count
        context.cleanups.append(self.deinit)
        self._scan()
        self._context.machine.after(self._interval, self._scan_again)

    def reset(self) -> None:
        """All keys count as released; one that is pressed gives a new event."""
        self._counters = [-self._threshold] * self.key_count
        self._scan()

    def _scan_again(self) -> None:
        if self._pins:
            self._scan()
            self._context.machine.after(self._interval, self._scan_again)

    def _scan(self) -> None:
        for number, pin in enumerate(self._pins):
            level = self._wiring.level(pin.name, not self._value_when_pressed)
            self._debounce(number, level == self._value_when_pressed)

    def _debounce(self, number: int, pressed: bool) -> None:
        """A change counts once it was seen `debounce_threshold` times more often than not."""
        step = 1 if pressed else -1
        if self._counters[number] == step * self._threshold:
            return
        self._counters[number] += step
        if self._counters[number] == 0:
            self._counters[number] = step * self._threshold
            self.events.record(Event(number, pressed, ticks_ms(self._context)))


def modules(context: Context) -> list[ModuleType]:
    pins = {name: Pin(name) for name in context.chip.wiring.pins}

    def digital_in_out(pin: Pin) -> DigitalInOut:
        return DigitalInOut(context, pin)

    def pwm_out(
        pin: Pin, *, duty_cycle: int = 0, frequency: int = 500, variable_frequency: bool = False
    ) -> PWMOut:
        return PWMOut(context, pin, duty_cycle=duty_cycle, frequency=frequency)

    def neopixel_write(digitalinout: DigitalInOut, data: ReadableBuffer) -> None:
        digitalinout.show(bytes(data))

    def keys(
        pins: Sequence[Pin],
        *,
        value_when_pressed: bool,
        pull: bool = True,
        interval: float = 0.020,
        max_events: int = 64,
        debounce_threshold: int = 1,
    ) -> Keys:
        if interval < 0 or max_events < 1 or not 1 <= debounce_threshold <= MOST_DEBOUNCE:
            raise ValueError("interval, max_events or debounce_threshold out of range")
        return Keys(context, pins, value_when_pressed, interval, max_events, debounce_threshold)

    display = {"DISPLAY": Display(context)} if context.chip.wiring.board.display else {}
    return [
        module("board", board_id=context.chip.board_id, **pins, **display),
        module("digitalio", DigitalInOut=digital_in_out, Direction=Direction, Pull=Pull, DriveMode=DriveMode),
        module("pwmio", PWMOut=pwm_out),
        module("neopixel_write", neopixel_write=neopixel_write),
        module("keypad", Keys=keys, Event=Event, EventQueue=EventQueue),
    ]
