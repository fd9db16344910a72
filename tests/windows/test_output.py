"""Names in any script arrive whole, whatever the output and the code page of Windows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.leaks.plugin import recorder
from tests.support.terminal import CommandDesk
from tests.windows import wine
from tests.windows.conftest import MakeDesk

pytestmark = pytest.mark.needs("windows")

#: Chinese, beyond the first 65536 characters, written from right to left, with accents of its own.
NAMES = ("店铺一号", "fox 🦊", "חנות", "Łódź")
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def named(make_desk: MakeDesk) -> CommandDesk:
    """A key with accounts of those names."""
    desk = make_desk()
    for name in NAMES:
        assert desk.run("add", "--stdin", f"Shop:{name}", stdin=SECRET).code == 0
    return desk


@pytest.mark.parametrize("chinese", [False, True], ids=["1252", "936"])
def test_pipes_and_files_carry_utf_8(named: CommandDesk, chinese: bool, tmp_path: Path) -> None:
    assert wine.run(
        "-c", "import locale; print(locale.getpreferredencoding(False))", chinese=chinese
    ).out.strip() == (b"cp936" if chinese else b"cp1252")
    command = (*wine.COMMAND, "--port", named.port, "list")
    for ended in (
        wine.run(*command, chinese=chinese),
        wine.run(*command, chinese=chinese, stdout=tmp_path / "list"),
    ):
        assert (ended.code, ended.err) == (0, b"")
        assert [name for name in NAMES if name in ended.out.decode()] == list(NAMES)
    listed = wine.run(*command, "--json", chinese=chinese)
    assert tuple(account["label"] for account in json.loads(listed.out.decode())) == NAMES


@pytest.mark.parametrize("chinese", [False, True], ids=["1252", "936"])
def test_words_for_people_on_a_pipe_name_the_account(named: CommandDesk, chinese: bool) -> None:
    command = (*wine.COMMAND, "--port", named.port, "add", "--stdin", f"Shop:{NAMES[0]}")
    recorder.known.add(SECRET.encode(), "what was piped in")
    refused = wine.run(*command, stdin=SECRET.encode(), chinese=chinese)
    assert refused.code == 1
    assert NAMES[0] in refused.err.decode()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "as PowerShell pipes it"])
def test_names_come_in_by_a_pipe(desk: CommandDesk, mark: bytes) -> None:
    recorder.known.add(SECRET.encode(), "what was piped in")
    uri = f"otpauth://totp/Shop:{NAMES[0]}?secret={SECRET}&issuer=Shop"
    added = wine.run(
        *wine.COMMAND, "--port", desk.port, "add", "--stdin", stdin=mark + uri.encode() + b"\r\n"
    )
    assert added.code == 0, added.err.decode()
    (listed,) = desk.told("list")
    assert (listed["issuer"], listed["label"]) == ("Shop", NAMES[0])


@pytest.mark.parametrize("page", [437, 936, 1252, 65001])
def test_a_console_shows_them_in_each_code_page(named: CommandDesk, page: int) -> None:
    command = wine.program(*wine.COMMAND, "--port", named.port, "list")
    python = wine.path_of(Path(command[1]))
    console = wine.Console(["wine", "cmd", "/c", f"chcp {page} & {python} {' '.join(command[2:])}"])
    assert console.end() == 0
    assert f"Active code page: {page}" in console.text
    # Wine's console has no cells for what lies beyond the first 65536 characters.
    assert [name for name in NAMES if name in console.text] == [name for name in NAMES if "🦊" not in name]


def test_a_console_shows_no_secret_that_is_typed(desk: CommandDesk) -> None:
    recorder.known.add(SECRET.encode(), "what was typed")
    console = wine.Console(wine.program(*wine.COMMAND, "--port", desk.port, "add", "Shop:店"))
    assert console.shows("(not shown)"), console.text
    console.type(SECRET + "\r")
    assert console.end() == 0, console.text
    assert "Saved" in console.text
    assert SECRET not in console.text


def test_colours_on_a_console_and_none_in_a_pipe(desk: CommandDesk) -> None:
    command = (*wine.COMMAND, "--port", desk.port, "rename", "nobody", "x")
    console = wine.Console(wine.program(*command))
    assert console.end() == 6
    assert "\x1b[31m" in console.raw
    piped = wine.run(*command)
    assert piped.code == 6
    assert b"\x1b" not in piped.err


def test_ctrl_c_ends_a_command_that_waits_for_the_button(desk: CommandDesk) -> None:
    account = desk.add("Shop:店")
    console = wine.Console(wine.program(*wine.COMMAND, "--port", desk.port, "remove", "--force", account))
    assert console.shows("The key: press"), console.text
    console.type("\x03")
    assert console.end() == 130, console.text
    assert account in desk.run("list").out
