"""What `totpkey verify` does not compare: whatever is there, the key does the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.keys import installed
from tests.support.desk import AMAZON, Desk
from totpkey.cli.root import run
from totpkey.install import manifest, verifying
from totpkey.install.drive import drive_files
from totpkey.install.image import read_circuitpython
from totpkey_protocol import slots
from totpkey_protocol.version import __version__
from totpkey_virtual.chip.key import ChipKey
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START, NVM_START, SECTOR
from totpkey_volume.fat_format import Geometry


def not_compared(flash: bytes) -> Iterator[range]:
    """What is behind CircuitPython, NVM, free clusters, and what a slot holds behind its firmware."""
    end = -(-len(flash[:NVM_START].rstrip(b"\xff")) // SECTOR) * SECTOR
    yield range(end, DRIVE_START)
    volume = flash[DRIVE_START:]
    geometry = Geometry.of(len(volume))
    for cluster in range(2, geometry.clusters + 2):
        if fat_reader.next_cluster(volume, geometry, cluster) == 0:
            start = DRIVE_START + geometry.offset(cluster)
            yield range(start, start + geometry.cluster_size)
    first = next(each for each in fat_reader.extents_of(volume) if each.path == slots.SLOTS[0][2])
    used = len(layout.slot_content(drive_files(), "raspberry_pi_pico", slots.SLOTS[0][0]))
    yield range(DRIVE_START + first.start + used, DRIVE_START + first.start + first.size)


def with_noise(flash: bytes) -> bytes:
    noisy = bytearray(flash)
    for part in not_compared(flash):
        noisy[part.start : part.stop] = random.Random(part.start).randbytes(len(part))
    changed = sum(one != other for one, other in zip(flash, noisy, strict=True))
    assert changed > 100_000
    return bytes(noisy)


def types_as_before(desk: Desk) -> None:
    """With noise in all of it, it starts, types, comes to setup, and counts its use."""
    desk.provision(AMAZON)
    desk.unplug()
    desk.key.flash = with_noise(desk.key.flash)
    desk.plug_in()
    desk.expect_code(AMAZON)
    with desk.setup_client() as client:
        (account,) = client.list()
        assert client.uses(account.account).count == 1
        client.done()


def test_noise_in_what_is_not_compared_changes_nothing() -> None:
    types_as_before(Desk(installed()))


@pytest.mark.chip
def test_noise_changes_nothing_on_the_chip(official_image: Path, tmp_path: Path) -> None:
    made_file = tmp_path / "made.uf2"
    assert run(["image", "--circuitpython", str(official_image), "-o", str(made_file)]) == 0
    desk = Desk(ChipKey(made_file, None))
    types_as_before(desk)
    interpreter = manifest.Interpreter.of(read_circuitpython(official_image)[1])
    release = manifest.of(__version__, drive_files(), {desk.key.board: interpreter})
    flash = desk.key.flash
    assert verifying.compare(lambda at, size: flash[at : at + size], [release], None).is_good
