"""Nothing secret leaves the key in a whole life: by serial, keystrokes, flash, or GET_REPORT.

The output of every test of the suite is searched (tests/leaks). This file adds a PIN that is too long to be
anything else, the keys that only a thief's reader can name, and a check that something was watched.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flash import attacker
from tests.leaks.plugin import recorder
from tests.leaks.recorder import TYPED
from tests.support.desk import AMAZON, DERIVED, GITHUB, HID, Desk
from tests.support.keys import MORNING, WITH_PINS, simulated
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.traffic import Channel

#: Small digits, for they are pressed; no code and no time reads like that.
PIN = "311202113021"
WRONG = "113021311202"
#: Long enough for all pages of a few accounts to be sealed under a new data key, in s.
SEALED = 6
#: HID 1.11 section 7.2.1: any kind of report, any id, any length.
FROM_INTERFACE, GET_REPORT = 0xA1, 0x01
KINDS = [kind << 8 | identifier for kind in range(5) for identifier in (0, 1, 2, 0xFF)]
LENGTHS = (1, 8, 9, 10, 16, 63, 64, 65, 128, 255, 256, 1024, 0xFFFF)


def live(desk: Desk) -> None:
    """From the first plugging in to everyday use, with everything secret that there is."""
    with desk.until_done(desk.first_set_up()) as client:
        amazon = client.add(AMAZON)
        client.add(GITHUB)
        client.set_pin(PIN)
        client.set_passphrase(DERIVED, bytes(range(16)), 65536, 3, 4)
        client.rename(amazon.account, "Amazon", "new shop")
        client.code(amazon.account)
        client.list()
        assert client.backup().time == 0
        assert len(list(client.export(DERIVED))) == 2
        client.note_backup(DERIVED, 2)
        assert abs(client.backup().time - desk.key.true_time) < 3
        assert not client.backup().changed
        client.lock()
        client.unlock_pin(PIN)
        client.slots()
        client.lock()
        client.unlock_passphrase(DERIVED)
    desk.away_from_the_boundary(AMAZON)
    assert desk.press()


def test_a_whole_life_tells_no_secret_no_pin_and_no_key(desk: Desk) -> None:
    live(desk)
    desk.key.run(SEALED)
    assert len(recorder.known) == 5
    flash = desk.key.flash
    for slot in attacker.slots(flash):
        if slot.kind == attacker.PIN:
            recorder.known.add(attacker.secret_of_pin(PIN, slot), "the key that the PIN gives")
    (data_key,) = attacker.data_keys(flash, PIN, DERIVED)
    recorder.known.add(data_key, "the data key")
    assert len(recorder.known) == 7
    seen = recorder.everything()
    for where in (Channel.TO_KEY.value, Channel.FROM_KEY.value, Channel.FLASH.value, TYPED):
        assert seen[where], where
    # What is seen is searched when this test has ended.


def test_a_pin_that_is_entered_with_the_button_is_told_nowhere() -> None:
    desk = simulated(WITH_PINS)
    live(desk)
    for pin in (WRONG, PIN):
        desk.replug()
        desk.enter_pin(pin)
    desk.expect_code(AMAZON)
    assert len(recorder.known) == 6


@pytest.mark.chip
def test_get_report_of_any_length_gives_no_secret(image: Path) -> None:
    """It hands out what lies behind the report in memory, without a touch and in both faces."""
    from totpkey_virtual.chip.key import ChipKey

    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES)
    desk = Desk(key)

    def ask_for_all() -> None:
        assert key.usb.enumeration is not None
        (hid,) = [part.number for part in key.usb.enumeration.interfaces if part.usb_class == HID]
        for kind in KINDS:
            for length in LENGTHS:
                key.control(FROM_INTERFACE, GET_REPORT, kind, hid, length=length, patience=0.02)

    with desk.until_done(desk.first_set_up()) as client:
        client.add(AMAZON)
        client.add(GITHUB)
        client.set_pin(PIN)
        ask_for_all()
        client.lock()
        client.unlock_pin(PIN)
        ask_for_all()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press()
    ask_for_all()
    key.run(SEALED)
    (data_key,) = attacker.data_keys(key.flash, PIN)
    recorder.known.add(data_key, "the data key")
    assert len(recorder.everything()[Channel.CONTROL.value]) > 1000
