"""A touch that was meant for one thing is used for another."""

from __future__ import annotations

import pytest

from tests.attacks.stage import (
    ARGON2,
    DERIVED,
    HOLD,
    LONG_HOLD,
    PIN,
    PRESS,
    PROGRAMS,
    REACTION,
    Message,
    Stage,
    done,
    waits,
)
from tests.install.keys import installed
from tests.support.desk import Desk

FORM = "{user}{TAB}{code}{ENTER}"


def ended(messages: list[Message], name: str) -> bool:
    """Whether one of them is a reply with that field."""
    return any(name in done(message) for message in messages if "ok" in message)


def test_a_hold_for_the_clock_hands_out_no_secrets(stage: Stage) -> None:
    stage.set_up()
    stage.port.send("set_time", time=round(stage.key.true_time) + 3600, within=1000)
    stage.key.run(REACTION)
    stage.port.pulse()
    stage.port.send("export", derived=PROGRAMS, start=0)
    stage.key.run(REACTION)
    stage.touch(HOLD)
    assert not ended(stage.port.heard(1), "sealed")


@pytest.mark.quick
def test_a_press_for_a_code_sets_no_passphrase(stage: Stage) -> None:
    account = stage.set_up(pin=True)
    stage.port.send("code", account=account)
    stage.key.run(REACTION)
    stage.port.pulse()
    stage.port.send("set_passphrase", derived=PROGRAMS, **ARGON2)
    stage.key.run(REACTION)
    stage.touch(PRESS)
    stage.port.pulse()
    assert done(stage.port.ask("slots"))["passphrase"] == 0


def test_the_owners_request_does_not_bring_a_touch_to_what_a_program_left_waiting(stage: Stage) -> None:
    """A program holds the port open, and waits; the owner's command says that the key is busy."""
    account = stage.set_up()
    stage.port.send("remove", account=account)
    assert waits(stage.port.heard()[0])
    stage.port.send("code", account=account)
    errors = [message.get("error") for message in stage.port.heard()]
    assert errors == ["busy", "busy"], "both have ended"
    stage.key.run(REACTION)
    stage.touch(PRESS)
    assert stage.port.heard(1) == []
    assert done(stage.port.ask("list"))["total"] == 1


@pytest.mark.parametrize("delay", [0.0, 0.3, 0.9])
def test_a_touch_that_was_on_its_way_counts_for_nothing(stage: Stage, delay: float) -> None:
    """The owner wants a code typed, and presses just as a program asks."""
    account = stage.set_up()
    stage.port.send("code", account=account)
    stage.key.run(0.02 + delay)
    stage.touch(PRESS)
    assert not ended(stage.port.heard(0.5), "code")


def test_a_touch_that_began_before_the_request_counts_for_nothing(stage: Stage) -> None:
    stage.set_up()
    stage.key.set_button(True)
    stage.key.run(0.1)
    stage.port.send("export", derived=PROGRAMS, start=0)
    stage.key.run(LONG_HOLD)
    stage.key.set_button(False)
    assert not ended(stage.port.heard(1), "sealed")


@pytest.mark.parametrize("seconds", [0.65, 1.9, 5.2])
def test_a_hold_of_another_length_opens_nothing(stage: Stage, seconds: float) -> None:
    stage.set_up()
    stage.port.send("set_pin", pin=PIN)
    stage.key.run(REACTION)
    stage.touch(seconds)
    assert [sorted(message) for message in stage.port.heard(1)] == [["hold", "id", "notice", "seconds"]]


def test_the_light_says_when_a_request_ends_without_its_touch(stage: Stage) -> None:
    account = stage.set_up()
    for end in (stage.port.close, lambda: stage.port.ask("hello")):
        stage.port.open()
        stage.port.send("remove", account=account)
        stage.key.run(REACTION)
        end()
        # Six flashes in 0.72 s, and then what setup shows, which is steady.
        assert stage.desk.blinks(0.7) >= 5
        stage.key.run(0.5)
        assert stage.desk.blinks(1.5) == 0


def test_what_waits_is_shown_for_a_second_with_nothing_else_between(stage: Stage) -> None:
    """The red flashes that tell of a request's end do not count for what comes next."""
    account = stage.set_up()
    stage.port.send("code", account=account)
    stage.key.run(REACTION)
    stage.port.pulse()
    number = stage.port.send("code", account=account)
    stage.key.run(1.3)
    stage.touch(PRESS)
    assert not ended(stage.port.heard(0.3), "code")
    stage.key.run(REACTION)
    stage.touch(PRESS)
    assert [message["id"] for message in stage.port.heard(0.3) if "ok" in message] == [number]


