"""A program tries to use a touch that was meant for something else."""

from __future__ import annotations

import pytest

from tests.attacks.stage import (
    CALM,
    DERIVED,
    PIN,
    PROGRAMS,
    REACTION,
    Message,
    Stage,
    done,
    waits,
)
from tests.install.boards import installed
from tests.support.consent import ANSWER, make
from tests.support.consent import PRESS as PRESS_LASTS
from tests.support.desk import AMAZON, Desk
from tests.support.led import lasting, of_colour, watch
from totpkey_firmware.setup.asking import PRESS, every
from totpkey_protocol.errors import BUSY, NOT_AGREED
from totpkey_protocol.limits import TRIES
from totpkey_protocol.words import OPEN


@pytest.mark.parametrize("low", [0.001, 0.01, pytest.param(0.3, marks=pytest.mark.quick)])
def test_an_export_is_taken_over_by_no_program_and_its_owner_hears_of_it(stage: Stage, low: float) -> None:
    """The port is dropped for however short a time, and another export put in the place of the owner's."""
    stage.set_up()
    told = stage.port.ask("export", derived=DERIVED, start=0)
    stage.key.run(REACTION)
    stage.program.pulse(low)
    number = stage.program.send("export", derived=PROGRAMS, start=0)
    heard = stage.program.heard()
    assert [message["id"] for message in heard if waits(message)] == [number]
    assert told["id"] not in [message["id"] for message in heard], "the key tells no more that it waits"
    stage.gesture(told)
    assert stage.program.last(number).get("error") == NOT_AGREED


def test_a_count_ends_as_it_was_made_also_where_the_key_is_busy(stage: Stage) -> None:
    """A program beside keeps it busy while the button is let go."""
    told = stage.asks_to_remove()
    first, second = tuple(str(told["gesture"]))
    stage.key.run(REACTION)
    presses(stage, int(first))
    make(stage.key, second)
    assert "ok" in stage.ended(told)


def test_a_digit_of_a_pin_ends_as_it_was_entered_also_where_the_key_is_busy(stage: Stage) -> None:
    stage.set_up_locked()
    for digit in PIN:
        presses(stage, int(digit) or 10)
    stage.key.press(0.8)
    stage.key.run(3)
    assert done(stage.port.ask("hello"))["state"] == OPEN
    assert done(stage.port.ask("slots"))["tries"] == TRIES


def presses(stage: Stage, count: int) -> None:
    """Press so often, and pause. The key is kept busy as the last press ends, and as the next begins."""
    for _ in range(count - 1):
        stage.touch()
    stage.key.press(PRESS_LASTS)
    keep_busy(stage)
    stage.key.run(ANSWER - 0.1)
    keep_busy(stage)
    stage.key.run(0.1)


def keep_busy(stage: Stage) -> None:
    """The key greets, and computes the tags of what nobody has proved."""
    for name in ("hello", "slots", "typing") * 2:
        tag = b"" if name == "hello" else b"0" * 32
        stage.key.write_serial(stage.program.line(name, {}) + tag + b"\n")
    stage.key.run(0.02)
    stage.key.read_serial()


@pytest.mark.simulator_only(reason="it runs for two minutes")
def test_asking_again_and_again_never_brings_the_owners_gesture(stage: Stage) -> None:
    account = stage.set_up()
    owners = str(stage.port.ask("remove", account=account)["gesture"])
    told = []
    while waits(message := stage.program.ask("remove", account=account)):
        told.append(str(message["gesture"]))
        stage.program.begin()
    assert message.get("error") == BUSY
    assert owners not in told
    assert len(set(told)) == len(told) == 8
    # Nor with three counts, in which the owner's two are not contained.
    while waits(message := stage.program.ask("wipe")):
        assert owners not in str(message["gesture"])
        stage.program.begin()
    stage.key.run(100)
    assert stage.program.ask("remove", account=account).get("error") == BUSY
    stage.key.run(25)
    assert waits(stage.program.ask("remove", account=account))


