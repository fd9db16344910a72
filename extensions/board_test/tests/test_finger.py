"""The program of the second Pico, on the emulated chip; and boards that it tests alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from extensions.board_test.tests.boards import CellessClock
from extensions.board_test.tests.finger import BOOT, BUTTON, POWER, FingerBench, FingerChip
from tests.support.cases import slow
from tests.support.keys import MORNING
from totpkey.doctor.case import BAD
from totpkey.install.drive import drive_folder
from totpkey_board_test.course import Plan, run
from totpkey_board_test.journal import Journal
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.ds3231 import DS3231

pytestmark = pytest.mark.chip


@pytest.fixture
def finger(official_image: Path, tmp_path: Path) -> FingerChip:
    if "raspberry_pi_pico" not in official_image.name:
        pytest.skip("no image of the Raspberry Pi Pico")
    return FingerChip(official_image, tmp_path)


def levels(finger: FingerChip, seconds: float) -> list[tuple[bool, bool, bool]]:
    """What the three wires show one after the other: whether button, BOOT and power are low."""
    seen: list[tuple[bool, bool, bool]] = []
    end = finger.chip.uptime_ms + 1000 * seconds
    while finger.chip.uptime_ms < end:
        now = finger.low(BUTTON), finger.low(BOOT), finger.low(POWER)
        if seen[-1:] != [now]:
            seen.append(now)
        finger.chip.run(0.01)
    return seen


def test_its_wires_do_what_a_line_asks_for(finger: FingerChip) -> None:
    rest, pressed, dark = (False, False, False), (True, False, False), (False, False, True)
    assert levels(finger, 0.2) == [rest]
    assert finger.talk.ask("press 3 100 100") == "ok"
    seen = levels(finger, 1)
    # The first may have begun with the answer.
    assert (seen.count(pressed), seen[-1]) == (3, rest)
    assert finger.talk.ask("cut 200 300 200 300") == "ok"
    assert levels(finger, 1.5) == [rest, dark, rest, dark, rest]
    assert finger.talk.ask("boot") == "ok"
    assert levels(finger, 3.5)[-3:] == [(False, True, True), (False, True, False), rest]


@pytest.mark.parametrize(
    "line", ["press", "press 1 2", "press 101 1 1", "press 1 60001 1", "cut 5", "cut 1 2 3", "boot 1", "jump"]
)
def test_it_does_nothing_that_it_does_not_understand(finger: FingerChip, line: str) -> None:
    assert finger.talk.ask(line) == "no"
    assert levels(finger, 0.3) == [(False, False, False)]


@pytest.mark.parametrize(
    ("clock", "faults"), [pytest.param(DS3231, [], id="sound"), slow(CellessClock, ["cell-dead"])]
)
def test_a_board_is_tested_alone(
    finger: FingerChip, image: Path, clock: type[DS3231], faults: list[str]
) -> None:
    """Two emulated chips: one presses the other's button and cuts its power."""
    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES, clock=clock)
    bench = FingerBench(key, finger)
    report = Journal()
    run(bench, Plan(minutes=0, cuts=3, without=frozenset({"flash", "store"})), report)
    assert report.signs(BAD) == faults
    rows = {row.step: row for row in report.rows}
    assert rows["typing"].measured["arrived"] == 1000
    assert rows["cell"].measured["cuts"] == 3
