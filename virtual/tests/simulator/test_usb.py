"""The USB side: what is enumerated, and the keyboard's endpoint."""

from __future__ import annotations

from itertools import pairwise

import pytest

from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import EVERYDAY, SETUP, MakeKey, plug_in

FOREVER = "import time\nwhile True: time.sleep(1)\n"
HID, CDC_CONTROL, CDC_DATA, MASS_STORAGE, AUDIO = 3, 2, 10, 8, 1


def classes(key: SimulatedKey) -> list[int]:
    assert key.usb.enumeration is not None
    return [interface.usb_class for interface in key.usb.enumeration.interfaces]


@pytest.mark.parametrize(
    ("boot", "expected"),
    [
        ("", [CDC_CONTROL, CDC_DATA, MASS_STORAGE, HID, AUDIO, AUDIO]),
        (EVERYDAY, [HID]),
        (SETUP, [CDC_CONTROL, CDC_DATA, HID]),
        (EVERYDAY + "import usb_hid; usb_hid.disable()", []),
    ],
)
def test_the_face_is_what_boot_chose(make_key: MakeKey, boot: str, expected: list[int]) -> None:
    key = plug_in(make_key(FOREVER, boot))
    assert classes(key) == expected
    assert key.usb.enumeration is not None
    assert key.usb.enumeration.has_serial == (CDC_DATA in expected)


def test_names_and_numbers(make_key: MakeKey) -> None:
    naming = "import supervisor; supervisor.set_usb_identification('Maker', 'Thing', pid=0x1234)"
    key = plug_in(make_key(FOREVER, SETUP + naming))
    enumeration = key.usb.enumeration
    assert enumeration is not None
    assert (enumeration.manufacturer, enumeration.product) == ("Maker", "Thing")
    assert (enumeration.vendor_id, enumeration.product_id) == (0x239A, 0x1234)
    assert bytes.fromhex(enumeration.serial_number) == key.uid
    assert [interface.name for interface in enumeration.interfaces] == [
        "CircuitPython CDC2 control",
        "CircuitPython CDC2 data",
        "CircuitPython HID",
    ]


# Keyboard

TYPE = """
import time, usb_hid, supervisor
keyboard = [device for device in usb_hid.devices if device.usage == 6][0]
def report(usage): return bytes((0, 0, usage, 0, 0, 0, 0, 0))
"""


def test_one_report_each_interval(make_key: MakeKey) -> None:
    key = make_key(TYPE + "time.sleep(1)\nfor usage in range(4, 9): keyboard.send_report(report(usage))")
    key.run(5)
    assert [report.data[2] for report in key.usb.reports] == [4, 5, 6, 7, 8]
    moments = [report.ms for report in key.usb.reports]
    assert [round(late - early) for early, late in pairwise(moments)] == [8] * 4


def test_without_a_computer_a_report_waits_2_s_and_fails(make_key: MakeKey) -> None:
    code = """
time.sleep(2)
start = time.monotonic_ns()
try:
    keyboard.send_report(report(4))
except OSError as error:
    print(error, (time.monotonic_ns() - start) // 1000000)
"""
    key = make_key(TYPE + code)
    key.unplug()
    key.at_a_computer = False
    key.plug()
    key.run(10)
    assert key.console.endswith("USB busy 2000\n")
    assert key.usb.reports == []


def test_while_suspended_a_report_vanishes_at_once(make_key: MakeKey) -> None:
    code = """
while supervisor.runtime.usb_connected or time.monotonic() < 4: time.sleep(0.01)
start = time.monotonic_ns()
keyboard.send_report(report(4))
print('no error', (time.monotonic_ns() - start) // 1000000)
"""
    key = make_key(TYPE + code)
    key.run(5)
    key.suspend()
    key.run(5)
    key.resume()
    key.run(1)
    assert key.console.endswith("no error 0\n")
    assert key.usb.reports == []


def test_a_report_that_was_dropped_does_not_come_later(make_key: MakeKey) -> None:
    key = make_key(TYPE + "time.sleep(3)\nkeyboard.send_report(report(4))\nprint('sent')")
    plug_in(key)
    key.suspend()
    key.run(4)
    assert key.usb.reports == []
    key.resume()
    key.run(0.1)
    assert key.console.endswith("sent\n")
    assert key.usb.reports == []


LEDS = TYPE + "while True:\n    print(keyboard.get_last_received_report())\n    time.sleep(0.1)\n"


def test_lock_keys_are_told_once(make_key: MakeKey) -> None:
    key = make_key(LEDS)
    key.run(5)
    assert set(key.console.splitlines()[-10:]) == {"None"}
    key.set_host_leds(0b11)
    key.run(0.5)
    assert key.console.splitlines()[-5:].count(repr(b"\x03")) == 1


def test_a_computer_with_num_lock_on_tells_every_new_keyboard(make_key: MakeKey) -> None:
    key = make_key(LEDS)
    key.set_host_leds(1)
    plug_in(key)
    key.run(0.5)
    assert key.console.count(repr(b"\x01")) == 1
