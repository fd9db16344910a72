"""A program has opened the port before the owner's command: it takes lines, adds lines, and asks as it likes.

The owner makes each gesture that their own command shows. What the command says must be what happened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.attacks.stage import PROGRAMS, REACTION, Stage, done
from tests.support.consent import make
from totpkey.cli.keys import connect
from totpkey.cli.root import run
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.link import discovery

#: What a program makes of a line of the key: the lines that the owner's command gets.
Program = Callable[["Beside", bytes], list[bytes]]


class Beside:
    """The port of the owner's command, at which the program is first with each line of the key."""

    def __init__(self, stage: Stage, program: Program, half: bytes = b"") -> None:
        """`half`: what the program writes before each request of the owner."""
        self.stage = stage
        self._program = program
        self._half = half
        self._transport = DirectTransport(stage.key)
        self._rest = b""
        #: All lines of the key, and what the program remembers.
        self.lines: list[bytes] = []
        self.kept: dict[str, bytes] = {}

    def write(self, data: bytes) -> None:
        self.stage.key.write_serial(self._half)
        self._transport.write(data)

    def read(self, timeout_s: float) -> bytes:
        *lines, self._rest = (self._rest + self._transport.read(timeout_s)).split(b"\n")
        self.lines += lines
        return b"".join(line + b"\n" for each in lines for line in self._program(self, each))

    def close(self) -> None:
        self._transport.close()

    def once(self, name: str, line: bytes) -> bool:
        """Whether this is the first line of that name."""
        return self.kept.setdefault(name, line) is line


class Owner:
    """Runs a command and makes the gestures that it shows."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._stage, self._capture, self._patch = stage, capture, patch
        #: The gesture that is shown, and how often it was drawn since; whether they make it.
        self._shown, self._drawn = "", 0
        self.willing, self.sees_most = True, 2
        patch.setattr(connect, "say", self._reads)
        patch.setattr(connect, "redraw", self._sees)

    def _reads(self, text: str) -> None:
        self._shown, self._drawn = "".join(re.findall(r"\d", text.replace("once", "1"))), 0

    def _sees(self, drawing: str, ends: bool, rings: bool) -> None:
        """Make the gesture that was shown last, after some seconds."""
        self._drawn += 1
        if self._shown and self._drawn > self.sees_most and self.willing:
            counts, self._shown = self._shown, ""
            # As long as it takes to see the light, too.
            self._stage.key.run(REACTION)
            make(self._stage.key, counts)

    def runs(self, port: Beside, *arguments: str) -> tuple[int, str]:
        """The exit code, and all that was printed."""
        self._patch.setattr(discovery, "SerialTransport", lambda path: port)
        self._capture.readouterr()
        code = run(["--port", "beside", *arguments])
        shown = self._capture.readouterr()
        return code, shown.out + shown.err


@pytest.fixture
def owner(stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Owner:
    stage.set_up()
    stage.port.close()
    return Owner(stage, monkeypatch, capsys)


def names(stage: Stage) -> list[str]:
    """The accounts on the key."""
    stage.port.open()
    listed = done(stage.port.ask("list"))["accounts"]
    assert isinstance(listed, list)
    stage.port.close()
    return [str(account["label"]) for account in listed]


def number_of(line: bytes) -> int:
    found = re.search(rb'"id":(\d+)', line)
    assert found
    return int(found[1])


def asks_with_the_owners_id(beside: Beside, line: bytes) -> list[bytes]:
    """It takes one line, which has the id, and asks for everything under that."""
    if b'"waits"' not in line or not beside.once("beat", line):
        return [line]
    program = beside.stage.program
    program.begin()
    program._number = number_of(line) - 1
    program.send("export", derived=PROGRAMS, start=0)
    return []


def test_the_owner_is_shown_no_gesture_of_another_program(stage: Stage, owner: Owner) -> None:
    beside = Beside(stage, asks_with_the_owners_id)
    connect_says = owner.runs(beside, "rename", "shop", "mine")
    assert "beat" in beside.kept
    assert not [line for line in beside.lines if b'"sealed"' in line], "an account has left the key"
    assert connect_says[0] != 0
    assert "Renamed" not in connect_says[1]
    assert names(stage) == ["shop"]


def feigns(beside: Beside, line: bytes) -> list[bytes]:
    """A read that proves nothing, with the owner's id, is answered "ok"."""
    if b'"touch"' in line and beside.once("touch", line):
        beside.stage.key.write_serial(b'{"id":%d,"command":"hello"}\n' % number_of(line))
        # The owner is slow.
        beside.stage.key.run(0.3)
    return [line]


