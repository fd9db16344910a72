"""Keys made from the one-file image."""

from __future__ import annotations

from collections.abc import Callable

from totpkey.install.drive import drive_files, drive_folder
from totpkey.volume import layout
from totpkey.volume.flash_map import DRIVE_START
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.simulator import SimulatedKey

BOARD = "raspberry_pi_pico"
#: Monday 2026-03-02 09:00:07 UTC, an ordinary morning.
MORNING = 1772442007.25


def installed(
    board: str = BOARD, uid: bytes | None = None, clock: Callable[[Now], ClockChip] = DS3231
) -> SimulatedKey:
    """Return a new simulated key whose flash is laid out as the image does it."""
    key = SimulatedKey(drive_folder(), board, unix_time=MORNING, uid=uid, clock=clock)
    key.flash = b"\xff" * DRIVE_START + layout.volume(drive_files(), board)
    return key
