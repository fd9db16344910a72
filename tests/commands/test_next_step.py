"""`totpkey` alone says what to do next; `--help` groups the commands by purpose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.cli import exits, output, root
from totpkey.link import discovery


def test_a_key_is_led_from_its_clock_to_its_accounts(make_desk: MakeDesk) -> None:
    desk = make_desk(clock_set=False)
    for step, command in (("time sync", ("time", "sync")), ("enroll", None)):
        told = desk.run()
        assert told.code == exits.OK
        assert f"`totpkey {step}`" in told.err
        assert "`totpkey --help`" in told.err
        if command:
            assert desk.run(*command).code == exits.OK
    desk.add("Amazon:shop")
    told = desk.run()
    assert "Accounts on it: 1." in told.err
    assert all(f"`totpkey {next_}" in told.err for next_ in ("backup FILE", "done", "enroll"))


def test_a_locked_key_is_to_be_unlocked(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    assert desk.run("pin", "set", "--stdin", stdin="31428", when_asked=desk.agree).code == exits.OK
    assert desk.run("lock").code == exits.OK
    assert "`totpkey unlock`" in desk.run().err


def test_without_a_key_the_next_step_is_to_plug_it_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert root.run(["--port", str(tmp_path / "none")]) == exits.NO_KEY
    assert "Plug the key in" in capsys.readouterr().err


def test_alone_and_without_a_key_it_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    if list(discovery.data_ports()):
        pytest.skip("a port of a board is there")
    assert root.run([]) == exits.OK
    told = capsys.readouterr().err
    assert "a USB key that types your sign-in codes" in told
    assert "Plug the key in" in told
    assert "`totpkey demo`" in told


@pytest.mark.parametrize(
    ("language", "usage", "cause"),
    [
        ("C", "Usage: totpkey move ", "'first' is not a whole number."),
        ("zh_CN.UTF-8", "用法：totpkey move ", "'first' 不是整数。"),
    ],
)
def test_how_a_command_is_used_is_said_in_the_language_of_the_computer(
    language: str, usage: str, cause: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LANGUAGE"}
    environment |= {"LC_ALL": language, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "totpkey", "move", "Amazon", "first"]
    ended = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == exits.USAGE
    assert ended.stderr.startswith(usage)
    assert cause in ended.stderr


def test_help_has_its_commands_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["help", "all"]) == exits.OK
    told = capsys.readouterr().out
    places = [told.index(f"\n{heading}:\n") for heading in root.GROUPS]
    assert places == sorted(places)
    assert all(f"\n  {name} " in told for name in root.SUMMARIES)
    assert list(root.SUMMARIES)[:3] == ["enroll", "web", "time"]


def test_help_shows_what_people_need_on_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["--help"]) == exits.OK
    told = capsys.readouterr().out
    assert len(told.splitlines()) <= 40
    assert all(f"\n  {name} " in told for name in root.FIRST)
    assert "help all" in told
    for words, wanted in ((["time", "sync"], "Usage: totpkey time sync "), (["add"], "Usage: totpkey add ")):
        assert root.run(["help", *words]) == exits.OK
        assert capsys.readouterr().out.startswith(wanted)
    assert root.run(["help", "nonsense"]) == exits.USAGE


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "xterm")])
def test_who_wants_no_colours_gets_none(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(name, value)
    shown: list[str] = []
    monkeypatch.setattr("click.echo", lambda text, **_: shown.append(text))
    output.fail("x")
    assert shown == ["Error: x" if value != "xterm" else "\x1b[31mError:\x1b[0m x"]
