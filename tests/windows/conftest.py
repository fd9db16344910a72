"""Desks of the tests of commands, at a computer that runs Windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import pytest

import windows_python
from tests.install.conftest import bridged, given_file, make_firmware
from tests.support.terminal import CommandDesk, Hand, Result, World, new_key
from tests.windows import wine
from totpkey_virtual.pty import SerialBridge

__all__ = ["bridged", "desk", "given_file", "make_desk", "make_firmware", "system", "windows"]

MakeDesk = Callable[..., CommandDesk]


class WindowsWorld(World):
    """A computer that runs Windows. Its keys follow this one's time as its programs are waited for."""

    def run(
        self, arguments: Sequence[str], stdin: str | TextIO, hands: Sequence[Hand]
    ) -> tuple[Result, bool]:
        self._hands = [*hands]
        ended = wine.run(*wine.COMMAND, *arguments, stdin=str(stdin).encode())
        # Python for Windows ends lines by two characters where it writes text.
        out, err = (stream.decode().replace("\r\n", "\n") for stream in (ended.out, ended.err))
        return Result(ended.code, out, err), not self._hands


@pytest.fixture(scope="session")
def windows() -> None:
    """Wine's server is up, or a skip."""
    if why := windows_python.SYSTEM.missing():
        pytest.skip(why)
    windows_python.start()


@pytest.fixture
def system(windows: None) -> Iterator[wine.Windows]:
    """A computer that runs Windows."""
    with wine.Windows() as system:
        yield system


@pytest.fixture
def make_desk(
    system: wine.Windows, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeDesk]:
    """Yield a function that makes desks. `port` is the name that Windows has for the key's port."""
    world = WindowsWorld(tmp_path, capsys)
    monkeypatch.setattr(wine, "meanwhile", [])
    with ExitStack() as stack:

        def make(uid: bytes = bytes(range(8)), clock_set: bool = True, port: str = "") -> CommandDesk:
            desk = CommandDesk(new_key(uid, clock_set), world)
            bridge = SerialBridge(desk.key, Path(desk.port))
            desk.port = system.connect(bridge.path, port)
            wine.meanwhile += [bridge.turn, lambda: world.act(desk.key)]
            stack.callback(lambda: desk.key.plugged and desk.key.unplug())
            stack.callback(bridge.close)
            bridge.turn()
            return desk

        yield make


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    return make_desk()
