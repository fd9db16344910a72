"""Serial, output reports, control transfers and suspend, against CircuitPython's USB stack."""

from __future__ import annotations

import pytest

from totpkey_virtual.chip.descriptors import HID, split
from virtual.tests.chip.conftest import ANSWERING, SETUP, MakeKey, answers, start

pytestmark = pytest.mark.chip

ECHO = """
import usb_cdc
port = usb_cdc.data
while True:
    waiting = port.in_waiting
    if waiting:
        port.write(port.read(waiting))
"""
LIGHT_WHILE_CONNECTED = """
import board, digitalio, supervisor
light = digitalio.DigitalInOut(board.LED)
light.switch_to_output()
while True:
    light.value = supervisor.runtime.usb_connected
"""
#: HID 1.11 section 7.2.1.
GET_REPORT, INPUT_REPORT = 0x01, 0x0100


def test_serial_echoes_more_than_all_buffers_hold(make_key: MakeKey) -> None:
    key = make_key(ECHO, SETUP)
    start(key)
    key.open_serial()
    sent = bytes(range(256)) * 16
    key.write_serial(sent)

    received = bytearray()

    def all_back() -> bool:
        received.extend(key.read_serial())
        return len(received) >= len(sent)

    assert key.run_until(all_back, limit=1)
    assert received == sent


def test_the_device_sees_the_port_open_and_close(make_key: MakeKey) -> None:
    code = LIGHT_WHILE_CONNECTED.replace("supervisor.runtime.usb_connected", "usb_cdc.data.connected")
    key = make_key("import usb_cdc" + code, SETUP)
    start(key)
    key.run(0.1)
    assert key.light == (0, 0, 0)

    key.open_serial()
    key.run(0.05)
    assert key.light == (255, 255, 255)

    key.close_serial()
    key.run(0.05)
    assert key.light == (0, 0, 0)


def test_a_key_without_a_port_refuses_to_open_one(make_key: MakeKey) -> None:
    key = make_key("")
    start(key)

    with pytest.raises(ConnectionError, match="no serial port"):
        key.open_serial()


def test_output_reports_reach_the_firmware(make_key: MakeKey) -> None:
    code = (
        ANSWERING
        + """
import usb_hid
say("ready")
report = None
while report is None:
    report = usb_hid.devices[0].get_last_received_report()
say(report)
"""
    )
    key = make_key(code, SETUP)
    start(key)
    assert answers(key, 1) == ["'ready'"]
    key.set_host_leds(0b10)

    assert answers(key, 1) == [r"b'\x02'"]


def test_get_report_of_any_length_is_answered(make_key: MakeKey) -> None:
    key = make_key("")
    start(key)

    reply = key.control(0xA1, GET_REPORT, INPUT_REPORT | 1, 0, length=255)

    assert reply is not None
    assert len(reply) >= 9
    assert reply[:9] == bytes((1, 0, 0, 0, 0, 0, 0, 0, 0))


def test_a_stall_ends_the_transfer_and_the_next_one_works(make_key: MakeKey) -> None:
    key = make_key("")
    start(key)

    assert key.control(0x80, 0x06, 0x0F00, 0, length=64) is None  # no BOS descriptor
    device = key.control(0x80, 0x06, 0x0100, 0, length=18)
    assert device is not None
    assert device[:2] == bytes((18, 1))


def test_suspend_and_resume_reach_the_firmware(make_key: MakeKey) -> None:
    key = make_key(LIGHT_WHILE_CONNECTED)
    start(key)
    key.run(0.2)
    assert key.light == (255, 255, 255)

    key.suspend()
    key.run(0.1)
    assert key.light == (0, 0, 0)

    key.resume()
    key.run(0.1)
    assert key.light == (255, 255, 255)


def test_a_keyboard_of_circuitpython_names_no_country(make_key: MakeKey) -> None:
    """Said in docs/guide/first-plug.md: a Mac asks what kind of keyboard it is. HID 1.11 section 6.2.1."""
    key = make_key("")
    start(key)

    configuration = key.control(0x80, 0x06, 0x0200, 0, length=255)

    assert configuration is not None
    found = [raw for raw in split(configuration) if raw[1] == HID]
    assert [(raw[0], raw[4]) for raw in found] == [(9, 0)]
