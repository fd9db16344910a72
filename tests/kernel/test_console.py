"""What a real Linux kernel receives from the key: six digits, whatever happens to lock keys and cable.

`make codes` types 1000 codes at the console of an initramfs: none is wrong.
"""

from __future__ import annotations

import re

import pytest

from tests.kernel.guest import COUNTED, KEYPAD, SETTLED, Guest, Seat
from tests.support.cases import CODES

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

ACCOUNT = COUNTED
#: The usage of NumLock in a report, as the port's log has it (HID Usage Tables, page 7).
_NUM_LOCK = "report 01000053"


@pytest.mark.quick
@pytest.mark.parametrize("capital", [False, True], ids=["", "CapsLock"])
@pytest.mark.parametrize("number", [True, False], ids=["NumLock", ""])
def test_six_digits_on_the_console(seat: Seat, number: bool, capital: bool) -> None:
    seat.set_locks(number, capital)
    seat.computer.let_pass(SETTLED)
    # Twice: after the first the key's idea of NumLock has to be the kernel's still.
    for _ in range(2):
        seat.expect_code()
        seat.expect_locks(number, capital)


@pytest.mark.quick
def test_lights_that_change_at_once_all_reach_the_key(computer: Guest, seat: Seat) -> None:
    """The chip takes one report at a time; a controller holds the next one until it can."""
    seat.set_locks(True, False)
    computer.let_pass(SETTLED)
    with computer.standing_still():
        seat.set_locks(False, True)
        seat.set_locks(True, False)
    computer.let_pass(SETTLED)
    port = computer.port
    assert port is not None
    begun = len(port.log)
    seat.expect_code()
    assert not any(_NUM_LOCK in line for line in port.log[begun:]), seat.told()
    seat.expect_locks(True, False)


@pytest.mark.quick
def test_each_key_goes_down_once_and_up(computer: Guest, seat: Seat) -> None:
    seat.set_locks(True, False)
    (number,) = re.findall(r"event(\d+)\n", computer.run("ls -d /sys/bus/usb/devices/*/*/*/input/*/event*"))
    computer.run(f"cat /dev/input/event{number} > /tmp/events &")
    typed = seat.next_code()
    seat.expect_code()
    dump = computer.run("kill $!; od -A n -v -t u2 -w24 /tmp/events")
    # An event (input.h): 16 bytes of time, kind, code, and a value of four bytes.
    rows = [line.split() for line in dump.splitlines()]
    keys = [tuple(map(int, row[8:11])) for row in rows if len(row) == 12]
    # Presses that were made again are before it.
    downs = "".join(KEYPAD[code] for kind, code, value in keys if kind == 1 and value == 1 and code in KEYPAD)
    ups = [code for kind, code, value in keys if kind == 1 and value == 0]
    assert downs.endswith(typed)
    assert len(ups) == len(downs)


@pytest.mark.quick
def test_replugged_it_types_again(computer: Guest, seat: Seat) -> None:
    computer.unplug()
    assert computer.wait_until(lambda: not computer.has("/sys/bus/usb/drivers/usbhid/*:*"))
    computer.key.wait_unplugged(1)
    computer.plug()
    computer.await_keyboard()
    computer.let_pass(SETTLED)
    seat.expect_code()


def test_all_codes_are_right(seat: Seat) -> None:
    seat.computer.let_pass(SETTLED)
    for _ in range(CODES):
        seat.expect_code()
    assert len(seat.used) >= CODES
