"""What a touch allows beyond its command, and for how long: consent.md's figures, on both sides of each."""

from __future__ import annotations

import pytest

from tests.attacks.stage import DERIVED, PIN, REACTION, Message, Stage, done, waits
from tests.support.desk import GITHUB
from tests.support.keys import MACROPAD, simulated
from tests.support.led import watch
from tests.typing.typing_setups import touch
from totpkey_protocol import errors, words

#: A request of each class but *change*. `account` is filled in.
OTHERS: dict[str, dict[str, str | int]] = {
    "code": {"account": ""},
    "set_locking": {"idle": 0, "suspend": 0},
    "export": {"derived": DERIVED, "start": 0},
}


def small(stage: Stage, account: str) -> Message:
    """A change that is too small for a touch of its own, after one for another change."""
    return stage.port.ask("move", account=account, position=0)


@pytest.mark.parametrize("name", OTHERS)
def test_a_touch_that_was_for_no_change_allows_none(stage: Stage, name: str) -> None:
    account = stage.set_up()
    fields = OTHERS[name]
    done(stage.agree(name, **(fields | {"account": account} if "account" in fields else fields)))
    assert waits(small(stage, account))


@pytest.mark.parametrize(("seconds", "allowed"), [(58, True), (61, False)])
def test_a_minute_without_a_request_ends_what_it_allows(stage: Stage, seconds: float, allowed: bool) -> None:
    account = stage.set_up()
    done(stage.agree("set_limit", limit=0))
    stage.key.run(seconds)
    assert ("ok" in small(stage, account)) is allowed


@pytest.mark.parametrize(("seconds", "taken"), [(9.5, False), (10.1, True)])
def test_for_ten_seconds_after_a_wrong_gesture_nothing_is_asked_for(
    stage: Stage, seconds: float, taken: bool
) -> None:
    account = stage.set_up()
    told = stage.port.ask("remove", account=account)
    stage.key.run(REACTION)
    stage.touch(0.7)
    ended = stage.key.uptime_ms
    assert stage.ended(told, 1).get("error") == errors.NOT_AGREED
    stage.key.run(seconds - (stage.key.uptime_ms - ended) / 1000)
    again = stage.port.ask("remove", account=account)
    assert again.get("error") == (None if taken else errors.CALM)
    assert again.get("seconds") == (30 if taken else 1)
    assert waits(again) is taken


def test_when_every_gesture_may_still_be_made_nothing_is_asked_for(stage: Stage) -> None:
    account = stage.set_up()
    told, given = stage.port.ask("remove", account=account), list[str]()
    while waits(told) and len(given) < 20:
        given.append(str(told["gesture"]))
        # It ends the request that waits.
        stage.port.begin()
        told = stage.port.ask("remove", account=account)
    assert told.get("error") == errors.BUSY
    assert sorted(given) == ["22", "23", "24", "32", "33", "34", "42", "43", "44"]


def test_the_light_of_set_up_is_not_that_of_a_person_who_chooses(stage: Stage) -> None:
    stage.set_up()
    stage.key.run(2)
    alone = watch(stage.key, 1)
    done(stage.add("other", GITHUB.secret.hex()))
    stage.key.run(2)
    assert [flash.colour for flash in watch(stage.key, 1)] == [flash.colour for flash in alone] != []


def test_on_a_locked_board_keys_are_a_pin_s_until_a_hold_begins_the_gesture() -> None:
    stage = Stage.plugged_in(simulated(MACROPAD))
    stage.set_up(pin=True)
    done(stage.port.ask("lock"))
    told = stage.port.ask("wipe")
    assert (waits(told), told["hold"]) == (True, 1)
    stage.key.run(REACTION)
    assert touch(stage.desk, f"KEY{PIN[0]}") == ""
    assert stage.ended(told, 1).get("error") == errors.BUSY
    # As on a telephone, 0 is the eleventh key, and the twelfth ends the PIN.
    for number in (*PIN[1:].replace("0", ""), "11", "12"):
        assert touch(stage.desk, f"KEY{number}") == ""
    stage.key.run(3)
    assert done(stage.port.ask("hello"))["state"] == words.OPEN
