"""What the commands do, and which of them need a gesture.

Each command's handler asks for the class of consent that the protocol's definition gives it.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from unittest import mock

from tests.support.desk import Desk
from totpkey.accounts.account import Account
from totpkey.link.conversation import Touch, nobody_told
from totpkey_firmware.setup.commands import Handlers
from totpkey_protocol import limits, words
from totpkey_protocol.commands import COMMANDS
from totpkey_protocol.words import ACCESS, NEVER


def test_small_corrections_need_no_hold_until_they_add_up(desk: Desk) -> None:
    desk.plug_into_setup()
    with desk.client(on_touch=nobody_told) as client:
        client.set_time(round(desk.key.true_time) + 1)
    with desk.noting() as (client, asked):
        client.set_time(round(desk.key.true_time) + limits.SLACK + 2)
        assert abs(client.time().seconds - desk.key.true_time - limits.SLACK - 2) < 0.7
    assert asked == [ACCESS]


def test_the_wait_for_the_touch_is_added_to_the_time(desk: Desk) -> None:
    desk.plug_into_setup()

    def late(touch: Touch) -> None:
        if touch.begins:
            desk.key.run(7)
            desk.obey(touch)

    with desk.client(late) as client:
        client.set_time(round(desk.key.true_time) + 1000)
        assert abs(client.time().seconds - desk.key.true_time - 1000) < 0.6


def test_many_accounts_come_in_pages(desk: Desk) -> None:
    desk.plug_in()
    issuer, label = "发行者" * 20, "标签" * 28
    accounts = [Account(issuer, f"{number} {label}", bytes([number]) * 20) for number in range(7)]
    with desk.client() as client:
        for account in accounts:
            client.add(account)
        assert [entry.label for entry in client.list()] == [account.label for account in accounts]


FOLDER = Path(__file__).parents[2] / "firmware" / "lib" / "totpkey_firmware" / "setup" / "commands"


def asked_for() -> dict[str, set[str]]:
    """Return the classes of consent that each function of the handlers yields, by its file and name."""
    found = {}
    for path in FOLDER.glob("*.py"):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                yielded = [node.value for node in ast.walk(function) if isinstance(node, ast.Yield)]
                names = [value.id for value in yielded if isinstance(value, ast.Name)]
                assert len(names) == len(yielded), f"{function.name} yields what has no name"
                found[f"{path.stem}.{function.name}"] = {getattr(words, name) for name in names}
    return found


def handlers() -> dict[str, str]:
    """Return the file and name of each command's handler, as the tables of handlers have it."""
    tree = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    tables = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    files, named = (ast.literal_eval(tables[name]) for name in ("COMMANDS", "_NAMED"))
    return {
        command: f"{file}.{named.get(command, command)}"
        for file, commands in files.items()
        for command in commands.split()
    }


def test_a_handler_asks_for_what_its_definition_says() -> None:
    asked, by_command = asked_for(), handlers()
    assert by_command.keys() == {command.name for command in COMMANDS}
    for command in COMMANDS:
        expected = set() if command.consent == NEVER else {command.consent}
        assert asked[by_command[command.name]] == expected, command.name


def test_what_a_file_has_loaded_goes_before_another_and_not_for_what_stays() -> None:
    with mock.patch.dict(sys.modules):
        for name in [name for name in sys.modules if "setup.commands." in name]:
            del sys.modules[name]
        # It needs a board.
        sys.modules["totpkey_firmware.setup.commands.device"] = mock.MagicMock()
        handlers, before = Handlers(), set(sys.modules)
        handlers.find("lend")
        loaded = {f"totpkey_firmware.setup.commands.{file}" for file in ("lending", "ends")}
        assert loaded <= set(sys.modules) - before
        handlers.find("make_card")
        handlers.find("hello")
        assert loaded <= set(sys.modules)
        handlers.find("journal")
        assert not loaded & set(sys.modules)
