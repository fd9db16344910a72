"""Run the same tests on both kinds of virtual key: simulator and emulated chip (marker `chip`).

A part of the tests, chosen by a seed, has a simulator whose flash takes the slowest times of its data sheet.
`TOTPKEY_FLASH_SEED` chooses others.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.desk import Desk
from tests.support.images import sealed_images
from totpkey.install.drive import drive_folder
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_protocol import storage
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.flash import SLOWEST
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.secure_element import Memory, SecureElement
from totpkey_virtual.simulator import SimulatedKey, timing
from totpkey_volume.circuitpython import has_fitting

#: Monday 2026-03-02 09:00:07 UTC, an ordinary morning.
MORNING = 1772442007.25


#: The simulator's board, and one that has pins for a secure element.
BOARD, WITH_PINS = "adafruit_qt2040_trinkey", "raspberry_pi_pico"
#: One with twelve keys and a display.
MACROPAD = "adafruit_macropad_rp2040"

#: The chip with each image found. Without images, one skipped test states the reason.
CHIPS = [
    pytest.param(image, marks=pytest.mark.chip, id=image.stem.removeprefix("adafruit-circuitpython-"))
    for image in sealed_images()
]
KINDS = ["simulator", *(CHIPS or [pytest.param(None, marks=pytest.mark.chip, id="chip")])]


class MakeKey(Protocol):
    """Makes a key from a drive and a kind of clock chip."""

    def __call__(self, drive: Path, clock: Callable[[Now], ClockChip] = DS3231) -> VirtualKey: ...


def new_element(now: Now) -> SecureElement:
    """Return a secure element as it is sold."""
    return SecureElement(now, Memory(PAIRINGS[0][1]))


def simulated(board: str = BOARD, drive: Path | None = None, dozes: bool = False, **more: Any) -> Desk:
    """Return a desk with a new, unplugged simulated key."""
    key = SimulatedKey(drive or drive_folder(), board, alone=storage.FILES, **{"unix_time": MORNING, **more})
    key.dozes = dozes
    return Desk(key)


@pytest.fixture
def make_key(make_kind: MakeKey) -> Iterator[MakeKey]:
    """Yield a function that makes a key of one kind from a drive and a clock chip.

    Keys that a test leaves plugged in are unplugged: the thread of a simulated one would keep its memory.
    """
    made: list[VirtualKey] = []

    def make(drive: Path, clock: Callable[[Now], ClockChip] = DS3231) -> VirtualKey:
        made.append(make_kind(drive, clock))
        return made[-1]

    yield make
    for key in made:
        if isinstance(key, SimulatedKey) and key.plugged:
            key.unplug()


@pytest.fixture(params=KINDS)
def make_kind(request: pytest.FixtureRequest) -> MakeKey:
    """Return a function that makes a key of one kind, which is left as its test leaves it."""
    element = new_element if request.config.getoption("--element") else None
    if request.param == "simulator":
        board = WITH_PINS if element else BOARD
        return lambda drive, clock=DS3231: SimulatedKey(
            drive, board, alone=storage.FILES, unix_time=MORNING, clock=clock, element=element
        )
    if marker := request.node.get_closest_marker("simulator_only"):
        pytest.skip(marker.kwargs["reason"])
    request.getfixturevalue("image")
    from totpkey_virtual.chip.key import ChipKey
    from totpkey_volume.uf2 import flash_content

    if not has_fitting(flash_content(request.param.read_bytes(), 16 << 20)):
        pytest.skip("this image is older than CircuitPython 10.1")

    return lambda drive, clock=DS3231: ChipKey(
        request.param, drive, start_time=MORNING, alone=storage.FILES, clock=clock, element=element
    )


@pytest.fixture
def make_desk(make_key: MakeKey) -> Callable[[Path], Desk]:
    return lambda drive: Desk(make_key(drive))


@pytest.fixture
def desk(make_desk: Callable[[Path], Desk]) -> Desk:
    """Return a desk with a new, unplugged key."""
    return make_desk(drive_folder())


@pytest.fixture
def drive_copy(tmp_path: Path) -> Path:
    """Return a copy of the drive that tests may damage."""
    return Path(shutil.copytree(drive_folder(), tmp_path / "drive"))


#: One test of so many has a slow flash.
_ONE_OF = 8


@pytest.fixture(autouse=True)
def flash_times(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = zlib.crc32(f"{os.environ.get('TOTPKEY_FLASH_SEED', 0)} {request.node.nodeid}".encode())
    if drawn % _ONE_OF == 0 and "usual_flash" not in request.fixturenames:
        erase, program = SLOWEST
        monkeypatch.setattr(timing, "ERASE", round(erase * 1e9))
        monkeypatch.setattr(timing, "PROGRAM", round(program * 1e9))
