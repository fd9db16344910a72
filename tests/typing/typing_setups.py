"""Keys that are ready to be pressed, and other computers for them, shared by the tests of typing."""

from __future__ import annotations

from tests.support.desk import AMAZON, Desk
from totpkey.accounts.account import Account
from totpkey.keyboard.layouts import layouts
from totpkey.link.replies import Typing
from totpkey_virtual.computer import AT_ONCE, LINUX, US, Answer, Computer, Keyboard, Platform
from totpkey_virtual.simulator import SimulatedKey

#: Usages of the keypad's digits (HID Usage Tables 1.4 section 10).
KEYPAD_DIGITS = range(0x59, 0x63)
LETTERS = Typing("keypad", 0, 0, 3, "us")
US_TABLE = layouts()["us"].table


def ready(desk: Desk, *accounts: Account) -> None:
    """Set up the key and wait until it can be pressed, far from a change of code."""
    desk.provision(*(accounts or (AMAZON,)))
    desk.away_from_the_boundary(AMAZON, 12)


def sit_down(
    desk: Desk,
    num_lock: bool,
    answers: bool = True,
    answer: Answer = AT_ONCE,
    platform: Platform = LINUX,
) -> Keyboard:
    """Plug the key into another computer."""
    desk.key.set_host_leds(0)
    keyboard = Keyboard(US, num_lock)
    desk.computer = Computer(desk.key, keyboard, platform, answers, answer)
    return keyboard


def touch(desk: Desk, *pins: str, seconds: float = 0.6) -> str:
    """Press further keys, several at once; the text that arrives in that time."""
    assert isinstance(desk.key, SimulatedKey)
    before = len(desk.computer.text)
    for pin in pins:
        desk.key.wiring.touch(pin, True)
    desk.key.run(0.08)
    for pin in pins:
        desk.key.wiring.touch(pin, False)
    desk.key.run(seconds)
    return desk.computer.text[before:]
