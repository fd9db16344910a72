"""A real Linux computer that sleeps, restarts, or suspends idle ports, while the key types a code into it.

CircuitPython says that the key can wake its computer. QEMU hides that from the guest, so Linux, which waits
for keystrokes, leaves the port awake. What it does with a key that can wake it is not tested here.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.kernel.guest import COUNTED, SETTLED, Guest, Seat, distinct
from tests.kernel.port import GuestPort
from totpkey.keyboard.layouts import layouts
from totpkey.link.replies import Typing
from totpkey_protocol.words import TOP_ROW
from totpkey_virtual.chip.descriptors import WAKES

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

#: Typed slowly, so that what happens to the computer happens within it.
ACCOUNT = replace(COUNTED, recipe="{SLOW}{code}")
#: What that takes, the switching of lock keys included, and what a key takes to restart, in seconds.
_TYPED, _RESTARTED = 3.0, 5.0
#: All that sleeps but the processor; the computer wakes up by itself (the kernel's basic-pm-debugging.rst).
_SLEEP = "echo devices > /sys/power/pm_test; echo 1 > /sys/module/suspend/parameters/pm_test_delay; sync"


def digits(port: GuestPort, since: int) -> int:
    """How many reports with a key down the kernel got."""
    return sum(line.startswith("report") and any(bytes.fromhex(line[9:])) for line in port.log[since:])


def type_until(seat: Seat, count: int) -> GuestPort:
    """Press, and wait until so many digits of the code have gone out."""
    port = seat.computer.port
    assert port is not None
    begun = len(port.log)
    seat.computer.run("> /tmp/typed")
    seat.touch()
    assert seat.computer.wait_until(lambda: digits(port, begun) >= count), seat.told()
    return port


@pytest.mark.parametrize("count", [1, 4])
def test_a_computer_that_falls_asleep_within_a_code(computer: Guest, seat: Seat, count: int) -> None:
    """What arrives is the beginning of the code; no key is repeated for ever; the next code arrives whole."""
    seat.set_locks(True, False)
    computer.let_pass(SETTLED)
    computer.run(_SLEEP)
    port = type_until(seat, count)
    port.falls_asleep = True
    awake = computer.start("echo mem > /sys/power/state")
    assert computer.wait_until(awake)
    assert port.suspends, seat.told()
    port.suspends = 0
    code = seat.next_code()
    seat.skip_code()
    computer.let_pass(_RESTARTED)
    arrived = seat.read()
    assert distinct(code).startswith(distinct(arrived)), (arrived, code, seat.told())
    computer.let_pass(1)
    assert seat.read() == arrived
    computer.await_keyboard()
    computer.let_pass(SETTLED)
    seat.expect_locks(True, False)
    seat.expect_code(_TYPED)


def test_a_press_while_it_sleeps_types_nothing(computer: Guest, seat: Seat) -> None:
    computer.run(_SLEEP)
    computer.run("> /tmp/typed")
    port = computer.port
    assert port is not None
    port.falls_asleep = True
    awake = computer.start("echo mem > /sys/power/state")
    assert computer.wait_until(lambda: port.suspends > 0)
    port.suspends = 0
    begun = len(port.log)
    seat.touch()
    assert computer.wait_until(awake)
    computer.let_pass(_TYPED)
    assert seat.read() == ""
    assert not digits(port, begun), seat.told()
    seat.expect_code(_TYPED)


def test_a_computer_that_starts_anew_within_a_code(computer: Guest, seat: Seat) -> None:
    """The key has power throughout. NumLock is off afterwards, and nobody tells."""
    seat.set_locks(True, False)
    computer.let_pass(SETTLED)
    type_until(seat, 2)
    seat.skip_code()
    computer.reset()
    expect_another_start(computer, seat)


def test_lights_that_change_in_the_instant_of_a_reset(computer: Guest, seat: Seat) -> None:
    """CircuitPython's USB code stops with a hard fault there, and the key restarts itself."""
    port = computer.port
    assert port is not None
    with computer.standing_still():
        seat.set_locks(True, False)
        resets = port.resets
        computer.reset()
        assert computer.wait_until(lambda: port.resets > resets)
    expect_another_start(computer, seat)


def expect_another_start(computer: Guest, seat: Seat) -> None:
    """The computer comes up with a new console, and the key types its next code there."""
    computer.boot()
    computer.await_keyboard()
    computer.let_pass(_RESTARTED)
    assert seat.read() == ""
    seat.expect_locks(False, False)
    seat.expect_code(_TYPED)
    seat.expect_locks(False, False)


#: Linux leaves a keyboard alone while NumLock's light is on: that must not be why.
TYPING, TABLE = Typing(TOP_ROW, 0, 0, 3, "us"), layouts()["us"].table
#: Where the guest's kernel keeps the settings of the key, and of its port's power.
_DEVICE = "$(echo /sys/bus/usb/drivers/usbhid/*:* | sed 's,drivers/usbhid/,devices/,;s,:.*,,')"


def test_no_idle_moment_within_a_code_suspends_the_port(computer: Guest, seat: Seat) -> None:
    """Between two digits that are the same no key is down, and slow ones leave the kernel time."""
    port = computer.port
    assert port is not None
    seat.set_locks(False, False)
    assert computer.run(f"cat {_DEVICE}/power/control").strip() == "on", "it suspends none unless told to"
    computer.run(f"echo 0 > {_DEVICE}/power/autosuspend_delay_ms; echo auto > {_DEVICE}/power/control")
    computer.let_pass(SETTLED)
    while all(first != second for first, second in pairwise(seat.next_code())):
        seat.expect_code(_TYPED)
    seat.expect_code(_TYPED)
    told = computer.run(f"cat {_DEVICE}/power/control {_DEVICE}/power/runtime_status {_DEVICE}/bmAttributes")
    control, status, attributes = told.split()
    assert (control, status, port.suspends) == ("auto", "active", 0)
    assert not int(attributes, 16) & WAKES, "QEMU lets it through: see what Linux does"
