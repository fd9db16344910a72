"""A board without a fault passes every step of a board test."""

from __future__ import annotations

from pathlib import Path

import pytest

from extensions.board_test.tests import boards
from extensions.board_test.tests.boards import COLOURED, STEPS, simulated
from extensions.board_test.tests.virtual_bench import VirtualBench
from tests.support.keys import MORNING
from totpkey.doctor.case import GOOD
from totpkey.errors import KeyNotReady
from totpkey.install.drive import drive_folder
from totpkey_board_test.course import Plan, run
from totpkey_protocol import storage

#: What a sound new board is told of besides: nobody has set its clock yet.
NEW = {"oscillator": "clock-stop-flag"}


@pytest.mark.parametrize("board", [COLOURED, "raspberry_pi_pico"])
def test_a_person_with_a_sound_board(board: str) -> None:
    bench, _ = simulated(board=board)
    outcome = run(bench, Plan(minutes=1, cuts=4))
    assert [row.step for row in outcome.rows] == STEPS
    assert {row.step: row.fault for row in outcome.rows if row.grade != GOOD} == NEW
    measured = {row.step: row.measured for row in outcome.rows}
    assert measured["typing"]["arrived"] == 1000
    assert measured["typing"]["median_ms"] == pytest.approx(8, abs=1)
    assert measured["cuts of power"] == {"cuts": 4}
    assert measured["watchdog"]["seconds"] == pytest.approx(8, abs=0.7)


def test_a_jig_asks_for_nothing() -> None:
    bench = boards.in_a_jig()
    outcome = run(bench, Plan(minutes=0.1))
    assert outcome.faults == ()
    assert bench.asked == []
    assert bench.touches == 0


def test_a_key_with_accounts_is_left_alone() -> None:
    from tests.support.desk import AMAZON

    bench = boards.in_a_jig()
    bench.desk.plug_in()
    bench.desk.provision(AMAZON)
    bench.desk.hold_for_setup()
    with pytest.raises(KeyNotReady, match="for a new board"):
        run(bench, Plan(minutes=0))


@pytest.mark.chip
def test_a_jig_with_circuitpython_on_the_emulated_chip(image: Path) -> None:
    from totpkey_virtual.chip.key import ChipKey

    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES)
    outcome = run(VirtualBench(key, hands=False, eyes=False), Plan(minutes=0.05))
    # This drive was copied, not written as one image.
    assert {row.step: row.fault for row in outcome.rows if row.grade != GOOD} == NEW | {
        "files": "files",
        "cell": "cell-not-measured",
    }


@pytest.mark.chip
def test_exchanged_wires_on_the_emulated_chip(image: Path) -> None:
    """CircuitPython's own bit-banging finds the clock."""
    from totpkey_virtual.chip.key import ChipKey

    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES, exchanged=True)
    outcome = run(VirtualBench(key, hands=False, eyes=False), Plan(minutes=0))
    assert outcome.faults == ("clock-wires-exchanged",)


@pytest.mark.chip
@pytest.mark.slow
def test_a_person_with_circuitpython_on_the_emulated_chip(image: Path) -> None:
    """Every step but the flash's, which `test_flash` has the boot ROM read."""
    from totpkey_virtual.chip.key import ChipKey

    bench = VirtualBench(ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES))
    outcome = run(bench, Plan(minutes=0, cuts=4, with_flash=False))
    assert outcome.faults == ()
    assert [row.step for row in outcome.rows] == STEPS
    measured = {row.step: row.measured for row in outcome.rows}
    assert measured["typing"]["arrived"] == 1000
    assert measured["cuts of power"] == {"cuts": 4}
    assert measured["sleep"] == {"pauses": 1}