def makes_noise(beside: Beside, line: bytes) -> list[bytes]:
    if b'"touch"' in line and beside.once("touch", line):
        beside.stage.key.write_serial(b"x\n")
        beside.stage.key.run(0.3)
    return [line]


def says_ok(beside: Beside, line: bytes) -> list[bytes]:
    """It writes into what the command reads (`TIOCSTI`)."""
    if b'"touch"' in line and beside.once("touch", line):
        return [b'{"id":%d,"ok":{}}' % number_of(line), line]
    return [line]


def replays(beside: Beside, line: bytes) -> list[bytes]:
    """It gives the command what the key has proved before, and what it has proved under another tag."""
    beside.kept.setdefault("".join(re.findall(r'"(ok|notice|error)"', line.decode())), line)
    stale = [kept for kept in beside.kept.values() if kept is not line]
    return [*stale, line[:-32] + b"0" * 32, line, *stale]


@pytest.mark.parametrize(
    ("program", "sees_most"), [(feigns, 2), (makes_noise, 0), (says_ok, 2), (replays, 0), (replays, 2)]
)
def test_what_the_command_says_of_a_removal_is_what_happened(
    stage: Stage, owner: Owner, program: Program, sees_most: int
) -> None:
    owner.sees_most = sees_most
    code, shown = owner.runs(Beside(stage, program), "remove", "--force", "shop")
    assert (code == 0) == (names(stage) == []), shown


def takes_the_end(beside: Beside, line: bytes) -> list[bytes]:
    """It takes every answer, so that the owner's command hears of nothing but the gesture."""
    return [] if b'"notice":"agreed"' in line or b'"ok":{}' in line else [line]


def takes_what_follows_the_gesture(beside: Beside, line: bytes) -> list[bytes]:
    if b'"touch"' in line:
        beside.once("touch", line)
        return [line]
    # A new session's answer gets through: the program was too slow.
    return [line] if "touch" not in beside.kept or b'"start"' in line else []


@pytest.mark.parametrize("program", [takes_the_end, takes_what_follows_the_gesture])
def test_a_lost_answer_is_learnt_from_a_new_session(stage: Stage, owner: Owner, program: Program) -> None:
    owner.sees_most = 0
    code, shown = owner.runs(Beside(stage, program), "remove", "--force", "shop")
    assert (code, names(stage)) == (0, []), shown


def test_a_key_is_told_to_be_erased_only_if_it_is(stage: Stage, owner: Owner) -> None:
    beside = Beside(stage, feigns)
    owner.willing = False
    code, shown = owner.runs(beside, "wipe", "--force")
    assert code != 0
    assert "like new" not in shown
    assert names(stage) == ["shop"]


def test_half_a_record_swallows_no_request(stage: Stage, owner: Owner) -> None:
    beside = Beside(stage, lambda beside, line: [line], half=b'{"id":1,"x":"')
    code, shown = owner.runs(beside, "remove", "--force", "shop")
    assert (code, names(stage)) == (0, []), shown
    assert "Another program speaks" in shown


def gives_another_account(beside: Beside, line: bytes) -> list[bytes]:
    """The list that the command reads has the name of one account beside the id of another."""
    if b'"accounts":[' not in line:
        return [line]
    message = json.loads(line[: line.rindex(b"}") + 1])
    first, second = (entry["account"] for entry in message["ok"]["accounts"])
    forged = json.dumps(message).replace(first, "?").replace(second, first).replace("?", second).encode()
    return [forged, forged + line[-32:]]


def test_a_list_that_is_not_the_keys_chooses_no_account(stage: Stage, owner: Owner) -> None:
    stage.port.open()
    done(stage.add(label="other"))
    stage.port.close()
    code, shown = owner.runs(Beside(stage, gives_another_account), "remove", "--force", "shop")
    assert "shop" in names(stage) or code == 0, shown
    assert "other" in names(stage), "another account is gone"
