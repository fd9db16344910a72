"""Device time, counted in processor cycles, and alarms at which the processor stops."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from totpkey_virtual.chip.core_library import CYCLES_PER_US, NEVER, CoreState

NANOS_PER_CYCLE = 1000 // CYCLES_PER_US


class DeviceAlarm:
    """A callback at a moment of device time. Rescheduling moves it (rp2040py's `IAlarm`)."""

    def __init__(self, clock: DeviceClock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self.callback = callback
        #: Ticket of its valid entry in the clock's queue; None while not scheduled.
        self.ticket: int | None = None
        #: The time it was last set for, in ns.
        self.due = 0

    def schedule(self, delta_nanos: float) -> None:
        self._set(self._clock.nanos + max(int(delta_nanos), 0))

    def repeat(self, period_nanos: int) -> None:
        """Schedule it one period after its last due time, so that delays do not add up."""
        self._set(self.due + period_nanos)

    def _set(self, due: int) -> None:
        self.due = due
        self.ticket = self._clock.enqueue(self)

    def cancel(self) -> None:
        self.ticket = None


class DeviceClock:
    """rp2040py's `IClock` on the cycle counter. Alarms for one moment fire in the order they were set."""

    def __init__(self) -> None:
        # The peripherals need a clock before the processor that counts it exists.
        self._state = CoreState()
        self._queue: list[tuple[int, int, DeviceAlarm]] = []
        self._tickets = 0
        self._limit = NEVER

    def follow(self, state: CoreState) -> None:
        """Use the time in `state`."""
        self._state = state

    @property
    def nanos(self) -> int:
        return int(self._state.cycles) * NANOS_PER_CYCLE

    def create_alarm(self, callback: Callable[[], None]) -> DeviceAlarm:
        return DeviceAlarm(self, callback)

    def enqueue(self, alarm: DeviceAlarm) -> int:
        """Schedule `alarm`. Returns its ticket."""
        ticket = self._tickets = self._tickets + 1
        heapq.heappush(self._queue, (alarm.due, ticket, alarm))
        self._aim()
        return ticket

    def limit(self, nanos: int) -> None:
        """Stop the processor at `nanos` at the latest."""
        self._limit = nanos
        self._aim()

    def fire_due(self) -> None:
        """Fire all alarms that are due, and set the processor's deadline to the next."""
        while self._queue and self._queue[0][0] <= self.nanos:
            _, ticket, alarm = heapq.heappop(self._queue)
            if alarm.ticket == ticket:
                alarm.ticket = None
                alarm.callback()
        self._aim()

    def pass_time(self, until_nanos: int) -> None:
        """Let time pass while the processor is stalled, as when flash is busy. Alarms fire."""
        while self._queue and self._queue[0][0] <= until_nanos:
            self._state.cycles = max(self._state.cycles, -(-self._queue[0][0] // NANOS_PER_CYCLE))
            self.fire_due()
        self._state.cycles = max(self._state.cycles, -(-until_nanos // NANOS_PER_CYCLE))

    def _aim(self) -> None:
        moment = min(self._limit, self._queue[0][0]) if self._queue else self._limit
        self._state.deadline = min(-(-moment // NANOS_PER_CYCLE), NEVER)
