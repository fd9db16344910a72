"""`keypad`: buttons on pins, debounced, and the queue of their events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from types import ModuleType

from ..context import Context
from ..machine import MS, SECOND
from .making import module
from .pins import Pin, PinUser
from .supervisor import ticks_ms

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

    return [module("keypad", Keys=keys, Event=Event, EventQueue=EventQueue)]
