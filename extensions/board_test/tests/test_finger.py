"""The program of the second Pico, on the emulated chip, and the boards that it presses, unplugs and tests.

The drawing of a jig's pads follows the board.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from rp2040py.gpio_pin import GPIOPinState

from extensions.board_test.jig import drawing
from extensions.board_test.tests.virtual_bench import TWO, CellessClock, VirtualBench, report_of
from hardware.board import placement
from tests.support.cases import slow
from tests.support.keys import MORNING
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.doctor.case import BAD
from totpkey.install.drive import drive_folder
from totpkey_board_test.course import Plan
from totpkey_board_test.terminal import ASKED, Finger
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.key import VirtualKey

PROGRAM = Path(__file__).resolve().parents[1] / "jig" / "finger"
#: The Pico's pins, as docs/guide/board-test.md has them.
BUTTON, BOOT, POWER = 2, 3, 4
#: Both run in turns of this length, in s.
_TURN = 0.004


class FingerChip:
    """The Pico, and the levels of its pins."""

    def __init__(self, image: Path, folder: Path) -> None:
        drive = folder / "finger"
        drive.mkdir()
        for name in ("boot.py", "main.py"):
            shutil.copy(PROGRAM / name, drive)
        self.chip = ChipKey(image, drive)
        self.chip.plug()
        assert self.chip.run_until(lambda: self.chip.usb.enumeration is not None, 10)
        self.chip.run(2)
        self.talk = Finger(DirectTransport(self.chip), ticks=lambda: self.chip.uptime_ms / 1000)

    def low(self, pin: int) -> bool:
        machine = self.chip._machine
        assert machine is not None
        return bool(machine.gpio[pin].value == GPIOPinState.LOW)


class FingerBench(VirtualBench):
    """The board's time and the Pico's pass together."""

    def __init__(self, key: VirtualKey, finger: FingerChip, **more: Any) -> None:
        super().__init__(key, has=TWO, **more)
        self.finger = finger
        self._run_alone = key.run
        key.run = self._run_both  # type: ignore[method-assign]

    def _run_both(self, seconds: float) -> None:
        while seconds > 0:
            turn = min(seconds, _TURN)
            seconds -= turn
            self.finger.chip.run(turn)
            self._obey_wires()
            if self.key.plugged:
                self._run_alone(turn)
            else:
                self.key.wait_unplugged(turn)

    def _obey_wires(self) -> None:
        self.key.set_button(self.finger.low(BUTTON))
        if self.finger.low(POWER) and self.key.plugged:
            self.key.unplug()
        elif not self.finger.low(POWER) and not self.key.plugged:
            self.key.plug()

    def wait(self, seconds: float) -> None:
        self._run_both(seconds)

    def ask_for(self, action: str, text: str) -> None:
        self.asked.append(action)
        self.finger.talk.ask(ASKED[action])

    def _await(self, within: float) -> None:
        self._run_both(0.5)
        end = self.now() + within
        while not self._has_serial() and self.now() < end:
            self._run_both(0.1)
        self._run_both(2.5)


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


@pytest.mark.chip
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


@pytest.mark.chip
@pytest.mark.parametrize(
    "line", ["press", "press 1 2", "press 101 1 1", "press 1 60001 1", "cut 5", "cut 1 2 3", "boot 1", "jump"]
)
def test_it_does_nothing_that_it_does_not_understand(finger: FingerChip, line: str) -> None:
    assert finger.talk.ask(line) == "no"
    assert levels(finger, 0.3) == [(False, False, False)]


@pytest.mark.chip
@pytest.mark.parametrize(
    ("clock", "faults"), [pytest.param(DS3231, [], id="sound"), slow(CellessClock, ["cell-dead"])]
)
def test_a_board_is_tested_alone(
    finger: FingerChip, image: Path, clock: type[DS3231], faults: list[str]
) -> None:
    """Two emulated chips: one presses the other's button and cuts its power."""
    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES, clock=clock)
    bench = FingerBench(key, finger)
    report = report_of(bench, Plan(minutes=0, cuts=3, without=frozenset({"flash", "store"})))
    assert report.signs(BAD) == faults
    rows = {row.step: row for row in report.rows}
    assert rows["typing"].measured["arrived"] == 1000
    assert rows["cell"].measured["cuts"] == 3


PADS = drawing.pads()


def test_the_drawing_is_up_to_date() -> None:
    assert drawing.OUTPUT.read_text(encoding="utf-8") == drawing.svg(PADS), (
        "python -m extensions.board_test.jig.drawing"
    )


def test_the_button_s_pad_is_at_its_button_on_the_front() -> None:
    (button,) = (pad for pad in PADS if pad.name == "BUTTON")
    place = placement.PLACES[button.part]
    assert not button.back
    # The land pattern of a TL3342 (E-Switch's drawing): its pads are 3.15 mm and 1.9 mm from the middle.
    offsets = sorted((abs(button.x - place.x), abs(button.y - place.y)))
    assert offsets == pytest.approx([1.9, 3.15])
