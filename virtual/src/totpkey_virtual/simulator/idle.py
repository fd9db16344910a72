"""Speeds up idle firmware: its loop turns less often while there is neither input nor output.

A simulated key spends most of its time in short sleeps, between which it polls. Once nothing has happened for
a while, a sleep lasts longer, but not beyond the next input. So only what the firmware does on a timer of its
own (a change of the light, the end of a wait) is delayed, by at most `LONGEST`. Reports are on time, and a
clock is read as often as ever.

A key that `dozes` sleeps longer still: for a share of the time since anything happened, so its light and its
own timers are late by that share. While nobody uses it and it waits for its clock's next second, it sleeps
until shortly before that. It must not doze while somebody reads its light. After a while in which nothing
happened at all, and with its port closed, it sleeps for up to half a day at a time, so that a day in its
socket costs little.
"""

from __future__ import annotations

from collections.abc import Callable

from totpkey_virtual.simulator.machine import MS, SECOND, Machine
from totpkey_virtual.simulator.usb import UsbDevice
from totpkey_virtual.simulator.wiring import Wiring

#: The longest sleep that counts as polling, the idle time before sleeps are extended, and their length then.
#: In ns.
NAP, CALM, LONGEST = 3 * MS, 20 * MS, 10 * MS
#: The length while the clock is read, which an interval of 10 ms is a multiple of.
READING = 5 * MS
#: So long after a report another of the same code may be due: the slowest pace is 0.5 s.
CODE = SECOND
#: How much later a report of a key that dozes may be.
TYPING = 12 * MS
#: A key that dozes sleeps for this part of its idle time, but no shorter and no longer than this.
SHARE, SHORT_DOZE, LONG_DOZE = 10, 50 * MS, SECOND
#: The idle time before that, which is a few rounds of the firmware's loop.
ROUNDS = 4 * MS
#: The idle time after which it sleeps for half as long again, and the longest such sleep. No press waits so
#: long, whose code would be late.
FORGOTTEN, LONGEST_DOZE = 90 * SECOND, 12 * 3600 * SECOND
#: How long it reads its clock after such a sleep, from which the firmware cannot count its seconds.
ALIGNS = 3 * SECOND
#: How long before the clock's next second it looks at the clock again: more than one of its readings.
AHEAD = 14 * MS
#: How long after a touch a person may touch it again.
ATTENDED = 3 * SECOND


class Idle:
    """Detects whether anything happens on one chip."""

    def __init__(self, machine: Machine, usb: UsbDevice, wiring: Wiring, feed: Callable[[int], None]) -> None:
        """`feed` puts the watchdog off by so many ns more, as the loop would that turns meanwhile."""
        self._machine = machine
        self._feed = feed
        self._usb = usb
        self._wiring = wiring
        self.dozes = False
        self._last: tuple[object, ...] = ()
        self._since = self._typed_at = 0
        self._touched_at = -ATTENDED - 1
        self._touches = wiring.touches
        self._typed = 0
        self._readings = self._read_at = self._looks = 0
        #: When the last sleep of a key that was forgotten ended.
        self._woke = 0

    def sleep(self, ns: int) -> None:
        """`time.sleep`: let `ns` pass, or more while the firmware only polls and nothing happens.

        Firmware that has not looked at the button since its last sleep does not poll: it computes.
        """
        machine, now = self._machine, self._machine.now
        polls, self._looks = machine.looks != self._looks, machine.looks
        seen = self._seen()
        if seen != self._last:
            self._last, self._since = seen, now
        if self._usb.keyboard.taken != self._typed:
            self._typed, self._typed_at = self._usb.keyboard.taken, now
        calm, types = now - self._since, now - self._typed_at < CODE
        if self.dozes and types and not polls:
            machine.wait(lambda: self._seen() != seen, TYPING)
        elif not polls or ns > NAP or calm < (ROUNDS if self.dozes else CALM):
            machine.spend(ns)
        elif self.dozes:
            doze = self._doze(now)
            self._feed(doze)
            machine.wait(lambda: self._seen() != seen, doze)
            self._feed(0)
        elif types:
            machine.spend(ns)
        else:
            machine.wait(lambda: self._seen() != seen, READING if self._reads() else LONGEST)

    def _doze(self, now: int) -> int:
        if self._wiring.touches != self._touches:
            self._touches, self._touched_at = self._wiring.touches, now
        calm = now - self._since
        reads = self._reads()
        if calm > FORGOTTEN and not self._usb.data.is_open and not (reads and now < self._woke + ALIGNS):
            doze = min(calm // 2, LONGEST_DOZE)
            self._woke = now + doze
            return doze
        doze = min(max(SHORT_DOZE, calm // SHARE), LONG_DOZE)
        if reads:
            used = self._usb.data.is_open or now - self._touched_at <= ATTENDED
            left = self._until_next_second() - AHEAD
            return max(LONGEST, min(doze, left) if used else left)
        return doze

    def _until_next_second(self) -> int:
        """Until the clock shows its next second."""
        return round((1 - self._wiring.clock.unix_time % 1) * SECOND)

    def _reads(self) -> bool:
        """Whether the clock was read a short while ago."""
        now, readings = self._machine.now, self._machine.readings
        if readings != self._readings:
            self._readings, self._read_at = readings, now
        return now - self._read_at < CALM

    def _seen(self) -> tuple[object, ...]:
        """A value that changes with every input and output of the firmware but the light, to which nothing
        answers."""
        usb, wiring = self._usb, self._wiring
        data, keyboard = usb.data, usb.keyboard
        return (
            self._machine.events,
            (usb.configured, usb.suspended, usb.idle, keyboard.received, keyboard.taken),
            (data.is_open, data.in_waiting, data.out_waiting),
            wiring.touches,
        )
