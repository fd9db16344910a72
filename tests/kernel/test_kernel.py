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
    """What arrives on the first text console after a press."""
    in_time(computer)
    computer.run("> /tmp/typed")
    computer.key.set_button(True)
    computer.let_pass(0.1)
    computer.key.set_button(False)
    computer.let_pass(1.5)
    return computer.run("cat /tmp/typed")


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
    assert typed in expected(computer), computer.port and computer.port.log[-20:]
    assert locks(computer) == (number, capital)
    # Once more: the key's idea of NumLock has to be the kernel's still.
    assert press(computer) in expected(computer)
    assert locks(computer) == (number, capital)


def test_each_key_goes_down_once_and_up(computer: Guest) -> None:
    set_locks(computer, True, False)
    events = computer.run("ls -d /sys/bus/usb/devices/*/*/*/input/*/event* | sed 's/.*event//'").split()
    computer.run(f"> /tmp/events; cat /dev/input/event{events[0]} > /tmp/events & sleep 0")
    typed = press(computer)
    dump = computer.run('kill %1; hexdump -v -e \'2/8 "%d " 2/2 "%u " 1/4 "%d\\n"\' /tmp/events')
    keys = [tuple(map(int, line.split()[2:])) for line in dump.splitlines() if re.match(r"[\d ]+$", line)]
    downs = "".join(KEYPAD[code] for kind, code, value in keys if kind == 1 and value == 1 and code in KEYPAD)
    ups = [code for kind, code, value in keys if kind == 1 and value == 0]
    repeats = [code for kind, code, value in keys if kind == 1 and value == 2]
    assert downs == typed
    assert len(ups) == len(typed)
    assert repeats == []


def test_replugged_it_types_again(computer: Guest) -> None:
    computer.unplug()
    assert computer.wait_until(lambda: not computer.has("/sys/bus/usb/drivers/usbhid/*:*"))
    computer.key.wait_unplugged(1)
    computer.plug()
    computer.await_file("/sys/bus/usb/drivers/usbhid/*:*")
    computer.let_pass(_SETTLED)
    assert press(computer) in expected(computer)
