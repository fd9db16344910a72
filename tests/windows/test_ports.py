"""COM ports: those above COM9, one that vanishes, one in use, none at all; and `totpkey web`.

The page reaches this computer, and Ctrl-C ends it.
"""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

import build_page
import windows_python
from tests.support.judges import from_npm
from tests.support.port import LIMIT
from tests.support.terminal import CommandDesk
from tests.windows import wine
from tests.windows.conftest import MakeDesk

pytestmark = pytest.mark.needs("windows")

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
