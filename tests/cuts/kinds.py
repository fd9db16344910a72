"""Keys of both kinds, made from the state of a key without power."""

from __future__ import annotations

import functools
import random
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.keys import MORNING as MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.flash import DRIVE_START, MB, NVM_START, SECTOR
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat, fat_format, fat_reader, layout

#: This board has the smallest drive, and the tests have a CircuitPython image for its chip.
BOARD = "raspberry_pi_pico"


@dataclass(frozen=True)
class Snapshot:
    """The state that survives without power: flash, true time, and the clock chip's offset from it in s.

    The offset is None if the clock has lost its time.
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
    """Return the address of the vault's file in flash."""
    drive = flash[DRIVE_START:]
    return DRIVE_START + fat_format.Geometry.of(len(drive)).offset(
        fat_reader.first_cluster(drive, storage.FILES[0])
    )


#: Exists as long as the keys made from its contents.
_FOLDER = TemporaryDirectory()


@functools.cache
def copied_drive() -> Path:
    """Return a drive as copying may lay it out: the vault begins and ends within flash sectors."""
    folder = Path(shutil.copytree(drive_folder(), Path(_FOLDER.name) / "drive"))
    size = BOARDS[BOARD].flash * MB - DRIVE_START
    while (
        vault_start(bytes(DRIVE_START) + fat.build(layout.on_a_key(fat.folder(folder)), size)) % SECTOR
        != SECTOR * 5 // 8
    ):
        (folder / f"another {len(list(folder.iterdir()))}").write_bytes(b"x")
    return folder


class Kind(ABC):
    """Makes deterministic keys: the same snapshot and the same treatment give the same result.

    With `copied` their files were copied onto a drive, so the vault is not aligned.
    """

    name: str

    def __init__(self, copied: bool = False) -> None:
        self._copied = copied

    def _drive(self) -> Path:
        return copied_drive() if self._copied else drive_folder()

    def _alone(self) -> tuple[str, ...]:
        return () if self._copied else storage.FILES

    def make(self, snapshot: Snapshot | None = None) -> VirtualKey:
        """Return an unplugged key that is new or in the state `snapshot`."""
        key = self._new(snapshot.true_time if snapshot else MORNING)
        if snapshot:
            key.flash = snapshot.flash
            if snapshot.ahead is not None:
                key.clock.set_unix(snapshot.true_time + snapshot.ahead)
        return key

    def transplant(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with the NVM and drive of a key of any kind, but the firmware of this kind."""
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
    """A key on the emulated chip. Needs rp2040py, a C compiler and a CircuitPython image for the board."""

    name = "chip"

    def __init__(self, image: Path, copied: bool = False) -> None:
        super().__init__(copied)
        self._image = image

    def _new(self, true_time: float) -> VirtualKey:
        from totpkey_virtual.chip.key import ChipKey

        return ChipKey(self._image, self._drive(), start_time=true_time, alone=self._alone())
