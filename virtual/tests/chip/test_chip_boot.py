"""Power-on to a configured USB device, on a real CircuitPython image."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from virtual.tests.chip.conftest import ANSWERING, EVERYDAY, SETUP, MakeKey, answers, start

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

pytestmark = pytest.mark.chip

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


def typed(key: ChipKey) -> list[tuple[float, bytes]]:
    start(key)
    assert key.run_until(lambda: len(key.usb.reports) >= 6)
    return [(report.ms, report.data) for report in key.usb.reports]


def test_runs_repeat_to_the_cycle(make_key: MakeKey) -> None:
    first, second = make_key(TYPING), make_key(TYPING)

    assert typed(first) == typed(second)
    assert first.cycles == second.cycles
    assert first.flash == second.flash


def test_reports_come_at_the_pace_of_the_interval(make_key: MakeKey) -> None:
    reports = typed(make_key(TYPING))

    assert [data[2] for _, data in reports] == [0x1E, 0, 0x1F, 0, 0x20, 0]
    moments = [ms for ms, _ in reports]
    paces = [later - earlier for earlier, later in pairwise(moments)]
    assert paces == pytest.approx([8.0] * 5, abs=0.001)


def test_an_everyday_boot_shows_one_keyboard(make_key: MakeKey) -> None:
    key = make_key("", EVERYDAY + "import supervisor\nsupervisor.set_usb_identification('maker', 'a key')\n")
    start(key)

    shown = key.usb.enumeration
    assert shown is not None
    assert [interface.usb_class for interface in shown.interfaces] == [3]
    assert (shown.manufacturer, shown.product) == ("maker", "a key")
    assert not shown.has_serial


def test_the_serial_number_is_that_of_the_flash_chip(make_key: MakeKey) -> None:
    key = make_key("", unique_id=bytes.fromhex("0123456789ABCDEF"))
    start(key)

    assert key.usb.enumeration is not None
    assert key.usb.enumeration.serial_number == "0123456789ABCDEF"


def test_the_second_boot_writes_no_flash(make_key: MakeKey) -> None:
    key = make_key("")
    start(key)
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
    code = (
        ANSWERING
        + """
import alarm, microcontroller, supervisor, time
if alarm.sleep_memory[0] != 7:
    while not supervisor.runtime.usb_connected:
        pass
    time.sleep(0.1)
    alarm.sleep_memory[0] = 7
    microcontroller.reset()
say(microcontroller.cpu.reset_reason)
"""
    )
    key = make_key(code, boot)
    start(key)
    assert key.usb.enumeration is not None
    assert not key.usb.enumeration.has_serial

    assert key.run_until(lambda: key.usb.enumeration is not None and key.usb.enumeration.has_serial)
    assert answers(key, 1) == ["microcontroller.ResetReason.SOFTWARE"]

    key.unplug()
    start(key)
    assert not key.usb.enumeration.has_serial  # sleep memory is blank after power-on


def test_a_watchdog_left_alone_resets_the_chip(make_key: MakeKey) -> None:
    code = (
        ANSWERING
        + """
import microcontroller, time, watchdog
say(microcontroller.cpu.reset_reason)
microcontroller.watchdog.timeout = 0.5
microcontroller.watchdog.mode = watchdog.WatchDogMode.RESET
while True:
    pass
"""
    )
    key = make_key(code, SETUP)
    start(key)
    assert answers(key, 1) == ["microcontroller.ResetReason.POWER_ON"]

    assert key.run_until(lambda: key.usb.enumeration is None, limit=1)
    assert key.run_until(lambda: key.usb.enumeration is not None)
    assert answers(key, 1) == ["microcontroller.ResetReason.WATCHDOG"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_is_a_snapshot(make_key: MakeKey) -> None:
    key = make_key(TYPING)
    start(key)
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
