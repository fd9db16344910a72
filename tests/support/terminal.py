"""A simulated key, and a terminal that runs the real command line in the key's own time."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

import pytest

from tests.leaks.plugin import recorder
from tests.support.consent import ANSWER, announced, asked
from tests.support.desk import Desk
from totpkey import errors
from totpkey.cli.root import run
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.install.drive import drive_folder
from totpkey.link import discovery
from totpkey.link.client import KeyClient
from totpkey.link.transport import SerialTransport, Transport
from totpkey.system import times
from totpkey_virtual.clock_chip import Now
from totpkey_virtual.computer import Computer
from totpkey_virtual.key import Enumeration, VirtualKey
from totpkey_virtual.secure_element import SecureElement
from totpkey_virtual.simulator import SimulatedKey

#: The stated uncertainty of a key's clock in ms.
_WITHIN = 60
#: How often the person looks at a key's light while nothing comes from it, in s.
_GLANCE = 0.05
#: The usages of the keypad's keys that move a cursor while NumLock is off.
FIRST_KEYPAD, LAST_KEYPAD = 0x59, 0x62
#: Makes a key's secure element.
MakeElement = Callable[[Now], SecureElement]
#: What a person does once a light asks for the button.
Hand = Callable[[], object]


@dataclass
class Result:
    """The result of a command."""

    code: int
    out: str
    err: str

    def ended(self, code: int, *words: str) -> Result:
        """It ended with this code, and told the person these words."""
        assert self.code == code, self
        assert not [each for each in words if each not in self.err], self
        return self


class Capture(Protocol):
    """What catches the output of commands, such as capsys."""

    def readouterr(self) -> tuple[str, str]: ...


class World:
    """This computer and its keys, which have one time: it passes as a command waits for them."""

    def __init__(self, folder: Path, capture: Capture) -> None:
        #: Where ports are.
        self.folder = folder
        self._capture = capture
        #: By their ports.
        self.desks: dict[str, CommandDesk] = {}
        #: How far this computer's clock is ahead, in s.
        self.ahead = 0.0
        #: What the person has still to do, one after the other.
        self._hands: list[Hand] = []
        #: What else goes on while a command waits.
        self.meanwhile: list[Callable[[], object]] = []

    @contextmanager
    def around_commands(self) -> Iterator[World]:
        """Until the end, commands have this time and these keys. They are unplugged then."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(times, "source", self)
            patch.setattr(discovery, "SerialTransport", self.opened)
            yield self
        for desk in self.desks.values():
            if desk.key.plugged:
                desk.key.unplug()

    def monotonic(self) -> float:
        return max((desk.key.true_time for desk in self.desks.values()), default=time.time())

    def time(self) -> float:
        return self.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        for desk in self.desks.values():
            self._let_pass(desk.key, end - desk.key.true_time)
        for do in self.meanwhile:
            do()

    def catch_up(self) -> None:
        """Let the time of each key pass that has passed at another one."""
        self.sleep(0)

    @staticmethod
    def _let_pass(key: VirtualKey, seconds: float) -> None:
        if seconds > 0:
            (key.run if key.plugged else key.wait_unplugged)(seconds)

    def opened(self, path: str) -> Transport:
        """Return what a command opens instead of a `SerialTransport`."""
        desk = self.desks.get(path)
        return Port(self, desk) if desk and desk.shows(serial=True) else SerialTransport(path)

    def run(
        self, arguments: Sequence[str], stdin: str | TextIO, hands: Sequence[Hand]
    ) -> tuple[Result, bool]:
        """Run `totpkey ARGUMENTS`. Return also whether the keys asked for all that the person was to do."""
        self.catch_up()
        self._hands = [*hands]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin)
            self._capture.readouterr()
            code = run([*arguments])
        return Result(code, *self._capture.readouterr()), not self._hands

    def act(self, key: VirtualKey) -> None:
        """Let the person do what the light asks for."""
        if self._hands and asked(key):
            self._hands.pop(0)()


class Port:
    """A key's port, as a command opens it. Who reads from it lets time pass, and the person act."""

    def __init__(self, world: World, desk: CommandDesk) -> None:
        if desk.opened is desk.key.usb.enumeration:
            raise errors.PortBusy(f"Another program is using {desk.port}.")
        self._world, self._desk = world, desk
        self._transport = DirectTransport(desk.key)
        desk.opened = desk.key.usb.enumeration

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def read(self, timeout_s: float) -> bytes:
        self._world.catch_up()
        for _ in range(max(round(timeout_s / _GLANCE), 1)):
            if data := self._transport.read(min(timeout_s, _GLANCE)):
                return data
            # By now the program shows what the key has told of its request.
            self._world.act(self._desk.key)
        return b""

    def close(self) -> None:
        self._desk.opened = None
        self._transport.close()


