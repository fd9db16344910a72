"""Each way in that the seal closes, tried on the published image, where it is open, and on the sealed one."""

from __future__ import annotations

import struct
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.cases import slow
from tests.support.desk import AMAZON, CDC, CDC_DATA, HID, Desk
from tests.support.images import content_of
from tests.support.keys import MORNING
from tests.virtual.chip.conftest import ANSWERING, SETUP, MakeKey, answers, start
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_volume.circuitpython import version_of

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

pytestmark = pytest.mark.chip

TO_CLASS, FROM_CLASS = 0x21, 0xA1
#: HID 1.11 section 7.2; CDC PSTN 1.2 section 6.3.
GET_REPORT, SET_REPORT, SET_LINE_CODING, SET_LINES = 0x01, 0x09, 0x20, 0x22
INPUT, OUTPUT, FEATURE = 1, 2, 3
#: What a person asks for who resets the chip twice, and what the boot ROM calls itself.
BOOT_LOADER = "RP2 Boot"
DTR = 1


@pytest.fixture(params=[slow("published"), "sealed"])
def is_sealed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "sealed")


@pytest.fixture
def either(is_sealed: bool, image: Path, official_image: Path) -> Path:
    return image if is_sealed else official_image


@pytest.fixture
def desk(either: Path) -> Desk:
    """A new key, in setup."""
    from totpkey_virtual.chip.key import ChipKey

    desk = Desk(ChipKey(either, drive_folder(), start_time=MORNING, alone=storage.FILES))
    desk.plug_in()
    return desk


def chip(desk: Desk) -> ChipKey:
    from totpkey_virtual.chip.key import ChipKey

    assert isinstance(desk.key, ChipKey)
    return desk.key


def interface(key: ChipKey, usb_class: int) -> int:
    assert key.usb.enumeration
    return next(each.number for each in key.usb.enumeration.interfaces if each.usb_class == usb_class)


def is_in_boot_loader(key: ChipKey) -> bool:
    return key.usb.enumeration is not None and key.usb.enumeration.product == BOOT_LOADER


# 1200 baud


@pytest.mark.parametrize(
    "usb_class", [pytest.param(CDC, marks=pytest.mark.quick, id="control"), pytest.param(CDC_DATA, id="data")]
)
@pytest.mark.slow
def test_the_serial_port_leads_to_the_boot_loader(desk: Desk, is_sealed: bool, usb_class: int) -> None:
    """Speed, DTR on and DTR off, in each order, at either interface of the port."""
    key = chip(desk)

    def speed() -> None:
        coding = struct.pack("<IBBB", 1200, 0, 0, 8)
        key.control(TO_CLASS, SET_LINE_CODING, 0, interface(key, usb_class), coding, patience=0.1)

    def dtr_on() -> None:
        key.control(TO_CLASS, SET_LINES, DTR, interface(key, usb_class), patience=0.1)

    def dtr_off() -> None:
        key.control(TO_CLASS, SET_LINES, 0, interface(key, usb_class), patience=0.1)

    opened = set()
    for order in permutations((speed, dtr_on, dtr_off)):
        for step in (*order, dtr_off):
            step()
            key.run(0.3)
            if key.usb.enumeration is None or is_in_boot_loader(key):
                assert key.run_until(lambda: is_in_boot_loader(key), 3)
                opened.add(tuple(each.__name__ for each in order))
                desk.replug()
                break
    assert bool(opened) == (not is_sealed and usb_class == CDC)
    with desk.client() as client:
        assert client.hello().state == "blank"


def test_the_key_says_whether_it_is_sealed(desk: Desk, either: Path, is_sealed: bool) -> None:
    version = ".".join(map(str, version_of(content_of(either.read_bytes())) or ()))
    with desk.client() as client:
        assert client.hello().circuitpython == version + "+sealed" * is_sealed


# Safe mode and the boot loader, by resets


def test_a_second_reset_soon_after_the_first(desk: Desk, is_sealed: bool) -> None:
    """By faults, which reset the chip as its pin does: 0.1 s apart they mean the boot loader."""
    desk.provision(AMAZON)
    for pause in (0.0, 0.001, 0.05, 0.1, 0.15):
        desk.key.crash()
        desk.key.run(pause)
        desk.key.crash()
        assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 5)
        if pause:
            assert is_in_boot_loader(chip(desk)) == (not is_sealed), pause
        desk.replug()
    assert desk.classes() == [HID]


@pytest.mark.quick
def test_the_key_is_there_at_once(desk: Desk, is_sealed: bool) -> None:
    desk.provision(AMAZON)
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 5)
    assert (desk.key.uptime_ms < 300) == is_sealed


def test_a_hard_fault_leads_back_to_a_keyboard(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.key.crash()
    for _ in range(80):
        desk.key.run(0.05)
        assert desk.key.usb.enumeration is None or desk.classes() == [HID]
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)


# What stays: Python's own ways


