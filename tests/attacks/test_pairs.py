"""No ordered pair of commands gives a program more than the owner asked for, and no wrong gesture works.

Nor does a program get another account in with the touch for a file that lends one, which lies in memory
until then. Both files are right ones, made by another library for this key's card
(tests/lending/envelope.py): the owner has the one, and somebody who knows the card made the other. What is
on the key afterwards is read from its flash by another reader (tests/flash/attacker.py).
"""

from __future__ import annotations

import base64
from functools import cache

import pytest

from tests.attacks.pairs import BESIDE, DROPPED, MID, STATES, TWICE, Pairs, come, request, until
from tests.attacks.stage import REACTION, Message, Port, Stage, done, waits
from tests.flash import attacker
from tests.lending.envelope import Letter, record, seal
from tests.support.cases import sampled, slow
from tests.support.consent import make
from tests.support.keys import simulated
from totpkey.accounts.ends import End
from totpkey_firmware.setup.asking import PRESS, every
from totpkey_protocol.commands import COMMANDS, find
from totpkey_protocol.words import BLANK, LOCKED, NEVER, OPEN

#: How many commands want a touch there, at a key as it is set up here.
TOUCHED = {BLANK: 8, LOCKED: 4, OPEN: 25}
OWNERS = [(state, number) for state, count in TOUCHED.items() for number in range(count)]
#: Those of them that `make test` tries, and those that are tried without `make test-whole`.
QUICK = [(LOCKED, 1)]
REST = [(BLANK, 2), (OPEN, 3), (OPEN, 12)]
#: All gestures that there are, and holds before them.
GESTURES = [PRESS, *every(2), *every(3)]
OTHERS = [*((gesture, 0.0) for gesture in GESTURES), ("", 0.7), ("2", 2.3), ("", 5.3)]


def pairs(state: str) -> Pairs:
    # Nobody reads its light, and a gesture that has to come free takes two minutes.
    return Pairs(Stage.plugged_in(simulated(dozes=True)), state)


@cache
def names(state: str) -> list[str]:
    return [command.name for command in pairs(state).touched]


@pytest.mark.parametrize("state", STATES)
def test_how_many_there_are(state: str) -> None:
    assert len(names(state)) == TOUCHED[state], names(state)


@pytest.mark.parametrize("one", sampled(OWNERS, QUICK, REST), ids=lambda one: f"{one[0]}-{one[1]}")
def test_no_pair_gives_the_program_anything(one: tuple[str, int]) -> None:
    """Each is the owner's command with that number, and all commands of a program beside it."""
    state, number = one
    tried = pairs(state)
    owners = tried.touched[number]
    assert list(tried.of(owners)) == [], owners.name
    assert tried.is_as_it_was(), owners.name


@pytest.mark.parametrize("state", [slow(state) for state in STATES])
def test_no_other_gesture_serves(state: str) -> None:
    tried = pairs(state)
    for command in tried.touched:
        served = [other for other in OTHERS if tried.serves(command, *other)]
        assert served == [], command.name
        assert tried.is_as_it_was(), command.name


@pytest.mark.parametrize(
    ("state", "owners", "programs", "way", "moment", "delay"),
    [
        (OPEN, "set_time", "export", DROPPED, 2.0, REACTION),
        (OPEN, "export", "export", BESIDE, 2.0, REACTION),
        (OPEN, "code", "set_passphrase", DROPPED, 2.0, REACTION),
        # A single press is in no gesture, so that a code cannot be slipped in between two counts.
        (OPEN, "remove", "code", BESIDE, MID, REACTION),
        (OPEN, "export", "wipe", BESIDE, 2.0, REACTION),
        (LOCKED, "unlock_pin", "wipe", BESIDE, 1.05, 0.05),
        (BLANK, "update", "batch", DROPPED, MID, 0.05),
    ],
)
def test_a_sample_of_pairs(
    stage: Stage, state: str, owners: str, programs: str, way: str, moment: float, delay: float
) -> None:
    one, other = find(owners), find(programs)
    assert one is not None
    assert other is not None
    tried = Pairs(stage, state, (owners, programs))
    assert tried.touched == [command for command in COMMANDS if command in (one, other)]
    assert not tried.is_taken(one, other, way, moment, delay)
    assert tried.is_as_it_was()


