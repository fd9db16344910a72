"""A virtual key in real time, at a serial port of this computer, also for `totpkey web --simulate`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import mark as _
from totpkey.link.transport import SerialTransport, Transport
from totpkey.web.keys import Found, FoundKey, no_such_key
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.computer import Computer, Keys
from totpkey_virtual.key import VirtualKey

try:
    from totpkey_virtual.pty import SerialBridge
except ImportError:
    raise TotpkeyError(
        _("A simulated key needs a pseudo-terminal, which this system does not have."),
        _("Run it on Linux, on macOS or in WSL."),
    ) from None

EVERYDAY, SETUP, STARTING, UNPLUGGED = "everyday", "setup", "starting", "unplugged"

#: Touches of the button, in seconds: a press, a hold for the next account, one for setup and for what opens
#: the key, and one for all that is on it.
PRESS, HOLD, LONG_HOLD, LONGEST_HOLD = 0.08, 0.7, 3.2, 5.2
#: After this long without a report, in ms, a key has stopped typing. Between two reports are 8, seldom 16.
_STOPPED = 100
#: How long one `wait` lasts, in seconds.
_REST = 0.003


class LiveKey:
    """A context manager for a key whose time follows the wall clock while it is plugged in.

    `port` is the path of its serial port, while it has one.
    """

    def __init__(self, key: VirtualKey, keys: Keys | None = None) -> None:
        """`keys` receives the key's reports. The default is a computer with a US keyboard."""
        self.key = key
        self.computer = Computer(key, keys)
        self._folder = TemporaryDirectory(prefix="totpkey-")
        self.port = Path(self._folder.name) / "port"
        self._bridge: SerialBridge | None = None
        self._cable = ExitStack()
        self._unplugged_at = time.monotonic()
        self._reported = 0
        self._release_at = 0.0
        self._busy_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unplug the key and remove its port."""
        self.unplug()
        self._folder.cleanup()

    # What a person sees

    @property
    def face(self) -> str:
        if not self._bridge:
            return UNPLUGGED
        enumeration = self.key.usb.enumeration
        if enumeration is None:
            return STARTING
        return SETUP if enumeration.has_serial else EVERYDAY

    @property
    def light(self) -> tuple[int, int, int]:
        """Red, green and blue from 0 to 255. Dark while unplugged."""
        return self.key.light if self._bridge else (0, 0, 0)

    @property
    def touched(self) -> bool:
        """Whether the button is down."""
        return self._release_at > 0

    @property
    def busy(self) -> bool:
        """Whether a touch or a pause is in progress."""
        return self.touched or time.monotonic() < self._busy_until

    @property
    def clock_ahead(self) -> float | None:
        """The offset of the key's clock from the true time, in seconds. None if it has lost its time."""
        with self._standing_still():
            clock = self.key.clock
            return None if clock.has_lost_time else clock.unix_time - self.key.true_time

    @property
    def clock(self) -> float:
        """The time that the key's clock shows, as Unix time in seconds.

        It is behind this computer's where the computer was too busy to let the key run.
        """
        with self._standing_still():
            return self.key.clock.unix_time

    def typed(self) -> str:
        """Return the text typed since the last call, once the key has stopped typing."""
        with self._standing_still():
            text, now = self.computer.text, self.key.uptime_ms
            last = self.key.usb.reports[-1].ms if self.key.usb.reports else now
        if len(text) == self._reported or now - last < _STOPPED:
            return ""
        new, self._reported = text[self._reported :], len(text)
        return new

    # What a person does

    def plug(self) -> None:
        if self._bridge:
            return
        self.key.wait_unplugged(time.monotonic() - self._unplugged_at)
        self.key.plug()
        self._bridge = self._cable.enter_context(SerialBridge(self.key, self.port))

    def unplug(self) -> None:
        """Unplug the key. Raise its failure, if it has failed."""
        if self._bridge:
            self._release()
            self._bridge = None
            self._cable.close()
            self.key.unplug()
            self._unplugged_at = time.monotonic()

    def touch(self, seconds: float) -> None:
        """Press the button for `seconds` of the key's time, unless it is down. Call `wait` until it is up."""
        if self._bridge and not self.touched:
            with self._standing_still():
                self.key.set_button(True)
                # Not by `wait`, which may come late on a busy computer: a press would become a hold.
                self.key.after(seconds, lambda: self.key.set_button(False))
                self._release_at = self.key.uptime_ms + 1000 * seconds

    def pause(self, seconds: float) -> None:
        """Be busy for `seconds` of wall time."""
        self._busy_until = time.monotonic() + seconds

    def wait(self) -> None:
        """Wait a moment. Call it continuously. Raise the key's failure, if it has failed."""
        if not self._bridge:
            time.sleep(_REST)
            return
        # True despite the condition means that the key has failed. Unplugging it raises the reason.
        if self._bridge.wait_until(lambda: False, _REST):
            self.unplug()
            return
        with self._standing_still():
            # Lock keys may also change on another keyboard.
            self.computer.tell_leds()
        if self.touched and self.key.uptime_ms >= self._release_at:
            self._release()

    def wait_until(self, condition: Callable[[], bool], limit: float) -> bool:
        """Wait until `condition()`. Return False if `limit` seconds of wall time pass first."""
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() >= end:
                return False
            self.wait()
        return True

    def await_typed(self, limit: float) -> str:
        """Return what the key types next, or "" if that is nothing within `limit` seconds of wall time."""
        end = time.monotonic() + limit
        while not (text := self.typed()) and time.monotonic() < end:
            self.wait()
        return text

    def _release(self) -> None:
        self._release_at = 0.0
        with self._standing_still():
            self.key.set_button(False)

    def _standing_still(self) -> AbstractContextManager[object]:
        """Return a context manager in which the key's time stands still."""
        return self._bridge.lock if self._bridge else nullcontext()


class SimulatedKeys:
    """One virtual key, with its serial port at `port` while it has one."""

    def __init__(self, key: VirtualKey, port: Path) -> None:
        self._simulated = key
        self._port = port

    def found(self) -> Found:
        enumeration = self._simulated.usb.enumeration
        if enumeration is None:
            return Found((), everyday=False)
        if not enumeration.has_serial or not self._port.exists():
            return Found((), everyday=not enumeration.has_serial)
        board = self._simulated.board
        name = f"{BOARDS[board].name} (simulated)"
        return Found(
            (FoundKey(enumeration.serial_number.lower(), name, "", board, "simulated"),), everyday=False
        )

    def open(self, key: str) -> Transport:
        if key not in {found.key for found in self.found().keys}:
            raise no_such_key()
        return SerialTransport(str(self._port))
