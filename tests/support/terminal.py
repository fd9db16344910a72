"""A simulated key at a serial port, and a terminal to run the real command line in."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.leaks.plugin import recorder
from tests.support.consent import ENOUGH, announced
from tests.support.port import PortDesk
from tests.support.synchronised import set_clock
from totpkey.cli.root import run
from totpkey.install.drive import drive_folder
from totpkey_protocol import limits
from totpkey_virtual.computer import Computer
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey


@dataclass
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


class CommandDesk(PortDesk):
    """A blank key in setup, a terminal, and a person who presses the button when asked."""

    #: How long a command may take to ask for the button, in s.
    START = 10.0

    def __init__(
        self, bridge: SerialBridge, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        # Tests of what the key types bring a computer of their own: this one has told it nothing.
        super().__init__(bridge, Computer(bridge.key, answers=False))
        self._capture = capture
        self._patch = patch

    def run(self, *arguments: str, stdin: str = "", when_asked: Callable[[], object] | None = None) -> Result:
        """Run `totpkey --port PORT ...`; do `when_asked` once the key's light asks for a press."""
        if "--stdin" in arguments:
            recorder.known.add(stdin.strip().encode(), "what was piped in")
        with ThreadPoolExecutor(1) as terminal:
            running = terminal.submit(self._command, arguments, stdin)
            if when_asked:
                self._wait_for_question(running)
                with self.bridge.lock:
                    when_asked()
            result = running.result()
        with self.bridge.lock:
            self.key.set_button(False)
        # The key has noticed that the program is gone before anything else happens to it, as with a person.
        self.until(lambda: not self.bridge.client_present)
        return result

    def _command(self, arguments: tuple[str, ...], stdin: str) -> Result:
        self._patch.setattr("sys.stdin", io.StringIO(stdin))
        self._capture.readouterr()
        code = run(["--port", str(self.bridge.path), *arguments])
        return Result(code, *self._capture.readouterr())

    def add(self, name: str) -> str:
        """Add an account and give its id."""
        result = self.run("add", "--stdin", name, stdin="JBSW Y3DP EHPK 3PXP")
        assert result.code == 0, result.err
        return result.err.rpartition("(")[2].partition(")")[0]

    def hold_down(self) -> None:
        """Hold it until the light is green, in this computer's time: so the key's clock stays right."""
        Thread(target=self._hold_until_green, args=(self.key.uptime_ms,)).start()

    def _hold_until_green(self, asked_at: float) -> None:
        announced_at = asked_at + 1000 * limits.ANNOUNCED + 50
        for condition, down in (
            (lambda: self.key.uptime_ms >= announced_at, True),
            (lambda: self.key.light == ENOUGH, False),
        ):
            self.until(condition)
            with self.bridge.lock:
                self.key.set_button(down)

    def agree_twice(self) -> None:
        """To what is asked for, and to what is asked for next."""
        self.agree()
        Thread(target=self._agree_again).start()

    def _agree_again(self) -> None:
        self.until_asked()
        self.agree()

    def press_and_wait(self) -> None:
        """A press where a hold was asked for."""
        announced(self.key)
        self.press()
        self.let_it_wait()

    def _wait_for_question(self, running: Future[Any]) -> None:
        assert self.until_asked(running.done, self.START), "the key did not ask for its button"


MakeDesk = Callable[..., CommandDesk]


@pytest.fixture
def make_desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeDesk]:
    """Builds desks with a blank key each."""
    bridges: list[SerialBridge] = []

    def make(uid: bytes = bytes(range(8)), clock_set: bool = True) -> CommandDesk:
        key = SimulatedKey(drive_folder(), uid=uid, unix_time=time.time())
        key.plug()
        assert key.run_until(lambda: key.usb.enumeration is not None)
        if clock_set:
            set_clock(key)
        bridge = SerialBridge(key, tmp_path / f"key-{uid.hex()}")
        bridge.__enter__()
        bridges.append(bridge)
        assert bridge.wait_until(bridge.path.exists)
        return CommandDesk(bridge, capsys, monkeypatch)

    yield make
    for bridge in bridges:
        bridge.__exit__(None, None, None)
        bridge.key.unplug()


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    return make_desk()
