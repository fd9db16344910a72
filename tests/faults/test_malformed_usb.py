"""After a computer broke the rules of USB, the key types codes, and never shows more of itself.

Only on the chip, because the simulator has no packets.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.desk import AMAZON, CDC, CDC_DATA, HID, Desk
from tests.support.keys import MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.usb_bus import setup

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

pytestmark = pytest.mark.chip

DEVICE_TO_HOST = 0x80
TO_DEVICE, FROM_DEVICE, TO_CLASS, FROM_CLASS = 0x00, 0x80, 0x21, 0xA1
SET_ADDRESS, GET_DESCRIPTOR, SET_CONFIGURATION = 0x05, 0x06, 0x09
#: HID 1.11 section 7.2; CDC PSTN 1.2 section 6.3.
GET_REPORT, SET_REPORT, SET_LINE_CODING = 0x01, 0x09, 0x20
LENGTHS = (0, 1, 2, 7, 8, 9, 63, 64, 65, 255, 1024, 0xFFFF)
IDS = (0, 1, 2, 3, 0x7F, 0xFF)
#: Standard, class, vendor and reserved requests, to device, interface, end point and others, both ways.
REQUEST_TYPES = [way | kind | to for way in (0x00, 0x80) for kind in (0, 0x20, 0x40, 0x60) for to in range(5)]
MS = 0.001


def ask(
    key: ChipKey, request_type: int, request: int, value: int, index: int, data: bytes = b"", length: int = 0
) -> None:
    """Make one control transfer, and give it up where the key leaves it hanging.

    A key that has crashed before has to be there again first.
    """
    assert key.run_until(lambda: key.usb.enumeration is not None, 8)
    key.control(request_type, request, value, index, data=data, length=length, patience=0.05)


def odd_output_reports(key: ChipKey, hid: int) -> None:
    """Packets of every length to every OUT end point, with the ids of reports that are and are not there."""
    for endpoint in range(1, 8):
        taken = 0
        for identifier in IDS:
            for length in range(65):
                packet = bytes((identifier,)) * min(length, 1) + b"\xff" * (length - 1)
                taken += key.give(endpoint, packet)
                if taken:
                    key.run(MS)
            if not taken:
                break


def odd_reports_by_control(key: ChipKey, hid: int) -> None:
    """SET_REPORT and GET_REPORT of every kind and of odd lengths."""
    for kind in range(5):
        for identifier in IDS:
            for length in LENGTHS:
                value = kind << 8 | identifier
                ask(key, FROM_CLASS, GET_REPORT, value, hid, length=length)
                if length <= 1024:
                    ask(key, TO_CLASS, SET_REPORT, value, hid, data=bytes((identifier,)) * length)


def oversized_requests(key: ChipKey, hid: int) -> None:
    """More asked for than there is, at interfaces and descriptors that are not there."""
    for index in (0, 1, 2, 3, 200, 0xFFFF):
        for kind in range(0x25):
            ask(key, FROM_DEVICE, GET_DESCRIPTOR, kind << 8 | index & 0xFF, index, length=0xFFFF)
            ask(key, 0x81, GET_DESCRIPTOR, kind << 8, index, length=0xFFFF)
        ask(key, TO_CLASS, SET_REPORT, 0x0201, index, data=b"\x01" * 4096)
        ask(key, TO_CLASS, SET_LINE_CODING, 0, index, data=b"\xff" * 200)


def broken_off_transfers(key: ChipKey, hid: int) -> None:
    """Setup packets with nothing behind them, one after another, and data that goes the wrong way."""
    chance = random.Random(7)
    for _ in range(400):
        request_type = chance.choice((TO_CLASS, FROM_CLASS, FROM_DEVICE, 0x81))
        request = chance.choice((GET_REPORT, SET_REPORT, GET_DESCRIPTOR, SET_LINE_CODING))
        value = chance.choice((0x0100, 0x0101, 0x0201, 0x0200, 0x2200))
        key.break_off(setup(request_type, request, value, hid, chance.choice(LENGTHS)))
        for _ in range(chance.randrange(3)):
            key.give(0, chance.randbytes(chance.randrange(65)))
        key.run(chance.choice((0, 0.05 * MS, MS)))


def requests_at_random(key: ChipKey, hid: int) -> None:
    """Any request with any fields; those by which a computer may let go of a device are left out."""
    chance = random.Random(11)
    for _ in range(400):
        request_type, request = chance.choice(REQUEST_TYPES), chance.choice((*range(0x25), 0xFF))
        if request_type == TO_DEVICE and request in (SET_ADDRESS, SET_CONFIGURATION):
            continue
        value, index = chance.choice((0, 1, 0x0101, 0x0201, 0xFFFF)), chance.choice((hid, 0, 2, 0x81, 0xFFFF))
        length = chance.choice(LENGTHS)
        if request_type & DEVICE_TO_HOST:
            ask(key, request_type, request, value, index, length=length)
        else:
            ask(key, request_type, request, value, index, data=chance.randbytes(min(length, 300)))


ATTACKS = (
    odd_output_reports,
    odd_reports_by_control,
    oversized_requests,
    broken_off_transfers,
    requests_at_random,
)


@pytest.fixture
def desk(image: Path) -> Desk:
    return provisioned(image)


@pytest.fixture
def unsealed_desk(official_image: Path) -> Desk:
    return provisioned(official_image)


def provisioned(image: Path) -> Desk:
    """A provisioned key on the chip, in its everyday face."""
    from totpkey_virtual.chip.key import ChipKey

    desk = Desk(ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES))
    desk.provision(AMAZON)
    return desk


def attack(desk: Desk, how: Callable[[ChipKey, int], None]) -> None:
    from totpkey_virtual.chip.key import ChipKey

    assert isinstance(desk.key, ChipKey)
    enumeration = desk.key.usb.enumeration
    assert enumeration is not None
    (hid,) = [interface.number for interface in enumeration.interfaces if interface.usb_class == HID]
    how(desk.key, hid)


@pytest.mark.parametrize("data", [b"", bytes(1), bytes(8)], ids=len)
def test_a_report_without_id_may_crash_circuitpython_and_the_key_comes_back_closed(
    unsealed_desk: Desk, data: bytes
) -> None:
    """Seen on the published 10.1.3 in the everyday face. Whether it crashes depends on memory."""
    desk = unsealed_desk

    def crash(key: ChipKey, hid: int) -> None:
        key.control(TO_CLASS, SET_REPORT, 0x0200, hid, data=data, patience=0.05)

    attack(desk, crash)
    for _ in range(100):
        desk.key.run(0.05)
        assert desk.key.usb.enumeration is None or desk.classes() == [HID]
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)


@pytest.mark.parametrize("how", ATTACKS, ids=lambda how: how.__name__)
@pytest.mark.parametrize("face", ["everyday", "setup"])
def test_the_key_survives(desk: Desk, face: str, how: Callable[[ChipKey, int], None]) -> None:
    if face == "setup":
        desk.hold_for_setup()
    shown = desk.classes()
    attack(desk, how)
    desk.key.run(0.5)
    # Either nothing happened, or the key crashed and is back in its everyday face.
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)
    assert desk.classes() in (shown, [HID])
    assert set(desk.classes()) <= {HID, CDC, CDC_DATA}
    desk.key.usb.reports.clear()
    desk.key.run(0.5)
    assert desk.key.usb.reports == []
    desk.replug()
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
