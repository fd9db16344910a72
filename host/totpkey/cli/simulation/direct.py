"""A transport directly into a virtual key, without a port."""

from __future__ import annotations

from totpkey.errors import PortVanished
from totpkey.i18n.translation import tr
from totpkey_virtual.key import VirtualKey


class DirectTransport:
    """Reading advances the key's time, so a conversation takes device time only."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self._pending = b""
        self._check()
        key.open_serial()

    def write(self, data: bytes) -> None:
        self._check()
        self._key.write_serial(data)

    def read(self, timeout_s: float) -> bytes:
        if self._key.plugged:
            self._key.run_until(self._arrived, timeout_s)
        data, self._pending = self._pending, b""
        if not data:
            self._check()
        return data

    def close(self) -> None:
        if self._present():
            self._key.close_serial()

    def _arrived(self) -> bool:
        self._pending += self._key.read_serial()
        return bool(self._pending) or not self._present()

    def _present(self) -> bool:
        enumeration = self._key.usb.enumeration
        return enumeration is not None and enumeration.has_serial

    def _check(self) -> None:
        if not self._present():
            raise PortVanished(
                tr("The simulated key's serial port is gone."),
                tr("Hold its button for 3 s."),
            )
