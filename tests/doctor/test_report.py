"""`totpkey doctor --report`: what goes into an issue that everybody can read.

The search for leaks reads it, too.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.terminal import MakeDesk
from totpkey import errors
from totpkey.clock import host_clock
from totpkey.doctor import examination
from totpkey.doctor.case import BAD, GOOD, Case, Finding, KeyCase
from totpkey.link.replies import Clock, Hello
from totpkey_protocol.version import __version__

HELLO = Hello(1, __version__, "10.1.3", "raspberry_pi_pico", "00ff" * 4, "setup", "open", "trusted", 2)
CASE = Case(
    KeyCase("/dev/ttyACM0", HELLO, Clock("trusted", "", "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), None, None),
    host_clock.SYNCHRONISED,
    0.0,
)


@pytest.fixture(autouse=True)
def berta(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person at this computer."""
    monkeypatch.setenv("LOGNAME", "berta")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/berta"))


def test_a_key_with_accounts(make_desk: MakeDesk) -> None:
    desk = make_desk()
    ident = desk.add("Amazon:shop")
    done = desk.run("doctor", "--report")
    told = desk.told("doctor")
    lines = done.out.splitlines()
    assert lines[0].startswith(f"totpkey {__version__}, Python 3.")
    assert f"{desk.key.board}, firmware {__version__}, CircuitPython" in lines[2]
    assert [line.split(":")[0].split(None, 1) for line in lines[3:]] == [
        [finding["grade"], finding["name"]] for finding in told
    ]
    key = told[0]["detail"].split()[0]
    assert len(key) == 16
    for own in (key, "Amazon", "shop", ident):
        assert own not in done.out
    assert "KEY on " in done.out


def test_names_of_people_and_folders_are_left_out() -> None:
    found = [
        Finding("key", GOOD, f"{HELLO.key} on /dev/ttyACM0"),
        Finding("board's drive", BAD, "/run/media/berta/CIRCUITPY: a board"),
        Finding("rule", GOOD, "/home/berta/rules, C:\\Users\\berta\\rules and C:\\Users\\berta"),
        Finding("word", GOOD, "alberta is no user"),
    ]
    assert examination.report_lines(CASE, found)[3:] == [
        "good    key: KEY on /dev/ttyACM0",
        "bad     board's drive: /run/media/USER/CIRCUITPY: a board",
        "good    rule: HOME/rules, C:\\Users\\USER\\rules and C:\\Users\\USER",
        "good    word: alberta is no user",
    ]


def test_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without a name of the user, as in some containers."""

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    case = replace(CASE, key=None, hindrance=errors.NoKey("No key was found."))
    lines = examination.report_lines(case, [Finding("key", BAD, "No key was found.")])
    assert lines[2:] == ["bad     key: No key was found."]
