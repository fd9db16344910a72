"""A simulated key beside a browser: what a person does with it, and the port that it has meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.page.usb import Bus, Device
from tests.support.consent import agree, asked
from totpkey.install.drive import drive_folder
from totpkey.link.transport import SerialTransport
from totpkey_protocol import limits
from totpkey_virtual.computer import Computer
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey

#: What a person sees when the key asks for its button.
LONG_HOLD = 3.2
#: The longest wait for anything, in seconds: a test that passes takes so long on a busy machine only.
LIMIT = 90.0


class Desk:
    """A key whose time follows the wall's, as a browser's does. A touch takes no wall time.

    With a `bus` its serial port is plugged into that, and unplugged, as the key's face demands.
    """

    def __init__(
        self,
        path: Path,
        bus: Bus | None = None,
        uid: bytes = bytes(range(8)),
        key: SimulatedKey | None = None,
    ) -> None:
        """`key`: another than a new one whose clock is right."""
        self.key = key or SimulatedKey(drive_folder(), uid=uid, unix_time=time.time())
        if not key:
            self.key.clock.set_unix(self.key.true_time)
        self.computer = Computer(self.key)
        self.bridge = SerialBridge(self.key, path, on_port=self._on_port)
        self._bus = bus
        self._device: Device | None = None
        self._held = False
        self._holder: SerialTransport | None = None

    def __enter__(self) -> Desk:
        self.bridge.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.free_port()
        self.bridge.__exit__(None, None, None)
        if self.key.plugged:
            self.key.unplug()

    # What a person does

    def plug(self) -> None:
        """Plug it in and wait until the computer has found it. One with accounts is a keyboard then."""
        with self.bridge.lock:
            self.key.plug()
            assert self.key.run_until(lambda: self.key.usb.enumeration is not None)
            has_serial = self._shows_serial()
        if has_serial:
            self.until(self.bridge.path.exists)

    def unplug(self) -> None:
        with self.bridge.lock:
            self.key.unplug()
        self.until(lambda: not self.bridge.path.exists())

    def press(self) -> None:
        """A press as a person's: the next one is not at once."""
        with self.bridge.lock:
            self.key.press()
            self.key.run(0.2)

    def agree(self) -> None:
        """The gesture that the light asks for."""
        with self.bridge.lock:
            agree(self.key)

    def hold_for_setup(self) -> None:
        """Hold the button until the key has a serial port."""
        with self.bridge.lock:
            self.key.press(LONG_HOLD)
            assert self.key.run_until(self._shows_serial)
        self.until(self.bridge.path.exists)

    def let_it_wait(self) -> None:
        """Let more time go by than the key waits for a press."""
        with self.bridge.lock:
            self.key.run(limits.PRESS_WAIT + 1)

    def typed(self) -> str:
        """All that the key has typed."""
        with self.bridge.lock:
            return self.computer.text

    # What another program does

    def hold_port(self) -> None:
        """Have the port for itself: at once, or as soon as there is one, before the browser hears of it."""
        with self.bridge.lock:
            self._held = True
            if self.bridge.path.exists():
                self._hold(str(self.bridge.path))

    def free_port(self) -> None:
        self._held = False
        if self._holder:
            self._holder.close()
            self._holder = None

    def _hold(self, name: str) -> None:
        self._holder = SerialTransport(name)

    # What a person waits for

    def until(self, condition: Callable[[], bool]) -> None:
        """Let time pass until `condition`, which is asked while the key stands still."""
        assert self.bridge.wait_until(condition, LIMIT), "the key did not come to that"

    def until_asked(self) -> str:
        """Wait until the key's light asks for its button; for which class of consent."""
        seen: list[str] = []

        def asks() -> bool:
            if consent := asked(self.key):
                seen.append(consent)
            return bool(seen)

        self.until(asks)
        return seen[0]

    def _shows_serial(self) -> bool:
        return self.key.usb.enumeration is not None and self.key.usb.enumeration.has_serial

    # The bus

    def _on_port(self, name: str) -> None:
        if name and self._held:
            self._hold(name)
        if self._bus is None:
            return
        if self._device:
            self._bus.unplug(self._device)
            self._device = None
        told = self.key.usb.enumeration
        if name and told:
            self._device = Device(name, told.vendor_id, told.product_id, told.product, told.serial_number)
            self._bus.plug(self._device)
