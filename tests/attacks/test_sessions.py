"""What a touch allows stays with the program that asked, even if another connects, and only for so long.

The spans are consent.md's figures, on both sides of each.
"""

from __future__ import annotations

import pytest

from tests.attacks.stage import DERIVED, REACTION, Message, Stage, done, waits
from tests.support import records
from tests.support.desk import AMAZON, GITHUB
from tests.support.led import watch
from totpkey_protocol import errors
from totpkey_protocol.commands import COMMANDS, UNPROVED
from totpkey_protocol.errors import NO_SESSION

PEER = "09" + "00" * 31
#: For how long the port is closed before the program has it, in s; or not at all.
GAPS = [None, 0.001, 0.005, 0.3]


def comes(stage: Stage, gap: float | None) -> None:
    """A program comes to the port, with no session yet."""
    if gap is not None:
        stage.key.close_serial()
        stage.key.run(gap)
        stage.key.open_serial()
    stage.program.session = b""


def asks(stage: Stage, gap: float | None, name: str, /, **fields: str | int) -> Message:
    """What the key answers a program in its own session. What comes before the key sees a gap is lost."""
    if gap is not None and not stage.program.session:
        try:
            stage.program.begin()
        except AssertionError:
            stage.program.session = b""
    answer = stage.program.ask(name, **fields)
    if gap is not None and answer == {}:
        stage.program.session = b""
        answer = stage.program.ask(name, **fields)
    return answer


def as_it_likes(stage: Stage, gap: float | None, name: str, /, **fields: str | int) -> list[Message]:
    """What the key answers a program: without a session, and with one of its own."""
    number = stage.program._send(name, fields)
    without = stage.program.first(number)
    return [without, asks(stage, gap, name, **fields)]


def is_refused(message: Message, gap: float | None) -> bool:
    """After a gap, what comes before the key notices it is lost with it."""
    return message.get("error") == NO_SESSION or (gap is not None and message == {})


@pytest.mark.parametrize("gap", [*GAPS[:-1], pytest.param(GAPS[-1], marks=pytest.mark.quick)])
def test_small_changes_are_not_another_programs(stage: Stage, gap: float | None) -> None:
    account = stage.set_up()
    done(stage.agree("rename", account=account, label="one"))
    comes(stage, gap)
    first, second = as_it_likes(stage, gap, "rename", account=account, label="PayPal")
    assert is_refused(first, gap)
    assert waits(second)


@pytest.mark.parametrize("gap", GAPS)
def test_a_batch_is_not_another_programs(stage: Stage, gap: float | None) -> None:
    stage.set_up()
    done(stage.agree("batch", count=1000))
    comes(stage, gap)
    came = 0
    while not waits(asks(stage, gap, "add", label=f"planted{came}", secret="31" * 20, proof=0)):
        came += 1
        assert came < 12, "only a few come without a touch"


@pytest.mark.parametrize("gap", GAPS)
def test_a_few_free_changes_are_a_few_for_all_programs_together(stage: Stage, gap: float | None) -> None:
    owners = stage.set_up()
    for number in range(6):
        done(stage.add(label=f"mine{number}"))
    done(stage.port.ask("recipe", account=owners, recipe=""))
    comes(stage, gap)
    assert waits(asks(stage, gap, "add", label="planted", secret="31" * 20, proof=0))


@pytest.mark.parametrize("gap", GAPS)
def test_an_export_is_not_another_programs(stage: Stage, gap: float | None) -> None:
    """Not even under the key that the owner named."""
    stage.set_up()
    done(stage.agree("export", derived=DERIVED, start=0))
    comes(stage, gap)
    first, second = as_it_likes(stage, gap, "export", derived=DERIVED, start=0)
    assert is_refused(first, gap)
    assert waits(second)


@pytest.mark.parametrize("gap", GAPS)
def test_a_clone_is_not_another_programs(stage: Stage, gap: float | None) -> None:
    account = stage.set_up()
    done(stage.port.ask("clone_key"))
    done(stage.agree("clone_send", peer=PEER[:2] + "07" + PEER[4:], account=account))
    comes(stage, gap)
    for message in as_it_likes(stage, gap, "clone_send", peer=PEER[:2] + "07" + PEER[4:], account=account):
        assert "ok" not in message
    assert stage.program.ask("clone_receive", sealed="AAAA").get("error") == "not_allowed"


