"""The same tests on both kinds of key without hardware: simulator and emulated chip (marker `chip`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.key.desk import Desk
from totpkey.drive import drive_folder
from totpkey.virtual.key import VirtualKey
from totpkey.virtual.simulator import SimulatedKey

#: Monday 2026-03-02 09:00:07 UTC, an ordinary morning.
MORNING = 1772442007.25


@pytest.fixture(params=["simulator", pytest.param("chip", marks=pytest.mark.chip)])
def make_key(request: pytest.FixtureRequest) -> Callable[[Path], VirtualKey]:
    """Builds a key of one kind from a drive."""
    if request.param == "simulator":
        return lambda drive: SimulatedKey(drive, unix_time=MORNING)
    if marker := request.node.get_closest_marker("simulator_only"):
        pytest.skip(marker.kwargs["reason"])
    from totpkey.virtual.chip.key import ChipKey
    image = next(Path.home().glob(".cache/totpkey/*.uf2"))
    return lambda drive: ChipKey(image, drive, start_time=MORNING)


@pytest.fixture
def make_desk(make_key: Callable[[Path], VirtualKey]) -> Callable[[Path], Desk]:
    return lambda drive: Desk(make_key(drive))


@pytest.fixture
def desk(make_desk: Callable[[Path], Desk]) -> Desk:
    """A desk with a new key on it, not plugged in."""
    return make_desk(drive_folder())


@pytest.fixture
def drive_copy(tmp_path: Path) -> Path:
    """A copy of the drive, to put faults into."""
    return Path(shutil.copytree(drive_folder(), tmp_path / "drive"))
