"""If CircuitPython itself crashes, the key comes back closed, never in safe mode with drive and console."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, CDC, CDC_DATA, HID, Desk

PIN = "2580"
#: Seconds after power-on: before boot.py, in it, in code.py before USB is up, and after.
WHILE_STARTING = (0.005, 0.03, 0.15, 0.4)


def never_opens(desk: Desk, seconds: float) -> None:
    """Watch what the key shows meanwhile."""
    for _ in range(round(seconds / 0.05)):
        desk.key.run(0.05)
        if desk.key.usb.enumeration:
            assert set(desk.classes()) <= {HID, CDC, CDC_DATA}


def comes_back_closed(desk: Desk) -> None:
    desk.key.run(0.01)
    assert desk.key.usb.enumeration is None
    never_opens(desk, 4)
    assert desk.classes() == [HID]


def test_a_crash_in_setup_leads_to_the_everyday_face_locked(desk: Desk) -> None:
    with desk.first_set_up() as client:
        client.add(AMAZON)
        client.set_pin(PIN)
        client.list()
        desk.key.crash()
    comes_back_closed(desk)
    assert desk.press() == ""
    with desk.setup_client() as client:
        assert client.hello().state == "locked"


@pytest.mark.usefixtures("usual_flash")
def test_a_crash_does_not_pass_on_that_the_key_was_open(desk: Desk) -> None:
    """It would have been handed over to the next start by `done`, and by nothing else."""
    desk.provision(AMAZON, pin=PIN)
    desk.expect_code(AMAZON)
    desk.key.crash()
    comes_back_closed(desk)
    assert desk.press() == ""


def test_a_crash_while_it_starts(desk: Desk) -> None:
    desk.provision(AMAZON)
    for moment in WHILE_STARTING:
        desk.key.unplug()
        desk.key.plug()
        desk.key.run(moment)
        desk.key.crash()
        comes_back_closed(desk)


def test_crashes_one_after_the_other_end_closed(desk: Desk) -> None:
    """At any moment of a start. (On the published CircuitPython a second one so soon after the first may lead
    to the boot loader: `tests/sealing/test_doors.py`.)
    """
    desk.provision(AMAZON)
    for pause in (0.005, 0.05, 0.15, 0.3, 0.6, 5.0):
        desk.key.crash()
        never_opens(desk, pause)
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
