"""A Windows console: `totpkey calibrate`, the guide to a site, and names in any script.

Names arrive whole, whatever the output and the code page.
"""

from __future__ import annotations

import json
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.enroll.person import MAIL, SHOWN, WORDS, type_into_the_page
from tests.layouts.dead_keys import DeadKeys
from tests.leaks.plugin import recorder
from tests.support.consent import asked
from tests.support.port import LIMIT
from tests.support.terminal import CommandDesk
from tests.support.typed import Typed
from tests.windows import wine
from tests.windows.conftest import MakeDesk
from totpkey.keyboard.layouts import layouts
from totpkey_virtual.computer import LINUX
from totpkey_virtual.hosts import XkbKeyboard, XkbMissing

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


#: What the command says for each touch, and at its end.
ASKS, STORED = "The key: press", "Stored: "


# The keys of the digits give other characters on a French keyboard; the last of them is à, by whose number
# C's own functions announce a cursor key.
@pytest.mark.parametrize(
    ("layout", "answers", "stored"),
    [("us", True, ("keypad", "us")), ("fr", True, ("keypad", "fr")), ("fr", False, ("top-row", "fr"))],
    ids=["us", "fr", "fr without NumLock"],
)
def test_what_arrives_in_a_console_is_stored(
    desk: CommandDesk, layout: str, answers: bool, stored: tuple[str, str]
) -> None:
    try:
        keyboard = XkbKeyboard(*layouts()[layout].xkb, LINUX)
    except XkbMissing as missing:
        pytest.skip(str(missing))
    assert desk.run("init", "--lock", "device").code == 0
    console = wine.Console(wine.program(*wine.COMMAND, "--port", desk.port, "calibrate"))
    Typed(desk, console.type, keyboard, DeadKeys(), answers)
    press_until_it_ends(desk, console)
    assert console.end() == 0, console.text
    typing = desk.told("typing")
    assert (typing["mode"], typing["layout"]) == stored, console.text


def press_until_it_ends(desk: CommandDesk, console: wine.Console) -> None:
    """Press the button as often as the key asks."""
    for pressed in count():
        assert console.wait_for(partial(has_gone_on, pressed)), console.text
        if STORED in console.text:
            return
        assert desk.key.run_until(lambda: asked(desk.key) != "", LIMIT)
        desk.agree()


def has_gone_on(pressed: int, text: str) -> bool:
    """Whether a press is asked for, after so many others, or all is done."""
    return text.count(ASKS) > pressed or STORED in text


def test_seller_central_by_its_secret(desk: CommandDesk) -> None:
    recorder.known.add(SHOWN.encode(), "what was typed")
    words = WORDS["en_US.UTF-8"]
    console = wine.Console(wine.program(*wine.COMMAND, "--port", desk.port, "enroll", "seller"))
    for name, answer in (("paste", SHOWN), ("which", MAIL)):
        assert console.shows(words[name]), console.text
        console.type(answer + "\r")
    assert console.shows(words["accepted"]), console.text
    text, possible = type_into_the_page(desk)
    assert text in possible
    console.type("y\r")
    assert console.end() == 0, console.text
    assert words["settings"] in console.text
    assert SHOWN[:14] not in console.text
    assert desk.labels() == [MAIL]
