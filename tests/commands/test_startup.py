"""How the command starts: alone it says what to do next, help is in groups, and it loads only what it needs.

Checking imports is steadier than timing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import click
import pytest

from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.cli import exits, output, root
from totpkey.cli.lazy_group import command_in
from totpkey.link import discovery

HEAVY = (
    "rich",
    "serial",
    "cryptography",
    "importlib.metadata",
    "asyncio",
    "logging",
    "totpkey_virtual",
    "pyotp",
    "PIL",
    "zxingcpp",
    "pypdfium2",
    "totpkey_readers.formats",
    "websockets",
    "totpkey.web",
)
_PROGRAM = """
import sys
from totpkey.__main__ import main
sys.argv = ["totpkey", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
sys.stdout.flush()
print("\\n".join(sys.modules))
"""


def modules_after(*arguments: str) -> set[str]:
    """The modules loaded once `totpkey` has run with these arguments, in a process of its own."""
    program = [sys.executable, "-c", _PROGRAM, *arguments]
    return set(subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines())


def test_the_version_needs_no_click() -> None:
    loaded = modules_after("--version")
    assert "totpkey_protocol.version" in loaded
    assert not loaded & {*HEAVY, "click", "json", "dataclasses"}


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("nonsense",)])
def test_help_imports_no_command(arguments: tuple[str, ...]) -> None:
    loaded = modules_after(*arguments)
    assert "totpkey.cli" in loaded
    assert not loaded & {*HEAVY, "totpkey.link.client"}
    assert not any(name.startswith("totpkey.cli.commands.") for name in loaded)


@pytest.mark.parametrize(
    "command",
    ["list", "info", "init", "pin set", "passphrase set", "unlock", "lock", "locking", "move x 1", "wipe"],
)
def test_cryptography_waits_for_a_passphrase(command: str) -> None:
    loaded = modules_after("--port", "/nonexistent", *command.split())
    assert {root.cli.module_of(command.split()[0]), "serial"} <= loaded
    assert not loaded & {*HEAVY, "totpkey_readers.records.key_uri"} - {"serial"}
    if command in ("list", "info"):
        assert not loaded & {"adafruit_board_toolkit", "hashlib", "urllib.parse"}


@pytest.mark.parametrize(
    "command", ["import /nonexistent", "enroll --list", "compare x", "backup /nonexistent/x"]
)
def test_pictures_and_tables_wait_until_they_are_drawn(command: str) -> None:
    loaded = modules_after("--port", "/nonexistent", *command.split())
    assert root.cli.module_of(command.split()[0]) in loaded
    assert not loaded & {"rich", "cryptography", "PIL", "zxingcpp", "pypdfium2", "totpkey_virtual"}


def test_web_loads_a_simulated_key_only_to_simulate_one() -> None:
    loaded = modules_after("web", "--board", "raspberry_pi_pico")
    assert "totpkey.cli.commands.web" in loaded
    assert not loaded & {*HEAVY} - {"totpkey.web", "serial"}


@pytest.mark.parametrize("name", sorted(root.SUMMARIES.keys() - root.EXTENSIONS))
def test_a_command_has_its_summary_from_the_list_for_help_alone(name: str) -> None:
    context = root.cli.make_context("totpkey", ["info"])
    command = root.cli.get_command(context, name)
    assert command is not None
    assert command.get_short_help_str(limit=1000) == root.SUMMARIES[name]
    # Loaded a second time, it is as it was before the group found it.
    spec = find_spec(root.cli.module_of(name))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    again = command_in(module, name)
    assert isinstance(again, click.Command)
    assert again.short_help is None
    assert again.name == name


def test_a_key_is_led_from_its_clock_to_its_accounts(make_desk: MakeDesk) -> None:
    desk = make_desk(clock_set=False)
    for step, command in (("time sync", ("time", "sync")), ("enroll", None)):
        desk.run().ended(exits.OK, f"`totpkey {step}`", "`totpkey --help`")
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
