"""Device time: the processor's cycles, and alarms that the processor stops for."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from totpkey_virtual.chip.native_core import NEVER, CoreState

#: CircuitPython runs the RP2040 at 125 MHz. The first microseconds after power-on are slower, but not here.
CYCLES_PER_US = 125
NANOS_PER_CYCLE = 8


class DeviceAlarm:
    """A callback at a moment of device time. Rescheduling moves it (rp2040py's `IAlarm`)."""

    def __init__(self, clock: DeviceClock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self.callback = callback
        #: Ticket of the entry in the clock's queue that counts; None while not scheduled.
        self.ticket: int | None = None
        #: The moment in ns that it was last set for.
        self.due = 0

    def schedule(self, delta_nanos: float) -> None:
        self._set(self._clock.nanos + max(int(delta_nanos), 0))

    def repeat(self, period_nanos: int) -> None:
        """Set it a period after the moment it was last set for, so that late firing does not add up."""
        self._set(self.due + period_nanos)

    def _set(self, due: int) -> None:
        self.due = due
        self.ticket = self._clock.enqueue(self)

    def cancel(self) -> None:
        self.ticket = None


class DeviceClock:
    """rp2040py's `IClock` on the cycle counter. Alarms due at one moment fire in the order they were set."""

    def __init__(self) -> None:
        # The peripherals want a clock before the processor that carries it is there.
        self._state = CoreState()
        self._queue: list[tuple[int, int, DeviceAlarm]] = []
        self._tickets = count()
        self._limit = NEVER

    def follow(self, state: CoreState) -> None:
        """Take the time from `state`."""
        self._state = state

    @property
    def nanos(self) -> int:
        return int(self._state.cycles) * NANOS_PER_CYCLE

    def create_alarm(self, callback: Callable[[], None]) -> DeviceAlarm:
        return DeviceAlarm(self, callback)

    def enqueue(self, alarm: DeviceAlarm) -> int:
        """Fire `alarm` when it is due; the ticket of its entry."""
        ticket = next(self._tickets)
        heapq.heappush(self._queue, (alarm.due, ticket, alarm))
        self._aim()
        return ticket

    def limit(self, nanos: int) -> None:
        """Stop the processor at `nanos` at the latest."""
        self._limit = nanos
        self._aim()

    def fire_due(self) -> None:
        """Call every alarm whose moment has come, and aim the processor at the next."""
        while self._queue and self._queue[0][0] <= self.nanos:
            _, ticket, alarm = heapq.heappop(self._queue)
            if alarm.ticket == ticket:
                alarm.ticket = None
                alarm.callback()
        self._aim()

    def pass_time(self, until_nanos: int) -> None:
        """Let time go by with the processor standing still, as while flash is busy. Alarms fire."""
        while self._queue and self._queue[0][0] <= until_nanos:
            self._state.cycles = max(self._state.cycles, -(-self._queue[0][0] // NANOS_PER_CYCLE))
            self.fire_due()
        self._state.cycles = max(self._state.cycles, -(-until_nanos // NANOS_PER_CYCLE))

    def tick(self, delta_nanos: float) -> None:
        self.pass_time(self.nanos + int(delta_nanos))

    @property
    def has_scheduled_alarm(self) -> bool:
        return bool(self._queue)

    @property
    def nanos_to_next_alarm(self) -> int:
        return self._queue[0][0] - self.nanos if self._queue else 0

    def _aim(self) -> None:
        moment = min(self._limit, self._queue[0][0]) if self._queue else self._limit
        self._state.deadline = min(-(-moment // NANOS_PER_CYCLE), NEVER)
