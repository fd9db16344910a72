"""A real Linux computer that sleeps, or restarts, while the key types a code into it."""

from __future__ import annotations

import pytest

from tests.kernel.guest import Guest
from tests.kernel.port import GuestPort
from tests.kernel.seat import SETTLED, Seat, distinct
from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

#: Typed slowly, so that what happens to the computer happens within it.
ACCOUNT = Account(
    "Linux",
    "me",
    bytes.fromhex("0d9c41b7e35a862f70c1d8e94b3a65f2178ce0a4"),
    type=HOTP,
    recipe="{SLOW}{code}",
)
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
