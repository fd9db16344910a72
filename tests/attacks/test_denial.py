"""A program tries to spoil what costs hours to repair, or to lock owners out of their key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attacks.stage import Message, Stage, done, waits
from tests.flash import attacker
from tests.support.keys import WITH_PINS, simulated


def test_a_few_accounts_come_without_a_touch_and_no_more(stage: Stage) -> None:
    stage.set_up()
    came = 0
    while not waits(stage.add(label=f"spam{came}")):
        came += 1
        assert came < 20
    assert came < 10
    stage.port.pulse()
    assert waits(stage.add()), "also by a port that is opened again"


def test_a_few_recipes_change_without_a_touch_and_no_more(stage: Stage) -> None:
    account, changes = stage.set_up(), 0
    while not waits(
        stage.port.ask("recipe", account=account, recipe=("{code}", "{SLOW}{code}")[changes % 2])
    ):
        changes += 1
        assert changes < 20
    assert changes < 10


SMALL: dict[str, Callable[[Stage, str], Message]] = {
    "rename": lambda stage, account: stage.port.ask("rename", account=account, label="PayPal"),
    "move": lambda stage, account: stage.port.ask("move", account=account, position=0),
    "set_typing": lambda stage, _: stage.port.ask("set_typing", mode="keypad-mac", pace=0, delay=0, margin=3),
}


@pytest.mark.parametrize("change", SMALL)
def test_names_order_and_mode_are_changed_by_their_owner(stage: Stage, change: str) -> None:
    assert waits(SMALL[change](stage, stage.set_up()))


def test_nothing_is_switched_off_for_good_without_a_touch(stage: Stage) -> None:
    stage.port.open()
    assert waits(stage.port.ask("init", export=0))
    stage.port.pulse()
    done(stage.port.ask("init", export=1))


def test_one_press_is_enough_for_many_small_changes(stage: Stage) -> None:
    """What an owner does is not made a chore."""
    account = stage.set_up()
    done(stage.agree("rename", account=account, label="one"))
    for number in range(12):
        done(stage.port.ask("rename", account=account, label=f"name {number}"))
        done(stage.add(label=f"more{number}"))


@pytest.mark.simulator_only(reason="the chip's generator cannot be made to stick")
def test_a_key_whose_generator_is_stuck_has_another_data_key_each_time_it_is_made_ready() -> None:
    differ(stuck(b"ONE KEY.", 0.1), stuck(b"ONE KEY.", 0.15))


@pytest.mark.simulator_only(reason="the chip's generator cannot be made to stick")
def test_two_keys_whose_generator_is_stuck_differ() -> None:
    differ(stuck(b"KEY ONE.", 0.1), stuck(b"KEY TWO.", 0.1))


def stuck(unique_id: bytes, moment: float) -> attacker.Slot:
    """What opens a key that is made ready at that moment after it was plugged in."""
    desk = simulated(WITH_PINS, uid=unique_id, entropy=lambda length: b"\x55" * length)
    stage = Stage.plugged_in(desk)
    stage.key.run(moment)
    stage.port.open()
    done(stage.port.ask("init"))
    (slot,) = attacker.slots(stage.key.flash)
    return slot


def differ(one: attacker.Slot, other: attacker.Slot) -> None:
    assert one.salt != other.salt
    assert one.wrapped != other.wrapped


def test_a_program_that_floods_and_never_reads_does_not_restart_the_key(stage: Stage) -> None:
    account = stage.set_up()
    stage.port.close()
    stage.port.open()
    # Each is answered with an error, for which the key would wait half a second.
    flood = b"{}\n" * 85
    before = stage.key.uptime_ms
    for _ in range(60):
        stage.key.write_serial(flood)
        stage.key.run(0.25)
    assert stage.key.uptime_ms - before > 14_000, "it has not started afresh"
    stage.port.close()
    stage.key.run(1)
    stage.port.open()
    # The computer still has some of it to send.
    while stage.port.heard(0.5):
        pass
    assert done(stage.port.ask("hello"))["face"] == "setup"
    assert waits(stage.port.ask("remove", account=account))