@pytest.mark.parametrize(
    ("state", "names", "gesture", "hold"),
    [
        (OPEN, ("export", "set_pin"), PRESS, 0.0),
        (OPEN, ("export", "set_pin"), "", 5.3),
        # On a locked key a press is a part of a PIN, and moves no clock.
        (LOCKED, ("set_time",), PRESS, 0.0),
    ],
)
def test_a_sample_of_gestures(
    stage: Stage, state: str, names: tuple[str, ...], gesture: str, hold: float
) -> None:
    tried = Pairs(stage, state, names)
    assert len(tried.touched) == len(names)
    for command in tried.touched:
        assert not tried.serves(command, gesture, hold), command.name
    assert tried.is_as_it_was()


def test_every_command_that_wants_a_touch_is_asked_for_in_some_state() -> None:
    asked = {name for state in STATES for name in names(state)}
    wanting = {command.name for command in COMMANDS if command.consent != NEVER}
    # These need another key, which has agreed to a clone.
    assert wanting - asked == {"clone_send", "clone_receive"}


of_files = pytest.mark.simulator_only(reason="each file takes seconds there, and memory is shared alike")

OURS, THEIRS = bytes(range(1, 21)), bytes(range(101, 121))
#: The owner's own program sends another request, as one with two files would.
SAME = "in the same session"
#: The programs' requests that may write where the file lies.
WRITERS = "accept", "add", "lend", "clone_receive", "set_end", "rename", "export"


@pytest.fixture
def card(stage: Stage) -> bytes:
    """The card of a key that has one account of its own."""
    stage.set_up()
    return bytes.fromhex(str(done(stage.agree("make_card", name="mine"))["public"]))


def file(stage: Stage, card: bytes, secret: bytes) -> str:
    """What accepts an account with that secret, for five codes."""
    letter = Letter(round(stage.key.true_time), End(codes=5).pack(), "a shop", record(secret, "lent"))
    return base64.b64encode(seal(card, letter.pack())).decode()


def asked(stage: Stage, port: Port, sealed: str) -> Message:
    """Ask to accept a file; gestures may have to come free first."""
    port.begin()
    message = port.ask("accept", sealed=sealed)
    if not waits(message):
        stage.key.run(TWICE)
        message = port.ask("accept", sealed=sealed)
    assert waits(message), message
    return message


def accepted(stage: Stage) -> set[bytes]:
    return attacker.stolen(stage.key.flash) & {OURS, THEIRS}


@of_files
@pytest.mark.parametrize("name", [WRITERS[0], *map(slow, WRITERS[1:])])
@pytest.mark.parametrize("way", [BESIDE, SAME, slow(DROPPED)])
@pytest.mark.parametrize("moment", [2.0, slow(0.05), slow(MID)])
def test_no_request_of_a_program_gets_the_touch_for_a_file(
    stage: Stage, card: bytes, name: str, way: str, moment: float
) -> None:
    ours, theirs = (file(stage, card, secret) for secret in (OURS, THEIRS))
    command = find(name)
    assert command is not None
    account = str(done(stage.port.ask("list"))["accounts"][0]["account"])  # type: ignore[index]
    told = asked(stage, stage.port, ours)
    gesture, hold = until(stage, told, moment)
    come(stage, way)
    program = stage.port if way == SAME else stage.program
    given = request(command, account, round(stage.key.true_time))
    heard = program.ask(name, **given | ({"sealed": theirs} if name == "accept" else {}))
    stage.key.run(REACTION)
    make(stage.key, gesture, hold)
    stage.key.run(3)
    assert accepted(stage) == set(), (name, heard)
    stage.key.run(TWICE)
    # The owner's file is as good as before.
    accept(stage, asked(stage, stage.port, ours))
    assert accepted(stage) == {OURS}


def accept(stage: Stage, told: Message) -> None:
    """The owner sees the light and makes the gesture."""
    stage.gesture(told)
    done(stage.ended(told))


@of_files
def test_what_proves_nothing_leaves_the_file_as_it_is(stage: Stage, card: bytes) -> None:
    account = str(done(stage.port.ask("list"))["accounts"][0]["account"])  # type: ignore[index]
    told = asked(stage, stage.port, file(stage, card, OURS))
    for command in COMMANDS:
        # A new session ends what waits. Nothing else is answered without one.
        if command.name != "session":
            given = request(command, account, round(stage.key.true_time))
            stage.key.write_serial(stage.program.line(command.name, given) + b"\n")
    stage.key.write_serial(b'{"id":9,"command":"accept","sealed":"' + b"A" * 900)
    accept(stage, told)
    assert accepted(stage) == {OURS}