def test_a_gesture_that_was_made_does_not_come_again_at_once(stage: Stage) -> None:
    """Somebody may make it twice, as they do not see that it was taken."""
    accounts = [stage.set_up()]
    for number in range(3):
        accounts.append(str(done(stage.add(label=f"{number}"))["account"]))
    made: list[str] = []
    for account in accounts[:3]:
        told = stage.port.ask("remove", account=account)
        stage.gesture(told)
        assert "ok" in stage.ended(told)
        made.append(str(told["gesture"]))
    while waits(message := stage.port.ask("remove", account=accounts[3])):
        assert message["gesture"] not in made
        stage.port.begin()
    assert message.get("error") == BUSY


def test_no_gesture_has_a_single_press() -> None:
    """So what begins or ends one never is the press that a code wants."""
    assert all(set(gesture) <= set("234") for gesture in every(2) + every(3))


def test_what_gives_everything_away_takes_three_counts(stage: Stage) -> None:
    account = stage.set_up()
    assert len(str(stage.port.ask("export", derived=DERIVED, start=0)["gesture"])) == 3
    stage.port.begin()
    assert len(str(stage.port.ask("remove", account=account)["gesture"])) == 2
    stage.port.begin()
    assert stage.port.ask("code", account=account)["gesture"] == PRESS


def test_a_second_request_ends_the_first_and_neither_is_carried_out(stage: Stage) -> None:
    account = stage.set_up()
    told = stage.port.ask("remove", account=account)
    stage.port.send("code", account=account)
    errors = [message.get("error") for message in stage.port.heard()]
    assert errors == ["busy", "busy"], "both have ended"
    stage.gesture(told)
    assert stage.port.heard(1) == []
    assert done(stage.port.ask("list"))["total"] == 1


@pytest.mark.parametrize("delay", [0.0, 0.3, 0.9])
def test_a_touch_that_was_on_its_way_counts_for_nothing(stage: Stage, delay: float) -> None:
    """The owner wants a code typed, and presses just as a program asks."""
    account = stage.set_up()
    number = stage.port.send("code", account=account)
    stage.key.run(0.02 + delay)
    stage.touch()
    assert stage.port.last(number).get("error") == NOT_AGREED


def test_a_touch_that_began_before_the_request_counts_for_nothing(stage: Stage) -> None:
    account = stage.set_up()
    stage.port.begin()
    stage.key.set_button(True)
    stage.key.run(0.1)
    number = stage.port.send("code", account=account)
    stage.key.run(2)
    stage.key.set_button(False)
    stage.key.run(2)
    first, *later = [message.get("notice") for message in stage.port.heard() if message["id"] == number]
    assert first == "touch"
    # One each second. The chip needs some of the first to load what answers.
    assert later in (["waits"] * 3, ["waits"] * 4)
    stage.touch()
    assert "ok" in stage.port.last(number)


@pytest.mark.parametrize(
    "slip",
    [
        "early",
        "one press too many",
        "one press too few",
        "a hold",
        "a hold within",
        "another second count",
        "a long pause",
    ],
)
def test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done(stage: Stage, slip: str) -> None:
    account = stage.set_up()
    told = stage.port.ask("remove", account=account)
    gesture = str(told["gesture"])
    stage.key.run(0.4 if slip == "early" else REACTION)
    if slip == "a hold":
        stage.touch(2.3)
    elif slip == "a hold within":
        stage.touch(0.7)
        make(stage.key, f"{int(gesture[0]) - 1}{gesture[1]}")
    elif slip == "a long pause":
        make(stage.key, gesture[:1])
        stage.key.run(16)
    else:
        first = int(gesture[0]) + {"one press too many": 1, "one press too few": -1}.get(slip, 0)
        second = "43"[gesture[1] == "4"] if slip == "another second count" else gesture[1]
        make(stage.key, f"{first}{second}")
    assert stage.ended(told).get("error") == NOT_AGREED
    assert done(stage.port.ask("list"))["total"] == 1
    # For a while nothing that wants a touch is taken, as the answer says; then all is as before.
    refused = stage.port.ask("remove", account=account)
    assert refused.get("error") == "calm"
    assert refused.get("seconds") in range(6, 11)
    stage.key.run(CALM)
    done(stage.agree("remove", account=account))


