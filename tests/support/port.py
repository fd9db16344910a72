"""A desk whose key is at a serial port of this computer, where real programs can use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.consent import agree, asked
from tests.support.desk import Desk
from totpkey.link.conversation import Touch
from totpkey_virtual import pty
from totpkey_virtual.computer import Computer
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pty import SerialBridge

#: The longest wait for anything, in s. Only a busy machine comes near it in a test that passes.
LIMIT = pty.LIMIT


class PortDesk(Desk):
    """The key follows this computer's time. It stands still during gestures, which thus take no time."""

    # Settling would make the key's clock run ahead of this computer's.
    SETTLING = 0.0
    #: A short pause before the next press, like a person's.
    ARRIVAL = 0.2

    def __init__(self, bridge: SerialBridge, computer: Computer | None = None) -> None:
        super().__init__(bridge.key, computer)
        self.bridge = bridge

    def plug_in(self) -> None:
        """Plug in the key and wait until the computer has found it. A key with accounts has no port then."""
        with self.bridge.lock:
            super().plug_in()
            has_serial = self.shows(serial=True)
        if has_serial:
            self.until(self.bridge.path.exists)

    def unplug(self) -> None:
        with self.bridge.lock:
            super().unplug()
        self.until(lambda: not self.bridge.path.exists())

    def replug(self) -> None:
        self.unplug()
        self.plug_in()

    def hold_for_setup(self) -> None:
        with self.bridge.lock:
            super().hold_for_setup()
        self.until(self.bridge.path.exists)

    def press(self, seconds: float | None = None) -> str:
        with self.bridge.lock:
            return super().press(seconds)

    def agree(self) -> None:
        with self.bridge.lock:
            super().agree()

    def agree_in_real_time(self) -> None:
        """Agree as slowly as a person does, so that the key's clock stays right."""
        with self.bridge.lock:
            agree(self.key, self.live)

    def live(self, seconds: float) -> None:
        end = self.key.uptime_ms + 1000 * seconds
        self.until(lambda: self.key.uptime_ms >= end)

    def obey(self, touch: Touch) -> None:
        with self.bridge.lock:
            super().obey(touch)

    def let_it_wait(self) -> None:
        with self.bridge.lock:
            super().let_it_wait()

    def until(self, condition: Callable[[], bool], limit: float | None = None) -> None:
        """Let time pass until `condition` is true. The key stands still while it is evaluated."""
        assert self.bridge.wait_until(condition, limit or LIMIT), "the key did not come to that"

    def until_asked(self) -> None:
        """Wait until the light asks for the button."""
        self.until(lambda: asked(self.key) != "")


@contextmanager
def at_port(key: VirtualKey, path: Path) -> Iterator[PortDesk]:
    """Yield a desk with a key that is plugged in, in setup, and is taken out at the end."""
    with SerialBridge(key, path) as bridge:
        desk = PortDesk(bridge)
        desk.until(path.exists)
        yield desk
        with bridge.lock:
            if key.plugged:
                key.unplug()
