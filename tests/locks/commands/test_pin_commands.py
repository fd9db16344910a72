"""The PIN through the real command line: set, changed, removed, entered right and wrong."""

from __future__ import annotations

import re

import pytest

from tests.locks.commands.lock_setups import PIN, WRONG, blocked, info, locked, set_up, shown
from tests.support.terminal import CommandDesk
from totpkey.cli import exits
from totpkey_protocol import limits


def test_a_pin_is_set_changed_and_removed(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    assert desk.run("pin", "change", "--stdin", stdin=PIN).code == exits.ERROR
    assert desk.run("pin", "set", "--stdin", stdin=WRONG, when_asked=desk.agree).code == exits.OK
    assert "pin change" in desk.run("pin", "set", "--stdin", stdin=PIN).err
    assert desk.run("pin", "change", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    assert desk.run("lock").code == exits.OK
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    declined = desk.run("pin", "remove", stdin="n\n")
    assert declined.code == exits.ERROR
    assert "is unchanged" in declined.err
    assert desk.run("pin", "remove", stdin="y\n", when_asked=desk.agree).code == exits.OK
    assert shown(desk)["lock"] == "anyone who holds it"


@pytest.mark.parametrize("pin", ["0000", "1234", "9876", "444444"])
def test_a_pin_that_is_guessed_early_is_refused_with_its_reason(desk: CommandDesk, pin: str) -> None:
    desk.add("Amazon:shop")
    result = desk.run("pin", "set", "--stdin", stdin=pin)
    assert result.code == exits.USAGE
    assert "first that a thief tries" in result.err
    assert info(desk)["state"] == "open"


def test_a_key_with_a_pin_starts_locked(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    desk.replug_for_setup()
    assert info(desk)["state"] == "locked"
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    assert "Amazon:shop" in desk.run("list").out


def test_a_wrong_pin_costs_a_try_and_says_how_many_are_left(desk: CommandDesk) -> None:
    locked(desk)
    wrong = desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree)
    assert wrong.code == exits.LOCKED
    assert f"{limits.TRIES - 1} tries left" in wrong.err
    assert WRONG not in wrong.err
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


@pytest.mark.parametrize("entered", ["258", "2580a", ""])
def test_what_is_no_pin_costs_no_try(desk: CommandDesk, entered: str) -> None:
    assert locked(desk).run("unlock", "--stdin", stdin=entered).code == exits.USAGE
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


def test_a_pin_without_a_press_costs_no_try(desk: CommandDesk) -> None:
    result = locked(desk).run("unlock", "--stdin", stdin=WRONG, when_asked=desk.let_it_wait)
    assert result.code == exits.NO_PRESS
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


def test_after_three_wrong_pins_the_key_wants_to_be_unplugged(desk: CommandDesk) -> None:
    locked(desk)
    for _ in range(limits.TRIES_A_POWER_UP):
        desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree)
    fourth = desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree)
    assert fourth.code == exits.LOCKED
    assert "Unplug it" in fourth.err
    assert "5 tries left" in fourth.err


def test_a_right_pin_that_comes_too_early_costs_no_try(desk: CommandDesk) -> None:
    locked(desk)
    for wrong in range(5):
        if wrong == limits.TRIES_A_POWER_UP:
            desk.replug_for_setup()
        desk.key.run(5)
        desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree)
    early = desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree)
    assert early.code == exits.LOCKED
    assert re.search(r"Wait \d+ s, then try again", early.err)
    assert "3 tries left" in early.err


def test_after_the_last_wrong_pin_only_a_wipe_helps(desk: CommandDesk) -> None:
    blocked(locked(desk))
    result = desk.run("unlock", "--stdin", stdin=PIN)
    assert result.code == exits.LOCKED
    assert "wipe" in result.err
    assert desk.run("list").code == exits.LOCKED
    assert desk.run("wipe", stdin="wipe\n", when_asked=desk.agree).code == exits.OK
    assert info(desk)["state"] == "blank"
