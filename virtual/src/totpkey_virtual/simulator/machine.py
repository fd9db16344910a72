"""Virtual time, and the switching between the firmware's thread and the driver's.

Exactly one of the two runs at any moment. The driver calls `run_to` and blocks until the firmware has used up
the given time. Device time passes only in `spend`, which every stand-in calls.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from queue import SimpleQueue

US = 1_000
MS = 1_000_000
SECOND = 1_000_000_000


class Halt(BaseException):
    """The chip stops executing here. After that, every stand-in raises it again until the run has ended.

    So the firmware has no effect any more, whatever it catches and whatever its `finally` blocks do.
    """


class PowerLost(Halt):
    """Unplugged."""


class ChipReset(Halt):
    """A reset of the whole chip, for `reason` (a name of microcontroller.ResetReason)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Timer:
    """An action at a set device time, unless it is cancelled."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Machine:
    """One power-on of a chip: its time in ns, its timers, and the thread that runs its firmware."""

    def __init__(self) -> None:
        #: Device time in ns since power-on.
        self.now = 0
        #: Counts the firmware's inputs and outputs: key events, transfers on a bus other than the clock's.
        self.events = 0
        #: Counts transfers on the clock's bus, which the firmware also makes while nothing happens.
        self.readings = 0
        #: Counts how often the firmware has looked whether a button was touched.
        self.looks = 0
        #: What looks at the pins by interrupts, and from when on it does again. None: interrupts are off.
        self.watchers: list[Callable[[], None]] = []
        self.watched_from: int | None = 0
        self._deadline = 0
        self._timers: list[tuple[int, int, Timer]] = []
        self._order = itertools.count()
        self._halt: Halt | None = None
        self._thread: threading.Thread | None = None
        #: An item is one turn to run. These queues are written in C, and so quicker than a semaphore.
        self._firmwares_turns = SimpleQueue[None]()
        self._drivers_turns = SimpleQueue[None]()
        self._fault: BaseException | None = None

    # Firmware's side

    def pass_by(self, ns: int) -> None:
        """`spend`, quickly if nothing happens meanwhile: firmware does this a million times an hour."""
        target, timers = self.now + ns, self._timers
        if self._halt is None and target < self._deadline and (not timers or timers[0][0] > target):
            self.now = target
        else:
            self.spend(ns)

    def spend(self, ns: int) -> None:
        """Let `ns` of device time pass. Raises Halt if the chip stops during it."""
        target = self.now + ns
        if self._halt is None and target < self._deadline and not self._due(target):
            self.now = target
            return
        self._check()
        while True:
            stop = min(target, self._deadline)
            self._fire_until(stop)
            self._check()
            # A timer may have moved the driver's deadline.
            self.now = max(self.now, min(stop, self._deadline))
            if self.now >= self._deadline:
                self._hand_over()
                self._check()
            if self.now >= target:
                return

    def hush(self, ns: int) -> None:
        """`spend` with interrupts off, as an access to flash does. Directly after it they are off still."""
        for look in self.watchers:
            look()
        self.watched_from = None
        try:
            self.spend(ns)
        finally:
            self.watched_from = self.now + 1

    def wait(self, condition: Callable[[], bool], timeout: int | None = None) -> bool:
        """Let time pass until `condition()`. False if `timeout` ns pass first.

        Only timers and the driver can change a condition's result, so it is evaluated only after those.
        """
        end = None if timeout is None else self.now + timeout
        while not condition():
            if end is not None and self.now >= end:
                return False
            stop = self._deadline if end is None else min(self._deadline, end)
            if self._timers:
                stop = min(stop, self._timers[0][0])
            self.spend(max(0, stop - self.now))
        return True

    def halt(self, halt: Halt) -> None:
        """Stop the firmware at its next step."""
        self._halt = halt

    def restart(self) -> None:
        """Allow running again after a reset has ended the run."""
        self._halt = None

    @property
    def halted(self) -> bool:
        return self._halt is not None

    def _check(self) -> None:
        if self._halt is not None:
            raise self._halt

    def _hand_over(self) -> None:
        self._drivers_turns.put(None)
        self._firmwares_turns.get()

    # Timers

    def after(self, ns: int, action: Callable[[], None]) -> Timer:
        """Call `action` in `ns`. The time that it spends itself is taken from the code that was running."""
        timer = Timer(action)
        heapq.heappush(self._timers, (self.now + ns, next(self._order), timer))
        return timer

    def _due(self, moment: int) -> bool:
        return bool(self._timers) and self._timers[0][0] <= moment

    def _fire_until(self, moment: int) -> None:
        while self._halt is None and self._due(min(moment, self._deadline)):
            when, _, timer = heapq.heappop(self._timers)
            self.now = max(self.now, when)
            if timer.action is not None:
                timer.action()

    # Driver's side

    def start(self, main: Callable[[], None]) -> None:
        """Prepare the thread that runs `main`. Nothing runs until `run_to`."""
        self._thread = threading.Thread(target=self._live, args=(main,), name="firmware", daemon=True)
        self._thread.start()

    def _live(self, main: Callable[[], None]) -> None:
        self._firmwares_turns.get()
        try:
            self._check()
            main()
        except PowerLost:
            pass
        except BaseException as fault:  # noqa: BLE001 - a fault of the simulator belongs to the driver
            self._fault = fault
        self._thread = None
        self._drivers_turns.put(None)

    def run_to(self, moment: int) -> None:
        """Let the firmware run until device time `moment`."""
        self._deadline = moment
        self._resume()

    def run_until(self, condition: Callable[[], bool], moment: int, step: int) -> bool:
        """Run until `condition()`, evaluated every `step` ns. False if `moment` comes first.

        It is evaluated in the firmware's thread while the driver blocks, because switching is slow.
        """
        met = False
        problem: Exception | None = None
        timer: Timer

        def look() -> None:
            nonlocal timer, met, problem
            try:
                met = condition()
            except Exception as error:  # noqa: BLE001 - it belongs to the driver, not to the firmware
                problem = error
            if met or problem:
                self._deadline = self.now
            else:
                timer = self.after(step, look)

        timer = self.after(step, look)
        self.run_to(moment)
        timer.cancel()
        if problem is not None:
            raise problem
        return met

    def cut_power(self) -> None:
        """Cut the power: the firmware's thread unwinds and ends."""
        self._halt = PowerLost()
        self._resume()

    def _resume(self) -> None:
        if self._thread is not None:
            self._firmwares_turns.put(None)
            self._wait_for_hand_over()
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    def _wait_for_hand_over(self) -> None:
        """Wait for the other thread. A Ctrl-C is raised only after its turn, so that never both run."""
        interrupt: KeyboardInterrupt | None = None
        while True:
            try:
                self._drivers_turns.get()
                break
            except KeyboardInterrupt as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt
