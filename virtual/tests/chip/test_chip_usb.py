"""Real CircuitPython on the emulated chip: from power-on to a USB device, and what it does at bus and pins.

The boot protocol is here, too, and why the key is not a boot keyboard (docs/decisions/typing.md). If one of
those tests fails with a later CircuitPython, the decision can be reconsidered.
"""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest

from totpkey_virtual.chip.descriptors import HID, split
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.computer import typed
from totpkey_virtual.traffic import Channel, Stream, watch_traffic
from virtual.tests.chip.conftest import ANSWERING, EVERYDAY, SETUP, MakeKey, answers, start

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
    key = start(make_key(ECHO, SETUP))
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
    key = start(make_key("import usb_cdc" + code, SETUP))
    key.run(0.1)
    assert key.light == (0, 0, 0)

    key.open_serial()
    key.run(0.05)
    assert key.light == (255, 255, 255)

    key.close_serial()
    key.run(0.05)
    assert key.light == (0, 0, 0)


def test_a_key_without_a_port_refuses_to_open_one(make_key: MakeKey) -> None:
    key = start(make_key(""))

    with pytest.raises(ConnectionError, match="no serial port"):
        key.open_serial()


def test_output_reports_reach_the_firmware(make_key: MakeKey) -> None:
    code = f"""{ANSWERING}
import usb_hid
say("ready")
report = None
while report is None:
    report = usb_hid.devices[0].get_last_received_report()
say(report)
"""
    key = start(make_key(code, SETUP))
    assert answers(key, 1) == ["'ready'"]
    key.set_host_leds(0b10)

    assert answers(key, 1) == [r"b'\x02'"]


def test_get_report_of_any_length_is_answered(make_key: MakeKey) -> None:
    key = start(make_key(""))

    reply = key.control(0xA1, GET_REPORT, INPUT_REPORT | 1, 0, length=255)

    assert reply is not None
    assert len(reply) >= 9
    assert reply[:9] == bytes((1, 0, 0, 0, 0, 0, 0, 0, 0))


def test_a_stall_ends_the_transfer_and_the_next_one_works(make_key: MakeKey) -> None:
    key = start(make_key(""))

    assert key.control(0x80, 0x06, 0x0F00, 0, length=64) is None  # no BOS descriptor
    device = key.control(0x80, 0x06, 0x0100, 0, length=18)
    assert device is not None
    assert device[:2] == bytes((18, 1))


def test_suspend_and_resume_reach_the_firmware(make_key: MakeKey) -> None:
    key = start(make_key(LIGHT_WHILE_CONNECTED))
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
    key = start(make_key(""))

    configuration = key.control(0x80, 0x06, 0x0200, 0, length=255)

    assert configuration is not None
    found = [raw for raw in split(configuration) if raw[1] == HID]
    assert [(raw[0], raw[4]) for raw in found] == [(9, 0)]


TYPING = """
import supervisor, usb_hid
keyboard = usb_hid.devices[0]
while not supervisor.runtime.usb_connected:
    pass
for usage in (0x1E, 0, 0x1F, 0, 0x20, 0):
    keyboard.send_report(bytes((0, 0, usage, 0, 0, 0, 0, 0)))
while True:
    pass
"""


def typed_by(key: ChipKey) -> list[tuple[float, bytes]]:
    start(key)
    assert key.run_until(lambda: len(key.usb.reports) >= 6)
    return [(report.ms, report.data) for report in key.usb.reports]


def test_runs_repeat_to_the_cycle(make_key: MakeKey) -> None:
    first, second = make_key(TYPING), make_key(TYPING)

    assert typed_by(first) == typed_by(second)
    assert first.cycles == second.cycles
    assert first.flash == second.flash


def test_reports_come_at_the_pace_of_the_interval(make_key: MakeKey) -> None:
    reports = typed_by(make_key(TYPING))

    assert [data[2] for _, data in reports] == [0x1E, 0, 0x1F, 0, 0x20, 0]
    moments = [ms for ms, _ in reports]
    paces = [later - earlier for earlier, later in pairwise(moments)]
    assert paces == pytest.approx([8.0] * 5, abs=0.001)


def test_an_everyday_boot_shows_one_keyboard(make_key: MakeKey) -> None:
    key = start(
        make_key("", EVERYDAY + "import supervisor\nsupervisor.set_usb_identification('maker', 'a key')\n")
    )

    shown = key.usb.enumeration
    assert shown is not None
    (interface,) = shown.interfaces
    assert (interface.usb_class, interface.subclass, interface.protocol) == (3, 0, 0)
    assert (shown.manufacturer, shown.product) == ("maker", "a key")
    assert not shown.has_serial


def test_the_serial_number_is_that_of_the_flash_chip(make_key: MakeKey) -> None:
    key = start(make_key("", unique_id=bytes.fromhex("0123456789ABCDEF")))

    assert key.usb.enumeration is not None
    assert key.usb.enumeration.serial_number == "0123456789ABCDEF"


def test_the_second_boot_writes_no_flash(make_key: MakeKey) -> None:
    key = start(make_key(""))
    assert key.flash_use.erases > 0  # boot_out.txt
    key.unplug()
    start(key)

    assert (key.flash_use.erases, key.flash_use.programs) == (0, 0)
    assert key.uptime_ms < 1500