def test_after_a_wrong_gesture_nothing_is_typed_while_the_button_is_still_touched(stage: Stage) -> None:
    """A finger that goes on after ten seconds still means the request that it was told of."""
    account = stage.set_up()
    told = stage.port.ask("remove", account=account)
    stage.key.run(REACTION)
    make(stage.key, "3" if str(told["gesture"]).startswith("2") else "2")
    assert stage.ended(told).get("error") == NOT_AGREED
    for _ in range(9):
        stage.key.run(1.4)
        stage.touch()
        assert stage.desk.computer.text == ""
    told = stage.port.ask("code", account=account)
    stage.touch()
    assert "ok" not in stage.ended(told, 2)
    assert stage.desk.computer.text == ""


def test_slow_hands_are_waited_for(stage: Stage) -> None:
    told = stage.asks_to_remove()
    stage.key.run(28)
    for count in str(told["gesture"]):
        for _ in range(int(count)):
            stage.touch(0.4)
            stage.key.run(0.8)
        stage.key.run(9)
    assert "ok" in stage.ended(told)


def test_not_agreed_has_a_light_of_its_own(stage: Stage) -> None:
    stage.asks_to_remove()
    stage.key.run(REACTION)
    stage.touch(0.7)
    shown, setup = watch(stage.key, 4)
    assert shown in of_colour(stage.key, [shown], (60, 0, 0))
    assert lasting([shown], 2000) == 1
    # One plain LED is lit before and after.
    assert shown.dark >= 250
    assert setup in of_colour(stage.key, [setup], (0, 0, 40))
    assert setup.lit > 1000


def test_the_light_says_when_a_request_ends_without_its_touch(stage: Stage) -> None:
    account = stage.set_up()
    for end in (stage.port.close, lambda: stage.port.ask("hello"), stage.program.begin):
        stage.port.open()
        stage.port.send("remove", account=account)
        stage.key.run(REACTION)
        end()
        # Six flashes in 0.72 s, and then what setup shows, which is steady.
        assert stage.desk.blinks(0.7) >= 5
        stage.key.run(0.5)
        assert stage.desk.blinks(1.5) == 0


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("counts", [0, 1])
@pytest.mark.parametrize("end", ["dropped", "beside", "withdrawn", "timed out"])
def test_a_touch_for_a_request_that_has_ended_does_nothing(
    stage: Stage, others: int, counts: int, end: str
) -> None:
    """It types no code, chooses no account, and is not the beginning of anything."""
    account = stage.set_up()
    for number in range(others):
        done(stage.add(label=f"other{number}", secret="31" * 20))
    told = stage.port.ask("remove", account=account)
    stage.key.run(31 if end == "timed out" and not counts else REACTION)
    make(stage.key, str(told["gesture"])[:counts])
    if end == "dropped":
        stage.port.pulse()
    elif end == "beside":
        stage.program.begin()
        stage.port.session = b""
    elif end == "withdrawn" or counts:
        stage.port.ask("hello")
    before = len(stage.key.usb.reports)
    make(stage.key, str(told["gesture"])[counts:])
    stage.touch(2.3)
    stage.key.run(1)
    assert stage.desk.reports_since(before) == []
    stage.key.run(CALM)
    stage.desk.expect_code(AMAZON)
    assert done(stage.port.ask("list"))["total"] == 1 + others


def test_a_touch_that_is_under_way_as_its_request_ends_does_nothing(stage: Stage) -> None:
    stage.asks_to_remove()
    stage.key.run(REACTION)
    stage.key.set_button(True)
    stage.key.run(0.1)
    stage.port.pulse()
    before = len(stage.key.usb.reports)
    stage.key.set_button(False)
    stage.key.run(1)
    assert stage.desk.reports_since(before) == []


def test_what_waits_is_shown_for_a_second_with_nothing_else_between(stage: Stage) -> None:
    """The red flashes that tell of a request's end do not count for what comes next."""
    account = stage.set_up()
    stage.port.send("code", account=account)
    stage.key.run(REACTION)
    stage.port.pulse()
    number = stage.port.send("code", account=account)
    stage.key.run(1.3)
    stage.touch()
    assert stage.port.last(number).get("error") == NOT_AGREED


