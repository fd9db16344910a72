"""`totpkey doctor` on faulty boards, and on a sound one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.install.boards import installed
from tests.support.terminal import CommandDesk, World
from totpkey.doctor import board
from totpkey.doctor.case import BAD, GOOD, ODD
from totpkey.install.drive import drive_folder
from totpkey.link.replies import Clock, Firmware, Health, Hello
from totpkey_protocol import slots
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032
from totpkey_virtual.simulator import SimulatedKey
from totpkey_virtual.simulator.standins import storage as standins_storage
from totpkey_volume import fat_reader
from totpkey_volume.circuitpython import DRIVE_START
from totpkey_volume.fat_format import Geometry

HELLO = Hello(1, "0.1.0", "10.1.3", "raspberry_pi_pico", "00", "setup", "blank", "trusted", 0)
CLOCK = Clock("missing", "", "unknown", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
WELL = Health(86, True, True, 0)
FIRMWARE = Firmware(slots.LAYOUT, "a", True, slots.SIZE, "")
COPIED = replace(FIRMWARE, slot=slots.NONE)
Examine = Callable[[SimulatedKey], dict[str, tuple[str, str]]]


@pytest.fixture
def examine(world: World) -> Examine:
    """Runs the real command on a key, and gives state and words of each row."""

    def look(key: SimulatedKey) -> dict[str, tuple[str, str]]:
        if not key.plugged:
            key.plug()
            assert key.run_until(lambda: key.usb.enumeration is not None)
        done = CommandDesk(key, world).run("doctor", "--json")
        rows = {row["name"]: (row["grade"], row["detail"]) for row in json.loads(done.out)}
        assert done.code == (1 if any(state == BAD for state, _ in rows.values()) else 0)
        rows.pop("udev rule", None)
        return rows

    return look


def test_a_board_that_is_well(examine: Examine) -> None:
    rows = examine(installed())
    subjects = ("circuitpython", "sealed", "drive", "files", "firmware", "clock chip", "button")
    assert [rows[subject][0] for subject in subjects] == [GOOD] * len(subjects)


def test_a_key_that_is_not_sealed(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the published CircuitPython calls itself: `os.uname().version`."""
    monkeypatch.setattr(standins_storage, "CIRCUITPYTHON_BUILD", "10.1.3 on 2026-02-20")
    rows = examine(installed())
    assert rows["circuitpython"] == (GOOD, "CircuitPython 10.1.3")
    told = "in setup any program on the computer can read and replace everything on this key"
    assert rows["sealed"] == (ODD, told)


def test_wires_that_float(examine: Examine) -> None:
    key = installed()
    key.wiring.pull_ups = False
    assert examine(key)["clock chip"] == (BAD, "no pull-ups on SCL GP5, SDA GP4")


def test_no_clock_chip(examine: Examine) -> None:
    key = installed()
    key.wiring.clock_answers = False
    told = "none that the firmware knows answers at 0x51, 0x52, 0x68 on SCL GP5, SDA GP4"
    assert examine(key)["clock chip"] == (BAD, told)


@pytest.mark.parametrize(
    ("chip", "name"),
    [(DS3231, "DS3231"), (PCF8523, "PCF8523"), (RV3028, "RV-3028"), (RV3032, "RV-3032")],
)
def test_each_clock_chip_with_its_address(
    examine: Examine, chip: type[DS3231 | PCF8523 | RV3028 | RV3032], name: str
) -> None:
    """The address is the one at which the model of the chip, made from its data sheet, answers."""
    key = installed(clock=chip)
    assert examine(key)["clock chip"] == (GOOD, f"{name} at {chip.address:#04x} on SCL GP5, SDA GP4")


def test_a_button_that_is_stuck(examine: Examine) -> None:
    key = installed()
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.run(1)
    key.set_button(True)
    key.run(15)
    state, told = examine(key)["button"]
    assert state == BAD
    assert told.startswith("the button on GP14 has been down for 1")


def test_a_damaged_file(examine: Examine) -> None:
    key = installed()
    flash = bytearray(key.flash)
    volume = key.flash[DRIVE_START:]
    start = Geometry.of(len(volume)).offset(
        fat_reader.first_cluster(volume, "lib/totpkey_firmware/element/tropic01.mpy")
    )
    flash[DRIVE_START + start + 40] ^= 1
    key.flash = bytes(flash)
    assert examine(key)["files"] == (BAD, "a file of the firmware is missing or damaged")


def test_a_key_that_was_copied(examine: Examine) -> None:
    state, told = examine(SimulatedKey(drive_folder(), "raspberry_pi_pico"))["files"]
    assert (state, "copying" in told) == (ODD, True)


def test_how_a_key_was_made_is_told(examine: Examine) -> None:
    """docs/guide/install.md sends people here: an image with --keep-vault fits one layout."""
    assert f"copy a, layout {slots.LAYOUT}" in examine(installed())["files"][1]


@pytest.mark.parametrize(
    ("firmware", "keeps"),
    [
        (FIRMWARE, True),
        (COPIED, False),
        (replace(FIRMWARE, layout=slots.LAYOUT + 1), False),
        (replace(FIRMWARE, size=slots.SIZE * 2), False),
    ],
)
def test_no_remedy_blanks_a_key_whose_vault_lies_elsewhere(firmware: Firmware, keeps: bool) -> None:
    old = replace(HELLO, circuitpython="10.0.9")
    rows = {row.name: row for row in board.rows(old, firmware, replace(WELL, free=1), CLOCK)}
    names = ["circuitpython", "drive"] if keeps else ["circuitpython", "drive", "files"]
    for name in names:
        assert ("totpkey image --keep-vault" in rows[name].remedy) == keeps
        assert ("totpkey backup FILE" in rows[name].remedy) == (not keeps)
        assert ("totpkey restore FILE" in rows[name].remedy) == (not keeps)


def test_a_board_that_only_a_newer_version_knows(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "BOARDS", {})
    rows = examine(installed())
    assert rows["board"] == (ODD, "this version does not know the board raspberry_pi_pico")
    assert rows["clock chip"] == (GOOD, "DS3231 at 0x68 on SCL, SDA")
    assert rows["button"] == (GOOD, "the button works")


def test_a_clock_chip_that_only_a_newer_version_knows() -> None:
    row = board.clock_wires("DS9999", WELL, BOARDS[HELLO.board])
    assert (row.grade, row.detail) == (ODD, "this version does not know the clock chip DS9999")
    assert "newer release" in row.remedy


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("10.1.0", GOOD),
        ("10.9.1", GOOD),
        ("10.2.0-rc.1", GOOD),
        ("10.0.9", BAD),
        ("9.2.1", BAD),
        ("11.0.0", BAD),
    ],
)
def test_versions_of_circuitpython(version: str, state: str) -> None:
    assert board.circuitpython(replace(HELLO, circuitpython=version), FIRMWARE).grade == state


def test_a_full_drive_and_firmware_on_trial() -> None:
    assert board.drive(replace(WELL, free=1), FIRMWARE).grade == BAD
    assert board.whole(replace(FIRMWARE, slot="b", kept=False), WELL).grade == ODD
    rows = board.rows(HELLO, FIRMWARE, replace(WELL, free=1, intact=False, held=99), CLOCK)
    assert all(row.remedy for row in rows if row.grade != GOOD)
