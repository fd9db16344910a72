"""After a cut an update leaves the old firmware or the new, whole: some of all cuts (`make cuts`: all)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cuts.cutting import Left, Trace
from tests.install.update_cuts import OnChip, sample, updated, verdict


@pytest.fixture(scope="module")
def trace() -> Trace:
    return updated()


@pytest.fixture(scope="module")
def left(trace: Trace) -> list[Left]:
    return trace.left()


@pytest.mark.slow
def test_cuts_all_over_an_update(left: list[Left]) -> None:
    verdicts = [
        verdict(each.snapshot, again=number % 10 == 0) for number, each in enumerate(sample(left, 16))
    ]
    assert set(verdicts) == {"a", "b"}, verdicts
    assert verdicts[0] == "a"


@pytest.mark.chip
def test_cuts_on_the_chip(official_image: Path, tmp_path: Path) -> None:
    """One in the middle, and the last before and the first after the point of no return."""
    make = OnChip.of(official_image, tmp_path)
    left = updated(make).left()
    chosen = [left[len(left) // 2], *left[-4:]]
    verdicts = [verdict(each.snapshot, make=make) for each in chosen]
    assert verdicts[0] == "a"
    assert set(verdicts) == {"a", "b"}, verdicts


def test_an_update_writes_neither_fat_nor_vault_nor_the_slot_in_use(trace: Trace) -> None:
    from totpkey_protocol import slots
    from totpkey_volume import fat_reader, layout
    from totpkey_volume.circuitpython import DRIVE_START
    from totpkey_volume.fat_format import Geometry

    volume = trace.start.flash[DRIVE_START:]
    geometry = Geometry.of(len(volume))
    allowed = []
    for path, size in ((slots.SLOTS[1][2], slots.SIZE), (slots.SEALS, 2 * slots.STRIDE)):
        start = DRIVE_START + geometry.offset(fat_reader.first_cluster(volume, path))
        allowed.append(range(start, start + size))
    written = {step.address for step in trace.steps}
    assert all(any(address in each for each in allowed) for address in written)
    vault = range(*layout.vault_range("raspberry_pi_pico"))
    assert not any(address in vault for address in written)
