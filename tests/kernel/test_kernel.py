"""What a real Linux kernel makes of the key: six digits, whatever lock keys, sleep and cable do."""

from __future__ import annotations

import re

import pytest

from tests.kernel.conftest import SHORT
from tests.kernel.guest import KEYPAD, Guest
from totpkey.accounts import codes

pytestmark = [pytest.mark.kernel, pytest.mark.chip]

#: What the kernel needs to take what a new keyboard types, and the key to settle, in seconds.
_SETTLED = 3.0
#: After this long the kernel repeats a key that is down (input.c), in seconds, less some for safety.
_REPEAT_DELAY = 0.1
_TRIES = 10


def expected(computer: Guest) -> set[str]:
    """The codes of this moment and the last."""
    now = int(computer.key.true_time)
    return {
        codes.totp(SHORT.secret, moment, SHORT.algorithm, SHORT.digits, SHORT.period)
        for moment in (now, now - SHORT.period)
    }


def in_time(computer: Guest) -> None:
    """Wait until a code that is typed now is not about to end, and none was typed of it before."""
    computer.key.run(0)
    begun = int(computer.key.true_time) // SHORT.period
    assert computer.wait_until(lambda: int(computer.key.true_time) // SHORT.period > begun)


def press(computer: Guest) -> str:
    """What arrives on the first text console after a press.

    Where this machine let the chip stand still for long within it, the kernel has repeated a key that was
    down: that says something of the machine alone, and the press is made again.
    """
    for _ in range(_TRIES):
        in_time(computer)
        computer.run("> /tmp/typed")
        computer.lag = 0.0
        computer.key.set_button(True)
        computer.let_pass(0.1)
        computer.key.set_button(False)
        computer.let_pass(1.5)
        lag = computer.lag
        typed = computer.run("cat /tmp/typed")
        if lag < _REPEAT_DELAY:
            return typed
    pytest.skip("this machine has too much else to do: the chip stands still within a code")


def locks(computer: Guest) -> tuple[bool, bool]:
    """NumLock and CapsLock, as the lights of the key's keyboard in the guest."""
    lights = "/sys/bus/usb/devices/*/*/*/input/*/*::"
    told = computer.run(f"cat {lights}numlock/brightness {lights}capslock/brightness")
    number, capital = (line != "0" for line in told.split()[:2])
    return number, capital


def set_locks(computer: Guest, number: bool, capital: bool) -> None:
    """By the computer's own keyboard."""
    for name, wanted, place in (("num_lock", number, 0), ("caps_lock", capital, 1)):
        if locks(computer)[place] != wanted:
            computer.send_key(name)
            assert computer.wait_until(lambda: locks(computer)[place] == wanted), (name, computer.port)  # noqa: B023


@pytest.mark.parametrize("capital", [False, True], ids=["", "CapsLock"])
@pytest.mark.parametrize("number", [True, False], ids=["NumLock", ""])
def test_six_digits_on_the_console(computer: Guest, number: bool, capital: bool) -> None:
    set_locks(computer, number, capital)
    computer.let_pass(_SETTLED)
    typed = press(computer)
    assert computer.port
    assert typed in expected(computer), computer.port.log[-20:]
    assert locks(computer) == (number, capital), computer.port.log[-20:]
    # Once more: the key's idea of NumLock has to be the kernel's still.
    assert press(computer) in expected(computer)
    assert locks(computer) == (number, capital)


def test_each_key_goes_down_once_and_up(computer: Guest) -> None:
    set_locks(computer, True, False)
    (number,) = re.findall(r"event(\d+)\n", computer.run("ls -d /sys/bus/usb/devices/*/*/*/input/*/event*"))
    computer.run(f"cat /dev/input/event{number} >> /tmp/events &")
    typed = press(computer)
    dump = computer.run("kill $!; od -A n -v -t u2 -w24 /tmp/events")
    # An event (input.h): 16 bytes of time, kind, code, and a value of four bytes.
    rows = [line.split() for line in dump.splitlines()]
    keys = [tuple(map(int, row[8:11])) for row in rows if len(row) == 12]
    # Presses that were made again are before it.
    downs = "".join(KEYPAD[code] for kind, code, value in keys if kind == 1 and value == 1 and code in KEYPAD)
    ups = [code for kind, code, value in keys if kind == 1 and value == 0]
    assert downs.endswith(typed)
    assert len(typed) == 6
    assert len(ups) == len(downs)


def test_replugged_it_types_again(computer: Guest) -> None:
    computer.unplug()
    assert computer.wait_until(lambda: not computer.has("/sys/bus/usb/drivers/usbhid/*:*"))
    computer.key.wait_unplugged(1)
    computer.plug()
    computer.await_file("/sys/bus/usb/drivers/usbhid/*:*")
    computer.let_pass(_SETTLED)
    assert press(computer) in expected(computer)
