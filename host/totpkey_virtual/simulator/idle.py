"""Firmware that only waits is let sleep on: its loop turns less often while nothing comes and nothing goes.

A simulated key spends most of its time in naps of 1 ms, between which it looks whether there is anything to
do. Where neither the key nor what is around it has done anything for a while, a nap lasts longer, but never
beyond the next thing that comes from outside. So only what the firmware does at a set time of its own (a
light that changes, a wait that ends) comes later, by `LONGEST` at most. Reports come at their times.
"""

from __future__ import annotations

from .machine import MS, SECOND, Machine
from .usb import UsbDevice
from .wiring import Wiring

#: What counts as a nap, how long nothing has to happen, and how long a nap lasts then. In ns.
NAP, CALM, LONGEST = MS, 50 * MS, 10 * MS
#: So long after a report another of the same code may be due: the slowest pace is 0.5 s.
CODE = SECOND


class Idle:
    """Watches one chip for whether anything happens."""

    def __init__(self, machine: Machine, usb: UsbDevice, wiring: Wiring) -> None:
        self._machine = machine
        self._usb = usb
        self._wiring = wiring
        self._last: tuple[object, ...] = ()
        self._since = self._typed_at = 0
        self._typed = 0

    def sleep(self, ns: int) -> None:
        """`time.sleep`: let `ns` pass, or more if it is a nap and nothing happens."""
        machine, now = self._machine, self._machine.now
        seen = self._seen()
        if seen != self._last:
            self._last, self._since = seen, now
        if self._usb.keyboard.taken != self._typed:
            self._typed, self._typed_at = self._usb.keyboard.taken, now
        if ns > NAP or now - self._since < CALM or now - self._typed_at < CODE:
            machine.spend(ns)
        else:
            machine.wait(lambda: self._seen() != seen, LONGEST)

    def _seen(self) -> tuple[object, ...]:
        """Changes whenever something comes to the firmware or goes out of it."""
        usb, wiring = self._usb, self._wiring
        data, keyboard = usb.data, usb.keyboard
        return (
            self._machine.events,
            (usb.configured, usb.suspended, usb.idle, keyboard.received, keyboard.taken),
            (data.is_open, data.in_waiting, data.out_waiting),
            (wiring.button_pressed, len(wiring.pressed_keys), wiring.light, wiring.pixels),
        )