class CommandDesk(Desk):
    """A new key in setup, a terminal that runs the command, and a person who presses when asked."""

    def __init__(self, key: SimulatedKey, world: World) -> None:
        # This computer reports no lock lights. Tests of typing bring a computer of their own.
        super().__init__(key, Computer(key, answers=False))
        self.world = world
        self.port = str(world.folder / f"key-{key.uid.hex()}")
        #: The appearance on the bus of which a program has the port open.
        self.opened: Enumeration | None = None
        world.desks[self.port] = self

    def run(
        self,
        *arguments: str,
        stdin: str | TextIO = "",
        when_asked: Hand | Sequence[Hand] = (),
        surely: bool = True,
    ) -> Result:
        """Run `totpkey --port PORT ...` and call `when_asked` once a light asks for the button.

        Of several, one is called each time. Unless `surely`, the command may also end without asking.
        """
        if "--stdin" in arguments:
            recorder.known.add(str(stdin).strip().encode(), "what was piped in")
        hands = [when_asked] if callable(when_asked) else when_asked
        result, done = self.world.run(["--port", self.port, *arguments], stdin, hands)
        assert done or not surely, f"no key asked for its button: {result}"
        self.key.set_button(False)
        # As with a person, the key notices that the program is gone before anything else happens.
        if self.key.plugged:
            self.key.run(0.05)
        return result

    def told(self, *arguments: str, when_asked: Hand | Sequence[Hand] = ()) -> Any:
        """Run a command, and return what it tells as JSON."""
        return json.loads(self.run(*arguments, "--json", when_asked=when_asked).out)

    def labels(self) -> list[str]:
        return [entry["label"] for entry in self.told("list")]

    def add(self, name: str) -> str:
        """Add an account and return its id."""
        result = self.run("add", "--stdin", name, stdin="JBSW Y3DP EHPK 3PXP")
        assert result.code == 0, result.err
        return result.err.rpartition("(")[2].partition(")")[0]

    def press_and_wait(self) -> None:
        """Press once where a gesture was asked for."""
        announced(self.key)
        self.press()
        self.key.run(ANSWER)


class MakeDesk(Protocol):
    """Makes a desk with a new key."""

    def __call__(
        self, uid: bytes = ..., clock_set: bool = True, element: MakeElement | None = None
    ) -> CommandDesk: ...


def new_key(
    uid: bytes, clock_set: bool = True, element: MakeElement | None = None, unix_time: float | None = None
) -> SimulatedKey:
    """A new key, plugged in. Its time is this computer's if not told."""
    # The Trinkey has no pins for an element; this one's light has colours, too.
    board = "adafruit_qtpy_rp2040" if element else "adafruit_qt2040_trinkey"
    key = SimulatedKey(drive_folder(), board, uid=uid, unix_time=unix_time or time.time(), element=element)
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    if clock_set:
        _set_clock(key)
    return key


def _set_clock(key: VirtualKey) -> None:
    """Set the clock of a new key in setup as `totpkey time sync` does, on a full second of its true time.

    A key does not trust a clock that it did not set itself.
    """
    with KeyClient(DirectTransport(key), ticks=lambda: key.uptime_ms / 1000) as client:
        client.hello()
        key.run(1 - key.true_time % 1)
        client.set_time(round(key.true_time), _WITHIN)


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    with World(tmp_path, capsys).around_commands() as world:
        yield world


@pytest.fixture
def make_desk(world: World) -> MakeDesk:
    def make(
        uid: bytes = bytes(range(8)), clock_set: bool = True, element: MakeElement | None = None
    ) -> CommandDesk:
        return CommandDesk(new_key(uid, clock_set, element, world.monotonic()), world)

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    return make_desk()


class DeadKeys:
    """A terminal that treats keypad keys without NumLock as cursor keys, and other silent keys as dead keys.

    A space after a dead key makes an accent; any other key after it is lost together with it.
    """

    def __init__(self) -> None:
        self._dead = False

    def __call__(self, text: str) -> str:
        return "".join(map(self._given, re.findall("<0x..>|.", text)))

    def _given(self, text: str) -> str:
        if text.startswith("<0x"):
            cursor = FIRST_KEYPAD <= int(text[1:-1], 16) <= LAST_KEYPAD
            self._dead = not cursor
            return "\x1b[B" if cursor else ""
        dead, self._dead = self._dead, False
        return text if not dead else "´" if text == " " else ""