def test_a_reset_by_the_firmware_shows_another_face(make_key: MakeKey) -> None:
    boot = f"""
import alarm
if alarm.sleep_memory[0] == 7:
    exec({SETUP!r})
else:
    exec({EVERYDAY!r})
"""
    code = f"""{ANSWERING}
import alarm, microcontroller, supervisor, time
if alarm.sleep_memory[0] != 7:
    while not supervisor.runtime.usb_connected:
        pass
    time.sleep(0.1)
    alarm.sleep_memory[0] = 7
    microcontroller.reset()
say(microcontroller.cpu.reset_reason)
"""
    key = start(make_key(code, boot))
    assert key.usb.enumeration is not None
    assert not key.usb.enumeration.has_serial

    assert key.run_until(lambda: key.usb.enumeration is not None and key.usb.enumeration.has_serial)
    assert answers(key, 1) == ["microcontroller.ResetReason.SOFTWARE"]

    key.unplug()
    start(key)
    assert not key.usb.enumeration.has_serial  # sleep memory is blank after power-on


def test_a_watchdog_left_alone_resets_the_chip(make_key: MakeKey) -> None:
    code = f"""{ANSWERING}
import microcontroller, time, watchdog
say(microcontroller.cpu.reset_reason)
microcontroller.watchdog.timeout = 0.5
microcontroller.watchdog.mode = watchdog.WatchDogMode.RESET
while True:
    pass
"""
    key = start(make_key(code, SETUP))
    assert answers(key, 1) == ["microcontroller.ResetReason.POWER_ON"]

    assert key.run_until(lambda: key.usb.enumeration is None, limit=1)
    assert key.run_until(lambda: key.usb.enumeration is not None)
    assert answers(key, 1) == ["microcontroller.ResetReason.WATCHDOG"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_is_a_snapshot(make_key: MakeKey) -> None:
    key = start(make_key(TYPING))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, typed_later(key).encode())
        finally:
            os._exit(0)
    os.close(writer)

    with os.fdopen(reader) as pipe:
        assert pipe.read() == typed_later(key)
    os.waitpid(child, 0)


def typed_later(key: ChipKey) -> str:
    """What the key types in the next 0.2 s, and when."""
    key.run(0.2)
    assert key.usb.reports
    return json.dumps([[report.ms, report.data.hex()] for report in key.usb.reports])


BOOT = EVERYDAY.replace("KEYBOARD,))", "KEYBOARD,), boot_device=1)")
#: The keypad's 1, as the firmware sends it.
TYPE_ONE = """
import supervisor, time, usb_hid
time.sleep(1.5)
usb_hid.devices[0].send_report(bytes((0, 0, 0x59, 0, 0, 0, 0, 0)))
while True:
    time.sleep(1)
"""
#: HID 1.11 sections 7.2.5 and 7.2.6.
TO_INTERFACE, FROM_INTERFACE, GET_PROTOCOL, SET_PROTOCOL, BOOT_PROTOCOL = 0x21, 0xA1, 0x03, 0x0B, 0


def packets(key: ChipKey) -> list[bytes]:
    """What firmware of a computer gets: it asks for boot protocol, then for reports."""
    taken: list[bytes] = []

    def watch(stream: Stream, data: bytes) -> None:
        if stream.channel is Channel.REPORT:
            taken.append(data)

    start(key)
    key.control(TO_INTERFACE, SET_PROTOCOL, BOOT_PROTOCOL, 0)
    with watch_traffic(watch):
        assert key.run_until(lambda: bool(taken), 5)
    return taken


def test_it_shows_a_boot_keyboard_but_sends_no_boot_reports(make_key: MakeKey) -> None:
    key = make_key(TYPE_ONE, BOOT)
    (packet,) = packets(key)
    enumeration = key.usb.enumeration
    assert enumeration is not None
    (interface,) = enumeration.interfaces
    assert (interface.subclass, interface.protocol) == (1, 1)
    assert key.control(FROM_INTERFACE, GET_PROTOCOL, 0, 0, length=1) == bytes((BOOT_PROTOCOL,))
    # Appendix B.1 wants eight bytes. Here the report ID comes first, and is taken for left Control.
    assert packet == b"\x01\x00\x00\x59\0\0\0\0\0"
    assert typed([packet[:8]], num_lock=True) == "", (
        "Control and a key that is shifted by a byte are no digit"
    )


KEYPAD = """
import board, digitalio, keypad
light = digitalio.DigitalInOut(board.LED)
light.switch_to_output()
keys = keypad.Keys((board.GP14,), value_when_pressed=False, pull=True)
while True:
    event = keys.events.get()
    if event:
        light.value = event.pressed
"""


def test_keypad_sees_the_button(make_key: MakeKey) -> None:
    key = start(make_key(KEYPAD))
    key.run(0.2)
    assert key.light == (0, 0, 0)

    key.set_button(True)
    assert key.run_until(lambda: key.light == (255, 255, 255), limit=0.1)
    key.set_button(False)
    assert key.run_until(lambda: key.light == (0, 0, 0), limit=0.1)


def test_a_neopixel_shows_its_color(make_key: MakeKey, neopixel_image: Path) -> None:
    code = """
import board, digitalio, neopixel_write, time
pixel = digitalio.DigitalInOut(board.NEOPIXEL)
pixel.switch_to_output()
while True:
    for color in ((1, 200, 30), (0, 0, 255)):
        neopixel_write.neopixel_write(pixel, bytes(color))
        time.sleep(0.1)
"""
    key = start(make_key(code, image=neopixel_image))

    for color in ((200, 1, 30), (0, 0, 255), (200, 1, 30)):  # sent as green, red, blue
        assert key.run_until(lambda: key.light == color, limit=0.3)  # noqa: B023 - called at once
