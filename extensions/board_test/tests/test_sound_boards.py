"""A board without a fault passes every step; the size of its flash is read by the boot loader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from extensions.board_test.tests.virtual_bench import (
    BOOT,
    COLOURED,
    JIG,
    PERSON,
    PLAIN,
    VirtualBench,
    WrappedFlash,
    report_of,
    simulated,
)
from tests.support.cases import slow
from tests.support.keys import MORNING
from totpkey import errors
from totpkey.cli.keys.connect import Selection
from totpkey.doctor.case import BAD, UNKNOWN
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey_board_test import power
from totpkey_board_test.bench import BoardClient
from totpkey_board_test.course import LEFT_OUT, Plan
from totpkey_board_test.journal import PASS, Journal
from totpkey_board_test.terminal import TerminalBench
from totpkey_protocol import storage
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.chip.flash import SerialFlash
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032
from virtual.tests.chip.boot_loader import plug_in_boot_loader
from virtual.tests.chip.usb_backend import ChipBackend

#: How the clock of a chip is wired: `exchanged`, `shorts`.
Wires = Mapping[str, bool | Mapping[str, str]]
ALL_LEFT_OUT = Plan(without=frozenset(LEFT_OUT))


def on_chip(image: Path, wires: Wires, has: frozenset[str] = JIG) -> VirtualBench:
    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES, **wires)  # type: ignore[arg-type]
    return VirtualBench(key, has=has)


@pytest.mark.parametrize(
    ("board", "clock"),
    [(COLOURED, DS3231), *(slow(PLAIN, clock, id=clock.name) for clock in (PCF8523, RV3028, RV3032))],
)
def test_a_person_with_a_sound_board(board: str, clock: type[ClockChip]) -> None:
    report = report_of(simulated(clock, board)[0], Plan(cuts=4))
    assert (report.result, report.signs(BAD) + report.signs(UNKNOWN)) == (PASS, [])
    measured = {row.step: row.measured for row in report.rows}
    assert measured["typing"]["arrived"] == 1000
    assert measured["typing"]["median_ms"] == pytest.approx(8, abs=1)
    assert measured["cell"]["cuts"] == 4
    assert measured["watchdog"]["seconds"] == pytest.approx(8, abs=0.7)


def test_a_jig_asks_for_nothing_and_passes_nothing_that_it_has_not_seen() -> None:
    bench, _ = simulated(has=JIG)
    report = report_of(bench, Plan(minutes=0.1))
    assert (bench.asked, bench.touches) == ([], 0)
    tried = {"flash-not-seen", "pace-unsure", "register-unsure"}
    untried = {f"{step}-not-tried" for step in ("button", "light", "typing", "power", "thermometer")}
    assert set(report.signs(UNKNOWN)) == tried | untried
    assert report_of(simulated(has=JIG)[0], ALL_LEFT_OUT).result == PASS


def test_an_answer_that_is_lost_with_the_port_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a busy computer, of a board that restarts because it was asked to."""

    def losing(ask: Callable[[object], None]) -> Callable[[object], None]:
        def lost(client: object) -> None:
            ask(client)
            raise errors.PortVanished("gone")

        return lost

    monkeypatch.setattr(KeyClient, "board_test", losing(KeyClient.board_test))  # type: ignore[arg-type]
    monkeypatch.setattr(BoardClient, "done", losing(BoardClient.done))  # type: ignore[arg-type]
    assert report_of(simulated(has=JIG)[0], ALL_LEFT_OUT).result == PASS


@pytest.mark.chip
@pytest.mark.parametrize(
    ("wires", "fault"),
    [
        ({}, []),
        ({"exchanged": True}, ["clock-wires-exchanged"]),
        ({"shorts": {"sda": "ground"}}, ["clock-line-short"]),
        ({"shorts": {"scl": "ground"}}, ["clock-line-short"]),
        ({"shorts": {"scl": "open"}}, ["clock-line-open"]),
        ({"shorts": {"scl": "open", "sda": "open"}}, ["clock-no-pull-ups"]),
    ],
    ids=str,
)
def test_a_jig_with_circuitpython_on_the_emulated_chip(image: Path, wires: Wires, fault: list[str]) -> None:
    """CircuitPython's own pins tell shorts from opens, and its own bit-banging finds exchanged wires."""
    without = ["button", "light", "typing", "power", "flash", "pace", "thermometer", *["store"] * bool(wires)]
    report = report_of(on_chip(image, wires), Plan(without=frozenset(without)))
    assert report.signs(BAD) == fault
    # This drive was copied, not written as one image.
    assert report.signs(UNKNOWN) == ["files"]


@pytest.mark.chip
@pytest.mark.slow
def test_a_person_with_circuitpython_on_the_emulated_chip(image: Path) -> None:
    """Every step but the flash's, which `test_flash` has the boot ROM read, and the clock's pace."""
    report = report_of(on_chip(image, {}, PERSON), Plan(cuts=4, without=frozenset({"flash", "pace"})))
    assert report.signs(BAD) == []
    measured = {row.step: row.measured for row in report.rows}
    assert measured["typing"]["arrived"] == 1000
    assert measured["cell"]["cuts"] == 4
    assert measured["sleep"] == {"pauses": 1}


MB = 1 << 20
PICO = BOARDS["raspberry_pi_pico"]


@pytest.mark.parametrize("megabytes", [1, 2, 4, 8, 16])
def test_each_size_is_seen(megabytes: int) -> None:
    content = BOOT + bytes(megabytes * MB - len(BOOT))
    assert power.flash_size(WrappedFlash(content, megabytes * MB)) == megabytes


@pytest.mark.parametrize("fill", [b"\xff", b"\x00"])
def test_an_empty_flash_has_no_size(fill: bytes) -> None:
    assert power.flash_size(WrappedFlash(fill * 2 * MB, 2 * MB)) == 0
    report = Journal()
    power.judge_flash(report, 0, PICO)
    assert report.signs(UNKNOWN) == ["flash-empty"]


@pytest.mark.chip
@pytest.mark.parametrize("more", [0, 2 * MB])
def test_the_real_boot_rom_reads_it(official_image: Path, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The boot loader in mask ROM, and a board with another flash chip than its image is for."""
    key = ChipKey(official_image, None)
    key._flash = SerialFlash(bytearray(key.flash) + bytearray(more), bytes(8))
    plug_in_boot_loader(key)
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: ChipBackend(key))
    seen = TerminalBench(Selection()).flash(0)
    assert seen is not None
    report = Journal()
    power.judge_flash(report, power.flash_size(seen), BOARDS[key.board])
    assert report.signs(BAD) == (["flash-size"] if more else [])
    assert report.rows[0].measured == {"megabytes": len(key.flash) // MB}
