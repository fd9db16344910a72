"""Consoles, ports and commands on Windows: what a user types, reads and connects.

Names in any script arrive whole, whatever the output and the code page. `totpkey calibrate` and the guide to
a site work in a console.
A COM port may be above COM9, vanish, be in use, or not be there. The page of `totpkey web` reaches this
computer, and Ctrl-C ends it.
What `make test` runs and needs no Linux passes unchanged.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from functools import partial
from itertools import count
from pathlib import Path

import pytest

import build_page
import windows_python
from other_systems import ROOT
from tests.backup import test_backup, test_drill
from tests.clone import test_commands as test_clone
from tests.commands import test_commands, test_doctor
from tests.commands.person import MAIL, SHOWN, WORDS, type_into_the_page
from tests.importers import test_commands as test_import
from tests.leaks.plugin import recorder
from tests.locks import test_lock_commands
from tests.support.consent import asked
from tests.support.judges import from_npm
from tests.support.port import LIMIT
from tests.support.terminal import CommandDesk, DeadKeys
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
    type_into_the_page(desk)
    console.type("y\r")
    assert console.end() == 0, console.text
    assert words["settings"] in console.text
    assert SHOWN[:14] not in console.text
    assert desk.labels() == [MAIL]


#: Those that run the command by their desk alone, at least one for each command.
_AS_THEY_ARE = (
    test_commands.test_info_describes_a_blank_key,
    test_commands.test_an_account_from_a_uri,
    test_commands.test_an_account_from_a_secret_as_amazon_shows_it,
    test_commands.test_input_that_is_no_secret_is_a_usage_error,
    test_commands.test_rename,
    test_commands.test_remove_asks_and_wants_a_press,
    test_commands.test_code_prints_the_code_and_nothing_else,
    test_commands.test_a_name_that_fits_none_or_several,
    test_commands.test_done_leaves_setup,
    test_import.test_an_export_comes_in_by_one_press,
    test_import.test_an_encrypted_export,
    test_import.test_pictures_of_google_authenticator_s_batches,
    test_import.test_a_qr_code_in_a_picture,
    test_backup.test_a_backup_of_one_key_gives_the_same_codes_on_another,
    test_backup.test_a_file_that_is_there_is_not_written_over,
    test_drill.test_an_account_that_came_after_the_backup_is_named,
    test_clone.test_a_clone_types_the_same_codes,
    test_clone.test_compare_shows_what_each_key_lacks,
    test_clone.test_an_account_for_two_keys_at_once,
    test_lock_commands.test_init_without_a_lock,
    test_lock_commands.test_init_with_a_pin,
    test_lock_commands.test_a_wrong_passphrase,
    test_lock_commands.test_a_wrong_pin_costs_a_try_and_says_how_many_are_left,
    test_lock_commands.test_when_the_key_locks_itself_is_set_piece_by_piece,
    test_lock_commands.test_accounts_are_put_in_another_order,
    test_lock_commands.test_wipe_wants_a_word_and_a_gesture,
    test_doctor.test_a_key_that_is_well,
)
globals().update({test.__name__: test for test in _AS_THEY_ARE})
# They themselves are not collected here as what they are in their own folder.
del test_backup, test_clone, test_commands, test_doctor, test_drill, test_import, test_lock_commands


def test_how_a_code_is_typed(desk: CommandDesk) -> None:
    account = desk.add("Shop:店")
    assert desk.run("typing", "set", "--layout", "fr", when_asked=desk.agree).code == 0
    assert desk.told("typing")["layout"] == "fr"
    assert desk.run("recipe", account, "{code}{ENTER}", when_asked=desk.agree).code == 0
    (listed,) = desk.told("list")
    assert listed["recipe"] == "{code}{ENTER}"


def test_the_clock_is_set(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == 0
    assert abs(desk.told("time")["offset"]) < 1


_SUITES = (
    "readers/tests",
    "tests/clock/test_reckoning.py::test_dates_agree_with_datetime",
    "tests/clock/test_reckoning.py::test_ticks_wrap",
    "tests/clone/test_clone.py::test_rfc_7748_a_thousand_times",
    "tests/clone/test_clone.py::test_agrees_with_an_independent_implementation",
    "tests/codes/test_otp.py",
    "tests/importers",
    "tests/protocol",
    "tests/typing/test_gestures.py",
)
#: They open ports.
_LEFT_OUT = ("tests/importers/test_commands.py",)


def test_the_parts_without_a_port(windows: None) -> None:
    left_out = [f"--ignore={folder}" for folder in _LEFT_OUT]
    options = ("-q", "--color=no", "-m", "not slow and not whole")
    ended = wine.run("-m", "pytest", *options, *_SUITES, *left_out, cwd=ROOT)
    told = ended.out.decode(errors="replace")
    assert ended.code == 0, told[-4000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 250


#: Opens a port as any program on Windows does, for itself alone, and keeps it until its input ends.
_KEEP = """
import ctypes, sys
opened = ctypes.WinDLL("kernel32").CreateFileW(sys.argv[1], 0xC0000000, 0, None, 3, 0, None)
print(opened != -1, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [3, 9, 10, 200])
def test_any_number(make_desk: MakeDesk, number: int) -> None:
    told = make_desk(port=f"COM{number}").run("info")
    assert told.code == 0, told.err
    assert "0001020304050607" in told.out