@pytest.mark.simulator_only(reason="it runs for six minutes")
def test_a_batch_ends_with_another_command_of_its_program(stage: Stage) -> None:
    stage.set_up()
    done(stage.agree("batch", count=100))
    # The small changes that the same touch allows end first, and the batch goes on.
    for number in range(8):
        stage.key.run(40)
        done(stage.add(label=f"mine{number}"))
    done(stage.port.ask("hello"))
    came = 0
    while not waits(stage.add(label=f"more{came}")):
        came += 1
    assert came == 8, "as many as come without a touch"


@pytest.mark.simulator_only(reason="it runs for ten minutes")
def test_a_batch_is_as_long_as_it_said(stage: Stage) -> None:
    stage.set_up()
    done(stage.agree("batch", count=3))
    came = 0
    while not waits(stage.add(label=f"more{came}")):
        stage.key.run(40)
        came += 1
        assert came < 20
    # The same touch allows small changes for five minutes, and then some come without one.
    assert came == 8 + 8


def test_no_backup_is_noted_that_nobody_agreed_to(stage: Stage) -> None:
    stage.set_up()
    done(stage.agree("export", derived=DERIVED, start=1))
    assert done(stage.port.ask("backup"))["time"] == 0
    done(stage.port.ask("export", derived=DERIVED, start=1))
    assert done(stage.port.ask("backup"))["time"] != 0


@pytest.mark.parametrize("closed", [False, True], ids=["a pause", "the port was closed"])
def test_half_a_frame_is_not_the_beginning_of_another_programs(stage: Stage, closed: bool) -> None:
    """One leaves the beginning of a request that needs no touch; the other's goes on with it."""
    stage.set_up()
    stage.key.write_serial(b'{"id":77,"command":"hel')
    stage.key.run(0.1 if closed else 1.1)
    if closed:
        comes(stage, 0.02)
    stage.key.write_serial(b'lo"}\n{"id":78,"command":"hello"}\n')
    assert [message.get("id") for message in stage.port.heard() if "ok" in message] == [78]


def test_a_code_is_for_the_program_that_asked(stage: Stage) -> None:
    """What a program beside takes from the wire is sealed, and the press for it types nothing."""
    account = stage.set_up()
    stage.desk.away_from_the_boundary(AMAZON, 12)
    answer = done(stage.agree("code", account=account))
    code = stage.desk.code(AMAZON)
    assert code not in str(answer)
    covered = bytes.fromhex(str(answer["sealed"]))
    assert records.cover(stage.port.session, stage.port._number, covered) == code.encode()
    assert stage.key.usb.reports == []


def test_the_code_that_proves_a_new_account_is_sealed_too(stage: Stage) -> None:
    stage.set_up()
    stage.desk.away_from_the_boundary(AMAZON)
    now = int(stage.key.true_time)
    added = done(stage.port.ask("add", label="new", secret=AMAZON.secret.hex(), proof=now))
    assert set(added) == {"account", "sealed"}
    assert stage.desk.code(AMAZON) not in str(added)


@pytest.mark.parametrize("name", sorted({command.name for command in COMMANDS} - {"hello", "session"}))
def test_nothing_is_answered_outside_a_session(stage: Stage, name: str) -> None:
    stage.set_up()
    stage.program.session = b""
    stage.key.write_serial(stage.program.line(name, {}) + b"\n")
    assert stage.port.heard() == [{"id": None, "error": NO_SESSION}]
    assert set(UNPROVED) == {"hello", "session"}, "written down a second time, on purpose"


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


def test_the_light_of_set_up_is_not_that_of_a_person_who_chooses(stage: Stage) -> None:
    stage.set_up()
    stage.key.run(2)
    alone = watch(stage.key, 1)
    done(stage.add("other", GITHUB.secret.hex()))
    stage.key.run(2)
    assert [flash.colour for flash in watch(stage.key, 1)] == [flash.colour for flash in alone] != []