def test_a_program_that_asks_for_a_pin_spends_no_try_of_an_owner_who_enters_it(stage: Stage) -> None:
    stage.set_up(pin=True)
    done(stage.port.ask("lock"))
    presses = 0
    for digit in PIN:
        for _ in range(int(digit) or 10):
            stage.port.send("unlock_pin", pin="1357")
            stage.key.run(0.15)
            stage.touch(0.06)
            presses += 1
        stage.key.run(1.3)
    stage.touch(0.8)
    stage.key.run(2.5)
    assert presses == 25 - 10 + 10
    assert done(stage.port.ask("hello"))["state"] == "open"
    assert done(stage.port.ask("slots"))["tries"] == 8


def test_a_press_on_a_locked_key_is_part_of_a_pin_and_moves_no_clock(stage: Stage) -> None:
    stage.set_up(pin=True)
    done(stage.port.ask("lock"))
    stage.port.send("set_time", time=round(stage.key.true_time) + 86400, within=1000)
    stage.key.run(REACTION)
    stage.touch(PRESS)
    told = done(stage.port.ask("time"))["time"]
    assert isinstance(told, int)
    assert abs(told - stage.key.true_time) < 3


def lock_by_idleness(stage: Stage) -> None:
    stage.key.run(7)


def enter_pin(stage: Stage) -> None:
    stage.desk.enter_pin(PIN)


def test_no_batch_outlives_a_lock(stage: Stage) -> None:
    stage.set_up(pin=True)
    done(stage.agree("set_locking", HOLD, idle=6, suspend=0))
    done(stage.agree("batch", PRESS, count=1000))
    lock_by_idleness(stage)
    enter_pin(stage)
    came = 0
    while not waits(stage.add(label=f"planted{came}")):
        came += 1
        assert came < 12, "only a few come without a touch"


def test_no_press_for_small_changes_outlives_lock_port_or_five_minutes(stage: Stage) -> None:
    account = stage.set_up(pin=True)

    def small() -> Message:
        message = stage.port.ask("rename", account=account, label="PayPal")
        stage.port.pulse()
        return message

    done(stage.agree("rename", PRESS, account=account, label="shop"))
    done(stage.port.ask("rename", account=account, label="shop"))
    stage.port.pulse()
    assert waits(small()), "the port was closed"
    done(stage.agree("rename", PRESS, account=account, label="shop"))
    done(stage.port.ask("lock"))
    done(stage.agree("unlock_pin", HOLD, pin=PIN))
    assert waits(small()), "it was locked"
    done(stage.agree("rename", PRESS, account=account, label="shop"))
    for _ in range(31):
        done(stage.port.ask("hello"))
        stage.key.run(10)
    assert waits(small()), "the time is over"
    done(stage.agree("rename", PRESS, account=account, label="shop"))
    stage.key.run(61)
    assert waits(small()), "nobody asked for anything"


@pytest.mark.simulator_only(reason="the chip's drive here has no slots for firmware")
@pytest.mark.parametrize("end", ["lock", "wipe", "idle"])
def test_no_update_outlives_a_lock_a_wipe_or_a_minute(end: str) -> None:
    stage = Stage(Desk(installed()))
    stage.desk.plug_in()
    stage.set_up(pin=True)
    done(stage.agree("update", LONG_HOLD, length=4096, digest="00" * 32))
    done(stage.port.ask("update_data", at=0, data="00"))
    if end == "wipe":
        done(stage.agree("wipe", LONG_HOLD))
    elif end == "lock":
        done(stage.port.ask("lock"))
        done(stage.agree("unlock_pin", HOLD, pin=PIN))
    else:
        stage.key.run(61)
    assert "error" in stage.port.ask("update_data", at=1, data="00")


def test_no_export_outlives_a_minute(stage: Stage) -> None:
    stage.set_up()
    done(stage.agree("export", LONG_HOLD, derived=DERIVED, start=0))
    done(stage.port.ask("export", derived=DERIVED, start=0))
    stage.key.run(61)
    assert waits(stage.port.ask("export", derived=DERIVED, start=0))
