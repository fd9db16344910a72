"""A command imports only what it needs. Checking imports is steadier than timing."""

import subprocess
import sys
from importlib.util import find_spec, module_from_spec

import click
import pytest

from totpkey.cli import root
from totpkey.cli.lazy_group import command_in

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


def test_list_imports_no_more_than_it_needs() -> None:
    loaded = modules_after("--port", "/nonexistent", "list")
    assert {"totpkey.cli.commands.list", "serial"} <= loaded
    assert not loaded & {
        *HEAVY,
        "adafruit_board_toolkit",
        "hashlib",
        "urllib.parse",
        "totpkey_readers.records.key_uri",
    } - {"serial"}


@pytest.mark.parametrize(
    "command",
    ["info", "init", "pin set", "passphrase set", "unlock", "lock", "locking", "move x 1", "wipe"],
)
def test_cryptography_waits_for_a_passphrase(command: str) -> None:
    loaded = modules_after("--port", "/nonexistent", *command.split())
    assert {root.cli.module_of(command.split()[0]), "serial"} <= loaded
    assert not loaded & {*HEAVY, "totpkey_readers.records.key_uri"} - {"serial"}


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
