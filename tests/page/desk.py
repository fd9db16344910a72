"""A simulated key beside a browser, on a USB bus or alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.page.surroundings import Bus, Device
from tests.support.load import patience
from tests.support.port import PortDesk
from totpkey.cli.simulation.live_key import SimulatedKeys
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey.link.conversation import OnTouch
from totpkey.link.transport import SerialTransport
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey


class PageDesk(PortDesk):
    """A desk whose key's serial port is plugged into `bus` and unplugged, depending on the key's face."""

    def __init__(
        self,
        path: Path,
        bus: Bus | None = None,
        uid: bytes = bytes(range(8)),
        key: SimulatedKey | None = None,
    ) -> None:
        """`key` replaces the default: a new key whose clock is right."""
        if not key:
            key = SimulatedKey(drive_folder(), uid=uid, unix_time=time.time())
            key.clock.set_unix(key.true_time)
        super().__init__(SerialBridge(key, path, on_port=self._on_port))
        self._bus = bus
        self._device: Device | None = None

    def __enter__(self) -> PageDesk:
        self.bridge.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.bridge.__exit__(None, None, None)
        if self.key.plugged:
            self.key.unplug()

    @property
    def keys(self) -> SimulatedKeys:
        """The keys that `totpkey web --simulate` offers."""
        return SimulatedKeys(self.key, self.bridge.path)

    def client(self, on_touch: OnTouch | None = None) -> KeyClient:
        """Plug in the key, unless it is, and open its port, while no page has it."""
        if not self.key.plugged:
            self.plug_in()
        return KeyClient(SerialTransport(str(self.bridge.path)), on_touch or self.obey)

    def typed(self) -> str:
        """Return everything that the key has typed."""
        with self.bridge.lock:
            return self.computer.text

    def until(self, condition: Callable[[], bool], limit: float | None = None) -> None:
        super().until(condition, limit or patience())

    # The bus

    def _on_port(self, name: str) -> None:
        if self._bus is None:
            return
        if self._device:
            self._bus.unplug(self._device)
            self._device = None
        usb = self.key.usb.enumeration
        if name and usb:
            self._device = Device(name, usb.vendor_id, usb.product_id, usb.product, usb.serial_number)
            self._bus.plug(self._device)
