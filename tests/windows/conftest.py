"""Keys at COM ports, and a person who runs the real command for Windows and presses the button."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import windows_python
from tests.support.port import PortDesk
from tests.support.synchronised import set_clock
from tests.support.terminal import CommandDesk, Result
from tests.windows import wine
from totpkey.install.drive import drive_folder
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey

#: Windows names ports from COM10 on in another way; each test process has ten.
_FIRST = 20


@pytest.fixture(scope="session")
def windows() -> None:
    """Wine's server is up, or a skip."""
    if why := wine.missing():
        pytest.skip(why)
    windows_python.start()


class WindowsDesk(CommandDesk):
    """A desk whose computer runs Windows."""

    # A start under Wine takes its time on a machine that has others to do.
    START = wine.LIMIT

    def __init__(self, bridge: SerialBridge, port: wine.ComPort) -> None:
        PortDesk.__init__(self, bridge)
        self.port = port

    def _command(self, arguments: tuple[str, ...], stdin: str) -> Result:
        ended = wine.run(*wine.COMMAND, "--port", self.port.name, *arguments, stdin=stdin.encode())
        # Python for Windows ends lines by two characters where it writes text.
        out, err = (stream.decode().replace("\r\n", "\n") for stream in (ended.out, ended.err))
        return Result(ended.code, out, err)


MakeWindowsDesk = Callable[..., WindowsDesk]


@pytest.fixture
def make_desk(windows: None, tmp_path: Path) -> Iterator[MakeWindowsDesk]:
    """Builds desks with a blank key each."""
    desks: list[WindowsDesk] = []

    def make(uid: bytes = bytes(range(8)), clock_set: bool = True, number: int = 0) -> WindowsDesk:
        key = SimulatedKey(drive_folder(), uid=uid, unix_time=time.time())
        key.plug()
        assert key.run_until(lambda: key.usb.enumeration is not None)
        if clock_set:
            set_clock(key)
        bridge = SerialBridge(key, tmp_path / f"key-{uid.hex()}")
        bridge.__enter__()
        port = wine.ComPort(number or _free(len(desks)), bridge.path)
        desks.append(WindowsDesk(bridge, port))
        assert bridge.wait_until(bridge.path.exists)
        return desks[-1]

    yield make
    for desk in desks:
        desk.bridge.__exit__(None, None, None)
        if desk.key.plugged:
            desk.key.unplug()
        desk.port.remove()


@pytest.fixture
def desk(make_desk: MakeWindowsDesk) -> WindowsDesk:
    return make_desk()


def _free(place: int) -> int:
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return _FIRST + 10 * process + place
