"""Desks of the tests of commands, at a computer that runs Windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TextIO

import pytest

import windows_python
from tests.install.conftest import given_file, make_firmware
from tests.support.terminal import CommandDesk, Hand, Result, World, new_key
from tests.windows import wine
from totpkey_virtual.pty import SerialBridge

__all__ = ["desk", "given_file", "make_desk", "make_firmware", "system", "windows", "world"]

MakeDesk = Callable[..., CommandDesk]


class WindowsWorld(World):
    """A computer that runs Windows. Its keys follow this one's time as its programs are waited for."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], system: wine.Windows) -> None:
        super().__init__(folder, capture)
        self._system = system
        self._stack = ExitStack()

    def connect(self, desk: CommandDesk, port: str = "") -> CommandDesk:
        """Give a key a port, perhaps of that name."""
        bridge = SerialBridge(desk.key, Path(desk.port))
        desk.port = self._system.connect(bridge.path, port)
        self.meanwhile += [bridge.turn, lambda: self.act(desk.key)]
        self._stack.callback(lambda: desk.key.plugged and desk.key.unplug())
        self._stack.callback(bridge.close)
        bridge.turn()
        return desk

    def run(
        self, arguments: Sequence[str], stdin: str | TextIO, hands: Sequence[Hand]
    ) -> tuple[Result, bool]:
        self._hands = [*hands]
        ended = wine.run(*wine.COMMAND, *arguments, stdin=str(stdin).encode())
        # Python for Windows ends lines by two characters where it writes text.
        out, err = (stream.decode().replace("\r\n", "\n") for stream in (ended.out, ended.err))
        return Result(ended.code, out, err), not self._hands

    def close(self) -> None:
        self._stack.close()


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
def world(
    system: wine.Windows, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[WindowsWorld]:
    with closing(WindowsWorld(tmp_path, capsys, system)) as world:
        monkeypatch.setattr(wine, "meanwhile", world.meanwhile)
        yield world


@pytest.fixture
def make_desk(world: WindowsWorld) -> MakeDesk:
    """Return a function that makes desks. `port` is the name that Windows has for the key's port."""

    def make(uid: bytes = bytes(range(8)), clock_set: bool = True, port: str = "") -> CommandDesk:
        return world.connect(CommandDesk(new_key(uid, clock_set), world), port)

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    return make_desk()
