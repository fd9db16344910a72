"""A simulated key at a serial port, a terminal to run the real command line in, and servers of the page."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.host.page_servers import Serve
from tests.leaks.plugin import recorder
from tests.support.consent import ENOUGH, agree, announced, asked
from tests.synchronised import set_clock
from totpkey.cli.root import run
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.install.drive import drive_folder
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer
from totpkey_protocol import limits
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey

#: What a person sees when the key asks for its button.


@dataclass
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


class Desk:
    """A key in setup, the computer's port for it, and a person who presses the button when asked."""

    def __init__(
        self,
        key: SimulatedKey,
        bridge: SerialBridge,
        capture: pytest.CaptureFixture[str],
        patch: pytest.MonkeyPatch,
    ) -> None:
        self.key = key
        self.bridge = bridge
        self._capture = capture
        self._patch = patch

    def run(self, *arguments: str, stdin: str = "", when_asked: Callable[[], None] | None = None) -> Result:
        """Run `totpkey --port PORT ...`; do `when_asked` once the key's light asks for a press."""
        if "--stdin" in arguments:
            recorder.known.add(stdin.strip().encode(), "what was piped in")
        self._patch.setattr("sys.stdin", io.StringIO(stdin))
        self._capture.readouterr()
        with ThreadPoolExecutor(1) as terminal:
            running = terminal.submit(run, ["--port", str(self.bridge.path), *arguments])
            if when_asked:
                self._wait_for_question(running)
                with self.bridge.lock:
                    when_asked()
            code = running.result()
        with self.bridge.lock:
            self.key.set_button(False)
        # The key has noticed that the program is gone before anything else happens to it, as with a person.
        assert self.bridge.wait_until(lambda: not self.bridge.client_present)
        return Result(code, *self._capture.readouterr())

    def add(self, name: str) -> str:
        """Add an account and give its id."""
        result = self.run("add", "--stdin", name, stdin="JBSW Y3DP EHPK 3PXP")
        assert result.code == 0, result.err
        return result.err.rpartition("(")[2].partition(")")[0]

    def press(self) -> None:
        """A press as a person's: the next one is not at once."""
        self.key.press()
        self.key.run(0.2)

    def agree(self) -> None:
        """The gesture that the light asks for."""
        agree(self.key)

    def hold_down(self) -> None:
        """Hold it until the light is green, in this computer's time: so the key's clock stays right."""
        Thread(target=self._hold_until_green, args=(self.key.uptime_ms,)).start()

    def _hold_until_green(self, asked_at: float) -> None:
        announced_at = asked_at + 1000 * limits.ANNOUNCED + 50
        for condition, down in (
            (lambda: self.key.uptime_ms >= announced_at, True),
            (lambda: self.key.light == ENOUGH, False),
        ):
            assert self.bridge.wait_until(condition)
            with self.bridge.lock:
                self.key.set_button(down)

    def press_and_wait(self) -> None:
        """A press where a hold was asked for."""
        announced(self.key)
        self.press()
        self.let_it_wait()

    def replug(self) -> None:
        """Take the key out, plug it in, and hold its button for setup."""
        with self.bridge.lock:
            self.key.unplug()
        assert self.bridge.wait_until(lambda: not self.bridge.path.exists())
        with self.bridge.lock:
            self.key.plug()
            assert self.key.run_until(lambda: self.key.usb.enumeration is not None)
            self.key.press(3.2)
            assert self.key.run_until(self._shows_serial)
        assert self.bridge.wait_until(self.bridge.path.exists)

    def let_it_wait(self) -> None:
        """Longer than the key waits for a press."""
        self.key.run(limits.PRESS_WAIT + 1)

    def _shows_serial(self) -> bool:
        return self.key.usb.enumeration is not None and self.key.usb.enumeration.has_serial

    def _wait_for_question(self, running: Future[Any]) -> None:
        assert self.bridge.wait_until(lambda: asked(self.key) != "" or running.done())
        assert not running.done(), "the key did not ask for its button"


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeDesk]:
    """Builds desks with a blank key each."""
    bridges: list[SerialBridge] = []

    def make(uid: bytes = bytes(range(8)), clock_set: bool = True) -> Desk:
        key = SimulatedKey(drive_folder(), uid=uid, unix_time=time.time())
        key.plug()
        assert key.run_until(lambda: key.usb.enumeration is not None)
        if clock_set:
            set_clock(key)
        bridge = SerialBridge(key, tmp_path / f"key-{uid.hex()}")
        bridge.__enter__()
        bridges.append(bridge)
        assert bridge.wait_until(bridge.path.exists)
        return Desk(key, bridge, capsys, monkeypatch)

    yield make
    for bridge in bridges:
        bridge.__exit__(None, None, None)
        bridge.key.unplug()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield Serve(stack)


@pytest.fixture
def nobody(serve: Serve) -> PageServer:
    """A server with no key."""
    return serve(RealKeys(find_ports=list, find_everyday=list))


def simulated(desk: Desk) -> SimulatedKeys:
    return SimulatedKeys(desk.key, desk.bridge.path)
