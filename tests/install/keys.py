"""Keys made from the one-file image: how they join a computer, and how they get new firmware."""

from __future__ import annotations

from collections.abc import Callable

from tests.install.boot_rom import FakeDrive
from tests.support.desk import Desk
from tests.support.keys import MORNING
from tests.support.terminal import CommandDesk, Result, World
from totpkey.install import updating
from totpkey.install.drive import drive_files, drive_folder
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import layout
from totpkey_volume.circuitpython import DRIVE_START, MB

BOARD = "raspberry_pi_pico"


def installed(
    board: str = BOARD, uid: bytes | None = None, clock: Callable[[Now], ClockChip] = DS3231
) -> SimulatedKey:
    """Return a new simulated key whose flash is laid out as the image does it."""
    key = SimulatedKey(drive_folder(), board, unix_time=MORNING, uid=uid, clock=clock)
    key.flash = b"\xff" * DRIVE_START + layout.volume(drive_files(), board)
    return key


class Board(CommandDesk):
    """A board in its boot loader. What a command writes onto its drive becomes the key of this desk."""

    def __init__(
        self, key: SimulatedKey, world: World, flash: bytes = b"\x13" * (2 * MB), drive: str = "RPI-RP2"
    ) -> None:
        super().__init__(key, world)
        self.drive = FakeDrive(world.folder / drive, flash, self._restart)
        world.meanwhile.append(self.drive.look)

    def install(self, *arguments: str) -> Result:
        return self.run("install", "--to", str(self.drive.folder), "--yes", *arguments)

    def _restart(self, flash: bytes) -> None:
        self.key.flash = flash
        self.key.plug()


def at_desk(key: SimulatedKey, world: World) -> CommandDesk:
    """Plug in a key where commands can use it."""
    desk = CommandDesk(key, world)
    desk.plug_in()
    return desk


Files = dict[str, bytes]


def send(desk: Desk, files: Files) -> None:
    """Send firmware and wait until the key is back with it, in setup."""
    with desk.client() as client:
        updating.send(client, client.hello(), files, lambda *_: None)
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 3)
    desk.await_face(serial=True)
