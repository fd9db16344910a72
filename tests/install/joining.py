"""Joins a key to the command a while after it was plugged in."""

from __future__ import annotations

from collections.abc import Callable

from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pty import SerialBridge

Join = Callable[[VirtualKey], SerialBridge]


def bridged_later(key: VirtualKey, bridged: Join) -> Callable[[bytes], None]:
    """What restarts the board: a key with that flash, at a serial port."""

    def restart(flash: bytes) -> None:
        key.flash = flash
        key.plug()
        bridged(key)

    return restart
