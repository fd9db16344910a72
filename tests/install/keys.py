"""Keys made from the one-file image: how they join a computer, and how they get new firmware."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.consent import agree, asked
from tests.support.desk import Desk
from tests.support.keys import MORNING
from tests.support.port import LIMIT
from totpkey.install import updating
from totpkey.install.drive import drive_files, drive_folder
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import layout
from totpkey_volume.flash_map import DRIVE_START

BOARD = "raspberry_pi_pico"


def installed(
    board: str = BOARD, uid: bytes | None = None, clock: Callable[[Now], ClockChip] = DS3231
) -> SimulatedKey:
    """Return a new simulated key whose flash is laid out as the image does it."""
    key = SimulatedKey(drive_folder(), board, unix_time=MORNING, uid=uid, clock=clock)
    key.flash = b"\xff" * DRIVE_START + layout.volume(drive_files(), board)
    return key


Join = Callable[[VirtualKey], SerialBridge]


def bridged_later(key: VirtualKey, bridged: Join) -> Callable[[bytes], None]:
    """What restarts the board: a key with that flash, at a serial port."""

    def restart(flash: bytes) -> None:
        key.flash = flash
        key.plug()
        bridged(key)

    return restart


def consents(key: VirtualKey, bridge: SerialBridge) -> None:
    """A person who makes the gesture when the key asks."""

    def agreed() -> bool:
        # At once: this key's time runs ahead of ours, and it waits for its button in its own.
        if asked(key):
            agree(key)
            return True
        return False

    assert bridge.wait_until(agreed, LIMIT)


Files = dict[str, bytes]


def send(desk: Desk, files: Files) -> None:
    """Send firmware and wait until the key is back with it, in setup."""
    with desk.client() as client:
        updating.send(client, client.hello(), files, lambda *_: None)
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 3)
    desk.await_face(serial=True)
