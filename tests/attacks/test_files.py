"""A file that lends an account lies in memory until its touch comes, and a program may send another one.

Both files are right ones, made by another library for this key's card (tests/lending/envelope.py): the owner
has the one, and somebody who knows the card made the other. What is on the key afterwards is read from its
flash by another reader (tests/flash/attacker.py).
"""

from __future__ import annotations

import base64

import pytest

from tests.attacks.pairs import BESIDE, DROPPED, MID, TWICE, come, request, until
from tests.attacks.stage import REACTION, Message, Port, Stage, done, waits
from tests.flash import attacker
from tests.lending.envelope import Letter, record, seal
from tests.support.cases import slow
from tests.support.consent import make
from totpkey.accounts.ends import End
from totpkey_protocol.commands import COMMANDS, find

pytestmark = pytest.mark.simulator_only(reason="each file takes seconds there, and memory is shared alike")

OURS, THEIRS = bytes(range(1, 21)), bytes(range(101, 121))
#: The owner's own program sends another request, as one with two files would.
SAME = "in the same session"
#: The programs' requests that may write where the file lies.
OTHERS = "accept", "add", "lend", "clone_receive", "set_end", "rename", "export"


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


@pytest.mark.parametrize("name", [OTHERS[0], *map(slow, OTHERS[1:])])
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
