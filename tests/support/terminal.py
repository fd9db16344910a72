"""A simulated key at a serial port, and a terminal that runs the real command line."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Protocol

import pytest

from tests.leaks.plugin import recorder
from tests.support.consent import ANSWER, announced
from tests.support.port import LIMIT, PortDesk
from totpkey.cli.root import run
from totpkey.cli.simulation.direct import DirectTransport
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey_virtual.clock_chip import Now
from totpkey_virtual.computer import Computer
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.secure_element import SecureElement
from totpkey_virtual.simulator import SimulatedKey

#: The stated uncertainty of a key's clock in ms.
_WITHIN = 60
#: Makes a key's secure element.
MakeElement = Callable[[Now], SecureElement]


@dataclass
class Result:
    """The result of a command."""

    code: int
    out: str
    err: str


class System(Protocol):
    """The system on which a person runs the command."""

    def connect(self, path: Path, name: str) -> str:
        """Connect the port at `path` and return this system's name for it: `name` where it can be chosen."""

    def run(self, arguments: Sequence[str], stdin: str) -> Result:
        """Run `totpkey ARGUMENTS` with `stdin` as its standard input."""


class ThisSystem:
    """A system that runs the command in the tests' own process."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self._patch = patch

    def connect(self, path: Path, name: str) -> str:
        return name or str(path)

    def run(self, arguments: Sequence[str], stdin: str) -> Result:
        self._patch.setattr("sys.stdin", io.StringIO(stdin))
        # The key lives in this computer's time, which a busy machine does not give it evenly.
        self._patch.setattr("totpkey.link.conversation.BEAT_LOST", LIMIT)
        self._capture.readouterr()
        code = run([*arguments])
        return Result(code, *self._capture.readouterr())


class CommandDesk(PortDesk):
    """A new key in setup, a system that runs the command, and a person who presses when asked."""

    def __init__(self, bridge: SerialBridge, system: System, port: str = "") -> None:
        # This computer reports no lock lights. Tests of typing bring a computer of their own.
        super().__init__(bridge, Computer(bridge.key, answers=False))
        #: The system's name for the key's port.
        self.port = system.connect(bridge.path, port)
        self.system = system

    def run(
        self,
        *arguments: str,
        stdin: str = "",
        when_asked: Callable[[], object] | None = None,
        surely: bool = True,
    ) -> Result:
        """Run `totpkey --port PORT ...` and call `when_asked` once the light asks for the button.

        Unless `surely`, the command may also end without asking.
        """
        if "--stdin" in arguments:
            recorder.known.add(stdin.strip().encode(), "what was piped in")
        with ThreadPoolExecutor(1) as terminal:
            running = terminal.submit(self.system.run, ["--port", self.port, *arguments], stdin)
            if when_asked:
                asked = self.until_asked(running.done)
                assert asked or not surely, f"the key did not ask for its button: {running.result()}"
                if asked and when_asked == self.agree_in_real_time:
                    # It goes on in turns with the command.
                    when_asked()
                elif asked:
                    with self.bridge.lock:
                        when_asked()
            result = running.result()
        with self.bridge.lock:
            self.key.set_button(False)
        # As with a person, the key notices that the program is gone before anything else happens.
        self.until(lambda: not self.bridge.client_present)
        return result

    def add(self, name: str) -> str:
        """Add an account and return its id."""
        result = self.run("add", "--stdin", name, stdin="JBSW Y3DP EHPK 3PXP")
        assert result.code == 0, result.err
        return result.err.rpartition("(")[2].partition(")")[0]

    def agree_twice(self) -> None:
        """Agree to this request and to the next one."""
        self.agree()
        Thread(target=self._agree_again).start()

    def _agree_again(self) -> None:
        self.until_asked()
        self.agree()

    def press_and_wait(self) -> None:
        """Press once where a gesture was asked for."""
        announced(self.key)
        self.press()
        self.key.run(ANSWER)


class MakeDesk(Protocol):
    """Makes a desk with a new key. `port` is the system's name for the key's port."""

    def __call__(
        self, uid: bytes = ..., clock_set: bool = True, port: str = "", element: MakeElement | None = None
    ) -> CommandDesk: ...


def _take_out(key: SimulatedKey) -> None:
    if key.plugged:
        key.unplug()


@contextmanager
def desks(system: System, folder: Path) -> Iterator[MakeDesk]:
    """Yield a function that makes desks on that system, with their keys' ports in `folder`."""
    with ExitStack() as stack:

        def make(
            uid: bytes = bytes(range(8)),
            clock_set: bool = True,
            port: str = "",
            element: MakeElement | None = None,
        ) -> CommandDesk:
            # The Trinkey has no pins for an element; this one's light has colours, too.
            board = "adafruit_qtpy_rp2040" if element else "adafruit_qt2040_trinkey"
            key = SimulatedKey(drive_folder(), board, uid=uid, unix_time=time.time(), element=element)
            stack.callback(_take_out, key)
            key.plug()
            assert key.run_until(lambda: key.usb.enumeration is not None)
            if clock_set:
                _set_clock(key)
            bridge = stack.enter_context(SerialBridge(key, folder / f"key-{uid.hex()}"))
            assert bridge.wait_until(bridge.path.exists, LIMIT)
            return CommandDesk(bridge, system, port)

        yield make


def _set_clock(key: VirtualKey) -> None:
    """Set the clock of a new key in setup as `totpkey time sync` does, on a full second of its true time.

    A key does not trust a clock that it did not set itself.
    """
    with KeyClient(DirectTransport(key), ticks=lambda: key.uptime_ms / 1000) as client:
        client.hello()
        key.run(1 - key.true_time % 1)
        client.set_time(round(key.true_time), _WITHIN)


@pytest.fixture
def make_desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeDesk]:
    with desks(ThisSystem(capsys, monkeypatch), tmp_path) as make:
        yield make


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    return make_desk()