def test_no_such_port(windows: None) -> None:
    refused = wine.run(*wine.COMMAND, "--port", "COM250", "info")
    assert refused.code == 3
    assert b"There is no serial port COM250." in refused.err


def test_no_key_in_setup(windows: None) -> None:
    refused = wine.run(*wine.COMMAND, "info")
    assert refused.code == 3
    assert b"No key in setup was found." in refused.err


def test_a_key_that_is_pulled_out_while_it_waits(desk: CommandDesk) -> None:
    account = desk.add("Shop:店")

    def pull_out() -> None:
        desk.key.unplug()

    gone = desk.run("remove", "--force", account, when_asked=pull_out)
    assert gone.code == 1
    assert f"The key on {desk.port} is gone." in gone.err


def test_one_that_another_program_has_open(system: wine.Windows, tmp_path: Path) -> None:
    """Wine lets several programs open a device, but no file that is one's alone: here a file is the port."""
    (tmp_path / "port").touch()
    port = system.connect(tmp_path / "port", "")
    with subprocess.Popen(
        wine.program("-c", _KEEP, f"\\\\.\\{port}"),
        env=windows_python.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        assert other.stdout.readline().strip() == b"True"
        refused = wine.run(*wine.COMMAND, "--port", port, "info")
        other.communicate()
    assert refused.code == 1
    assert f"Another program is using {port}.".encode() in refused.err


def test_the_refusal_by_which_windows_tells_that_a_port_is_in_use(
    system: wine.Windows, tmp_path: Path
) -> None:
    """ERROR_ACCESS_DENIED; so Wine answers who would open a folder."""
    port = system.connect(tmp_path, "")
    opened = wine.run("-c", f"import serial; serial.Serial({port!r})")
    assert b"PermissionError(13, 'Access denied.', None, 5)" in opened.err
    refused = wine.run(*wine.COMMAND, "--port", port, "info")
    assert refused.code == 1
    assert f"Another program is using {port}.".encode() in refused.err


@pytest.fixture
@from_npm
def page(windows: None) -> bytes:
    """The page's file, or a skip where it cannot be built."""
    return build_page.build().read_bytes()


def test_the_page_is_served_until_ctrl_c(page: bytes) -> None:
    console = wine.Console(wine.program(*wine.COMMAND, "web", "--no-browser"))
    assert console.shows("Ctrl-C ends it."), console.text
    found = re.search(r"http://127\.0\.0\.1:\d+/\S+", console.text)
    assert found, console.text
    with urllib.request.urlopen(found[0], timeout=LIMIT) as reply:  # noqa: S310 - of this computer
        assert reply.read() == page
    console.type("\x03")
    assert console.end() == 0, console.text
    assert "Ended." in console.text
