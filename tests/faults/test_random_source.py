"""A key with a stuck random source still works. It does not draw again until the source gives a new value.

On the chip the ring oscillator's random bit is always 0 (RP2040 data sheet, section 2.17).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.keys import BOARD, CHIPS, MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey


def simulated(_: object) -> VirtualKey:
    return SimulatedKey(drive_folder(), BOARD, alone=storage.FILES, unix_time=MORNING, entropy=bytes)


def on_chip(image: Path) -> VirtualKey:
    return ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES, seed=None)


KINDS = [
    pytest.param(simulated, None, id="simulator"),
    *(pytest.param(on_chip, *case.values, id=str(case.id), marks=case.marks) for case in CHIPS),
]


@pytest.mark.parametrize(("make", "image"), KINDS)
def test_a_stuck_random_source_stops_no_command(
    make: Callable[[Path | None], VirtualKey], image: Path | None
) -> None:
    desk = Desk(make(image))
    with desk.first_set_up() as client:
        added = [client.add(account).account for account in (AMAZON, GITHUB, AMAZON)]
        client.set_pin("2580")
        assert [entry.account for entry in client.list()] == added
        client.done()
    assert len(set(added)) == len(added)
    desk.await_face(serial=False)
    desk.replug()
    desk.enter_pin("2580")
    desk.expect_code(AMAZON)