@pytest.mark.parametrize("made", [True, False])
def test_a_program_whose_port_closed_learns_what_became_of_its_request(stage: Stage, made: bool) -> None:
    account = stage.set_up()
    number = stage.port.send("remove", account=account)
    line = stage.port.sent
    told = stage.port.first(number)
    stage.key.run(REACTION)
    if made:
        stage.gesture(told, 0)
    stage.key.close_serial()
    stage.key.run(0.05)
    stage.key.open_serial()
    stage.key.read_serial()
    begun = stage.port.begin()
    assert begun["agreed"] == (line[-32:].decode() if made else "")
    assert begun["outcome"] == ""
    assert done(stage.port.ask("list"))["total"] == (0 if made else 1)


def test_the_key_says_each_second_that_it_waits_and_what_it_has_counted(stage: Stage) -> None:
    told = stage.asks_to_remove()
    stage.key.run(3.1)
    assert [message["notice"] for message in stage.port.heard(0)] == ["waits"] * 3
    gesture = str(told["gesture"])
    make(stage.key, gesture[:1])
    came = [(message["counted"], message["presses"]) for message in stage.port.heard(0.1)]
    assert [("", presses) for presses in range(1, int(gesture[0]) + 1)] == [
        each for each in came if each[0] == "" and each[1]
    ][: int(gesture[0])]
    assert came[-1] == (gesture[0], 0)


def test_a_program_that_asks_for_a_pin_spends_no_try_of_an_owner_who_enters_it(stage: Stage) -> None:
    stage.set_up_locked()
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


def test_a_locked_key_takes_no_digit_of_a_pin_for_a_gesture(stage: Stage) -> None:
    stage.set_up_locked()
    told = stage.port.ask("wipe")
    assert told["hold"] == 1
    stage.key.run(REACTION)
    make(stage.key, str(told["gesture"]))
    assert stage.ended(told).get("error") == BUSY
    # While a PIN is being entered nothing that wants a touch is taken.
    assert stage.port.ask("wipe").get("error") == BUSY
    stage.key.run(16)
    told = stage.port.ask("unlock_pin", pin=PIN)
    stage.gesture(told)
    assert "ok" in stage.ended(told)


def test_no_batch_outlives_a_lock(stage: Stage) -> None:
    stage.set_up(pin=True)
    done(stage.agree("set_locking", idle=6, suspend=0))
    done(stage.agree("batch", count=1000))
    # Long enough for it to lock itself.
    stage.key.run(7)
    stage.desk.enter_pin(PIN)
    came = 0
    while not waits(stage.add(label=f"planted{came}")):
        came += 1
        assert came < 12, "only a few come without a touch"


@pytest.mark.slow
@pytest.mark.simulator_only(reason="it runs for six minutes")
def test_no_press_for_small_changes_outlives_a_lock_or_five_minutes(stage: Stage) -> None:
    account = stage.set_up(pin=True)

    def small() -> Message:
        message = stage.port.ask("rename", account=account, label="PayPal")
        stage.port.pulse()
        return message

    done(stage.agree("rename", account=account, label="shop"))
    done(stage.port.ask("lock"))
    done(stage.agree("unlock_pin", pin=PIN))
    assert waits(small()), "it was locked"
    done(stage.agree("rename", account=account, label="shop"))
    for _ in range(31):
        done(stage.port.ask("hello"))
        stage.key.run(10)
    assert waits(small()), "the time is over"


@pytest.mark.simulator_only(reason="the chip's drive here has no slots for firmware")
@pytest.mark.parametrize("end", ["lock", "wipe", "idle"])
def test_no_update_outlives_a_lock_a_wipe_or_a_minute(end: str) -> None:
    stage = Stage.plugged_in(Desk(installed()))
    stage.set_up(pin=True)
    done(stage.agree("update", length=4096, digest="00" * 32))
    done(stage.port.ask("update_data", at=0, data="00"))
    if end == "wipe":
        done(stage.agree("wipe"))
    elif end == "lock":
        done(stage.port.ask("lock"))
        done(stage.agree("unlock_pin", pin=PIN))
    else:
        stage.key.run(61)
    assert "error" in stage.port.ask("update_data", at=1, data="00")
