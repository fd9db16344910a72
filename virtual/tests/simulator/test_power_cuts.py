"""Power that fails during a flash operation, and its cost where the firmware rewrites shared sectors."""

from __future__ import annotations

import pytest

from totpkey_virtual.flash import DRIVE_START, SECTOR, Moment, PowerCut, Torn
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import MakeKey

MASS_STORAGE = 0x08
#: Writes to a file that stays open, a whole flash sector of it, once the key is in use.
IN_PLACE = """
import os, time
file = open('/pages', 'r+b')
time.sleep(1)
file.write(b'n' * 4096)
os.sync()
while True: time.sleep(1)
"""
GROWING = IN_PLACE.replace(
    "file.write(b'n' * 4096)", "with open('/new', 'wb') as new: new.write(b'n' * 4096)"
)
PAGES = {"pages": b"o" * 4096}
#: The flash sectors of that file, whose ends it shares with its neighbours.
OF_PAGES = (DRIVE_START + 5 * SECTOR, DRIVE_START + 6 * SECTOR)


def in_use(make_key: MakeKey, code: str) -> SimulatedKey:
    """A key whose first boot, which writes boot_out.txt, is over, and that is about to write."""
    key = make_key(code, files=dict(PAGES), board="raspberry_pi_pico")
    key.run(3)
    key.unplug()
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    assert key.flash_operations == []
    return key


def shows_drive(key: VirtualKey) -> bool:
    enumeration = key.usb.enumeration
    assert enumeration is not None
    return MASS_STORAGE in [interface.usb_class for interface in enumeration.interfaces]


def test_whole_sectors_of_an_open_file_touch_nothing_else(make_key: MakeKey) -> None:
    key = in_use(make_key, IN_PLACE)
    key.run(2)
    assert {done.address for done in key.flash_operations if done.kind == "erase"} == set(OF_PAGES)


def test_a_cut_before_an_operation_leaves_the_old(make_key: MakeKey) -> None:
    key = in_use(make_key, IN_PLACE)
    before = key.flash
    key.cut_power_at(PowerCut(0, Moment.BEFORE))
    key.run(5)
    assert not key.plugged
    assert key.flash == before


@pytest.mark.parametrize("torn", Torn)
def test_a_cut_in_an_erase_tears_the_sector(make_key: MakeKey, torn: Torn) -> None:
    key = in_use(make_key, IN_PLACE)
    before = key.flash
    key.cut_power_at(PowerCut(0, Moment.DURING, torn, seed=1))
    assert not key.run_until(lambda: not key.plugged, limit=0.5)
    assert key.run_until(lambda: not key.plugged, limit=5)
    start = key.flash_operations[0].address
    left = key.flash[start : start + SECTOR]
    assert (left == b"\xff" * SECTOR, left == before[start : start + SECTOR]) == (
        torn is Torn.ONES,
        torn is Torn.ZEROS,
    )
    assert key.flash[:start] + key.flash[start + SECTOR :] == before[:start] + before[start + SECTOR :]


def test_a_cut_while_a_file_is_made_loses_the_drive_and_opens_the_key(make_key: MakeKey) -> None:
    key = in_use(make_key, GROWING)
    assert not shows_drive(key)
    key.run(3)
    table = next(n for n, done in enumerate(key.flash_operations) if done.address == DRIVE_START)

    key = in_use(make_key, GROWING)
    key.cut_power_at(PowerCut(table, Moment.DURING, Torn.ONES))
    key.run(3)
    assert not key.plugged
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    assert shows_drive(key)
    assert key.drive["code.py"] == b'print("Hello World!")\n'