@pytest.mark.parametrize("way", ["BOOTLOADER", "UF2", "SAFE_MODE", "NORMAL"])
def test_python_asks_for_the_next_start(make_key: MakeKey, either: Path, way: str) -> None:
    code = f"""
import alarm, microcontroller
if alarm.sleep_memory[0] != 7:
    alarm.sleep_memory[0] = 7
    microcontroller.on_next_reset(microcontroller.RunMode.{way})
    microcontroller.reset()
"""
    key = make_key(code, image=either)
    start(key)
    assert is_in_boot_loader(key) == (way in ("BOOTLOADER", "UF2"))
    assert key.usb.enumeration
    shows_drive = 8 in [each.usb_class for each in key.usb.enumeration.interfaces]
    assert shows_drive == (way != "NORMAL")


# A computer that sleeps

SENDING = (
    ANSWERING
    + """
import supervisor, usb_hid
keyboard, took = usb_hid.devices[0], []
while not supervisor.runtime.usb_connected:
    pass
while supervisor.runtime.usb_connected:
    pass
for _ in range(2):
    begun = supervisor.ticks_ms()
    keyboard.send_report(bytes((0, 0, 0x1E, 0, 0, 0, 0, 0)))
    took.append(supervisor.ticks_ms() - begun)
while not supervisor.runtime.usb_connected:
    pass
keyboard.send_report(bytes((0, 0, 0x1F, 0, 0, 0, 0, 0)))
keyboard.send_report(bytes(8))
say(took)
"""
)


def test_a_report_to_a_computer_that_sleeps(make_key: MakeKey, either: Path, is_sealed: bool) -> None:
    key = make_key(SENDING, SETUP, image=either)
    start(key)
    key.run(0.3)
    key.suspend()
    key.run(5)
    woken = key.wake_requests
    key.resume()
    (took,) = answers(key, 1)
    key.run(0.05)
    sent = [report.data[2] for report in key.usb.reports]
    if is_sealed:
        assert (woken, sent) == (0, [0x1F, 0])
        assert max(map(int, took.strip("[]").split(","))) <= 1
    else:
        assert woken > 0
        assert 2000 <= int(took.strip("[]").split(",")[0]) <= 2002


BUSY = (
    ANSWERING
    + """
import supervisor, usb_hid
keyboard, took = usb_hid.devices[0], []
while not supervisor.runtime.usb_connected:
    pass
keyboard.send_report(bytes(8))
for _ in range(2):
    begun = supervisor.ticks_ms()
    try:
        keyboard.send_report(bytes(8))
    except OSError as problem:
        took.append((str(problem), supervisor.ticks_ms() - begun >= 2000))
say(took)
"""
)


def test_a_computer_that_does_not_poll_makes_it_busy_as_before(make_key: MakeKey, either: Path) -> None:
    key = make_key(BUSY, SETUP, image=either)
    key.plug()
    key.set_polling(False)
    assert answers_after(key, 5) == "[('USB busy', True), ('USB busy', True)]"


def answers_after(key: ChipKey, seconds: float) -> str:
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.run(seconds)
    (answer,) = answers(key, 1)
    return answer


# Reports by control transfers


@pytest.mark.quick
def test_get_report_of_any_length(desk: Desk, is_sealed: bool) -> None:
    key = chip(desk)
    hid, longest = interface(key, HID), 0

    def get(kind: int, identifier: int, length: int) -> bytes:
        return key.control(FROM_CLASS, GET_REPORT, kind << 8 | identifier, hid, length=length) or b""

    for kind in (INPUT, FEATURE):
        for length in (*range(70), 255, 1024, 0xFFFF):
            reply = get(kind, 1, length)
            assert len(reply) <= length
            assert length == 1 or reply[:1] in (b"", b"\x01")
            longest = max(longest, len(reply))
    assert longest == (9 if is_sealed else 64)
    assert get(OUTPUT, 1, 64) in (b"\x01", b"")
    for identifier in (0, 2, 3, 255):
        assert len(get(INPUT, identifier, 64)) <= 1


def test_set_report_without_an_id(desk: Desk, is_sealed: bool) -> None:
    """In the everyday face, where one is mostly enough to crash the published image."""
    desk.provision(AMAZON)
    key, crashes = chip(desk), 0
    for data in (b"", bytes(1), bytes(2), bytes(8), bytes(64)):
        for kind in (OUTPUT, FEATURE):
            key.control(TO_CLASS, SET_REPORT, kind << 8, interface(key, HID), data=data, patience=0.05)
            key.run(0.2)
            crashes += key.usb.enumeration is None
            assert key.run_until(lambda: key.usb.enumeration is not None, 8)
    assert (crashes == 0) == is_sealed
    desk.away_from_the_boundary(AMAZON)
    desk.key.run(0.5)
    assert desk.press() == desk.code(AMAZON)


@pytest.mark.parametrize("by_control", [True, False], ids=["SET_REPORT", "OUT"])
def test_reports_with_an_id_arrive_as_before(desk: Desk, by_control: bool) -> None:
    """The lock keys. The key types for a computer with CapsLock on, too."""
    desk.provision(AMAZON)
    desk.key.set_host_leds(2, by_control)
    desk.key.run(0.2)
    desk.expect_code(AMAZON)
