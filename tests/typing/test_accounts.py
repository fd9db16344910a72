"""Choosing accounts: by a hold, shown by colour and flashes; on a board with keys, one account per key."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.keys import simulated
from tests.typing.typing_setups import touch
from totpkey.accounts.account import Account
from totpkey_virtual.simulator import SimulatedKey

THIRD = Account("Third", "me", b"the third secret of some", digits=7)


def desk_with(board: str) -> Desk:
    desk = simulated(board)
    desk.provision(AMAZON, GITHUB, THIRD)
    desk.away_from_the_boundary(AMAZON, 12)
    return desk


@pytest.mark.usefixtures("usual_flash")
def test_each_key_of_a_macropad_types_its_account() -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    for pin, account in (("KEY3", THIRD), ("KEY1", AMAZON), ("KEY2", GITHUB)):
        assert touch(desk, pin) == desk.code(account)
    assert touch(desk, "KEY4") == "", "there is no fourth account"
    assert touch(desk, "KEY1") == "", "no code twice"


@pytest.mark.parametrize(
    ("board", "colours"),
    [
        ("adafruit_qt2040_trinkey", [(40, 0, 40), (0, 40, 30), (60, 25, 0)]),
        ("raspberry_pi_pico", [(255, 255, 255)] * 3),
    ],
)
def test_the_chosen_account_shows(board: str, colours: list[tuple[int, int, int]]) -> None:
    desk = desk_with(board)
    for blinks, colour in zip((2, 3, 1), colours, strict=True):
        desk.key.press(0.8)
        assert desk.key.run_until(lambda: any(desk.key.light), 0.5)
        assert desk.key.light == colour
        assert 1 + desk.blinks(2) == blinks
        desk.key.run(1)


def test_of_keys_that_are_pressed_at_once_the_first_types_and_never_a_mixture() -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    assert touch(desk, "KEY1", "KEY2", seconds=1) == desk.code(AMAZON)
    desk.key.run(31)
    desk.away_from_the_boundary(AMAZON, 12)
    assert touch(desk, "KEY2", "KEY3", seconds=1) == desk.code(GITHUB)
    assert touch(desk, "KEY3") == desk.code(THIRD)


def test_a_key_that_is_touched_while_another_types_neither_types_nor_is_chosen() -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    assert isinstance(desk.key, SimulatedKey)
    desk.key.wiring.touch("KEY1", True)
    assert desk.key.run_until(lambda: len(desk.computer.text) == 2, 1)
    assert touch(desk, "KEY2", seconds=1) == desk.code(AMAZON)[2:]
    assert desk.press() == "", "it is the first still, and waits for its next code"
