"""`board`, `digitalio`, `pwmio`, `neopixel_write` and `keypad`: everything on pins.

`keypad` has buttons, debounced, and the queue of their events.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from totpkey_virtual.simulator.context import Context, constants, module
from totpkey_virtual.simulator.machine import MS, SECOND, US
from totpkey_virtual.simulator.standins.display import Display
from totpkey_virtual.simulator.standins.supervisor import ticks_ms
from totpkey_virtual.simulator.wiring import FULL_DUTY

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


MOST_DEBOUNCE = 127


class Event:
    """Two events are equal if key and direction are, whatever their timestamps."""

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
    """Filled by `scan`. When it is full, new events are lost and `overflowed` is set."""

    def __init__(self, context: Context, most: int, scan: Callable[[], None]) -> None:
        self._context = context
        self._most = most
        self._scan = scan
        self._events: deque[Event] = deque()
        self._overflowed = False

    @property
    def overflowed(self) -> bool:
        self._scan()
        return self._overflowed

    def record(self, event: Event) -> None:
        self._context.machine.events += 1
        if len(self._events) < self._most:
            self._events.append(event)
        else:
            self._overflowed = True

    def get(self) -> Event | None:
        self._context.machine.looks += 1
        self._call()
        return self._events.popleft() if self._events else None

    def get_into(self, event: Event) -> bool:
        next_event = self.get()
        if next_event is None:
            return False
        event.__dict__.update(next_event.__dict__)
        return True

    def clear(self) -> None:
        self._call()
        self._events.clear()
        self._overflowed = False

    def __len__(self) -> int:
        self._call()
        return len(self._events)

    def _call(self) -> None:
        self._context.call()
        self._scan()

    def __bool__(self) -> bool:
        return len(self) > 0


class Keys(PinUser):
    """Samples its pins every `interval`, first at construction. The samples are taken late: when the queue is
    looked at, and before a finger comes or goes.

    A key that is held at construction gives no press, only a release, until `reset` marks it as released
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
        self._machine = context.machine
        self.key_count = len(pins)
        self.events = EventQueue(context, max_events, self._catch_up)
        self._value_when_pressed = value_when_pressed
        self._interval = max(MS, round(interval * SECOND))
        self._threshold = debounce_threshold
        #: From -threshold (released) to threshold (pressed). An event occurs when it reaches 0.
        self._counters = [0] * self.key_count
        #: How many touches there were when a sample changed nothing.
        self._steady = -1
        context.cleanups.append(self.deinit)
        context.cleanups.append(lambda: self._machine.watchers.remove(self._catch_up))
        self._machine.watchers.append(self._catch_up)
        self._wiring.before_touch.append(self._catch_up)
        self._next = self._machine.now
        self._catch_up()

    def reset(self) -> None:
        """Mark all keys as released. A pressed one gives a new event."""
        self._catch_up()
        self._steady = -1
        self._counters = [-self._threshold] * self.key_count
        self._scan(self._machine.now)

    def _catch_up(self) -> None:
        """Take the samples that are due by now. Once one changes nothing, those after it do not, either.

        None are taken while flash is written; one that was due then is taken after it.
        """
        now, watched_from = self._machine.now, self._machine.watched_from
        if watched_from is None:
            return
        self._next = max(self._next, watched_from)
        while self._next <= now and self._steady != self._wiring.touches:
            if not self._scan(self._next):
                self._steady = self._wiring.touches
            self._next += self._interval
        if self._next <= now:
            self._next += ((now - self._next) // self._interval + 1) * self._interval

    def _scan(self, moment: int) -> bool:
        """Sample every pin. Returns whether that changed anything."""
        changed = False
        for number, pin in enumerate(self._pins):
            level = self._wiring.level(pin.name, not self._value_when_pressed)
            changed |= self._debounce(number, level == self._value_when_pressed, moment)
        return changed

    def _debounce(self, number: int, pressed: bool, moment: int) -> bool:
        """Accept a change once samples with it outnumber the others by `debounce_threshold`."""
        step = 1 if pressed else -1
        if self._counters[number] == step * self._threshold:
            return False
        self._counters[number] += step
        if self._counters[number] == 0:
            self._counters[number] = step * self._threshold
            self.events.record(Event(number, pressed, ticks_ms(self._context, moment)))
        return True


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
