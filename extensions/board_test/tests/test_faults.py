"""Each fault of a board is named in its report, and a sound board's report does not name it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from extensions.board_test.tests import boards
from extensions.board_test.tests.boards import COLOURED, in_a_jig, simulated
from extensions.board_test.tests.virtual_bench import Colour, VirtualBench
from tests.support.cases import sampled
from totpkey_board_test import hands, power, report
from totpkey_board_test.bench import Row
from totpkey_board_test.client import BoardClient
from totpkey_board_test.course import Outcome, Plan, run
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.computer import Platform
from totpkey_virtual.key import Report, VirtualKey
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3032 import RV3032
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat_reader
from totpkey_volume.fat_format import Geometry
from totpkey_volume.flash_map import DRIVE_START

BRIEF, LONGER = Plan(minutes=0.05), Plan(minutes=1)
MB = 1 << 20


@dataclass(frozen=True)
class Fault:
    """How a board gets it, and the name in the report."""

    name: str
    made: Callable[[], VirtualBench]
    plan: Plan = BRIEF


def wired(change: Callable[[SimulatedKey], object]) -> Callable[[], VirtualBench]:
    def make() -> VirtualBench:
        bench, key = simulated(hands=False, eyes=False)
        change(key)
        return bench

    return make


def damaged(key: SimulatedKey) -> None:
    """One bit of a firmware file."""
    flash = bytearray(key.flash)
    volume = key.flash[DRIVE_START:]
    cluster = fat_reader.first_cluster(volume, "lib/totpkey_firmware/element/tropic01.mpy")
    flash[DRIVE_START + Geometry.of(len(volume)).offset(cluster) + 40] ^= 1
    key.flash = bytes(flash)


#: Those that a jig finds.
ELECTRICAL = [
    Fault("clock-wires-exchanged", wired(lambda key: setattr(key.wiring, "exchanged", True))),
    Fault("clock-no-pull-ups", wired(lambda key: setattr(key.wiring, "pull_ups", False))),
    Fault("clock-missing", wired(lambda key: setattr(key.wiring, "clock_answers", False))),
    Fault("clock-wrong-address", lambda: in_a_jig(boards.ElsewhereClock)),
    Fault("clock-stands-still", lambda: in_a_jig(boards.StandingClock)),
    Fault("clock-stop-flag-stays", lambda: in_a_jig(boards.FlaggedClock)),
    Fault("clock-slow", lambda: in_a_jig(boards.SlowClock), LONGER),
    Fault("clock-fast", lambda: in_a_jig(boards.FastClock), LONGER),
    Fault("cell-low", lambda: in_a_jig(low_cell)),
    Fault("flash-size", lambda: in_a_jig(flash_size=MB)),
    Fault("button-stuck", wired(lambda key: key.set_button(True))),
    Fault("element-missing", in_a_jig, Plan(minutes=0.05, element=True)),
    Fault("files", wired(damaged)),
]


def low_cell(now: Callable[[], float]) -> PCF8523:
    """A PCF8523 whose comparator finds its cell low (NXP PCF8523, BLF in register Control_3)."""
    chip = PCF8523(now)
    chip.battery_is_low = True
    return chip


@cache
def sound() -> frozenset[str]:
    """What a sound board's report names."""
    return frozenset(json.loads(written(run(in_a_jig(), BRIEF)))["faults"])


def written(outcome: Outcome) -> str:
    return report.as_json(report.document(outcome, BRIEF, 0.0))


@pytest.mark.parametrize("fault", sampled(ELECTRICAL, ELECTRICAL[::2]), ids=lambda fault: fault.name)
def test_a_jig_names_the_fault(fault: Fault) -> None:
    outcome = run(fault.made(), fault.plan)
    document = json.loads(written(outcome))
    assert document["faults"] == [fault.name]
    assert not document["passed"]
    assert fault.name not in sound()
    assert fault.name in report.as_page(outcome, report.document(outcome, BRIEF, 0.0))
    assert f"FAIL {fault.name}" in report.log_line(outcome, 1, 0.0)


def test_a_clock_that_nobody_has_set_is_a_note() -> None:
    rows = {row.step: row for row in run(in_a_jig(), BRIEF).rows}
    assert (rows["oscillator"].grade, rows["oscillator"].fault) == ("odd", "clock-stop-flag")
    bench, key = simulated(hands=False, eyes=False)
    key.clock.set_unix(key.true_time)
    assert {row.step: row for row in run(bench, BRIEF).rows}["oscillator"].grade == "good"


@pytest.mark.parametrize("chip", [PCF8523, RV3032])
def test_other_clocks_run_too(chip: type[PCF8523]) -> None:
    assert run(in_a_jig(chip), BRIEF).faults == ()


# Those that a person finds

Step = Callable[[VirtualBench, BoardClient], Sequence[Row | None]]


def swapped(colour: Colour) -> Colour:
    red, green, blue = colour
    return (green, red, blue)


def without_blue(colour: Colour) -> Colour:
    return (colour[0], colour[1], 0)


def bouncing(key: VirtualKey) -> None:
    """A contact that opens once more, 8 ms after it has closed."""
    key.press(0.008)
    key.run(0.008)
    key.press(0.1)


def light(bench: VirtualBench, client: BoardClient) -> list[Row]:
    return [hands.light(bench, client, BOARDS[bench.key.board])]


def cuts(bench: VirtualBench, board: BoardClient) -> list[Row | None]:
    board.done()
    with bench.connect(10) as client:
        client.set_time(round(bench.now()))
        return list(power.Cuts(bench, "unknown").run(client, 1))


def dropping(bench: VirtualBench) -> VirtualBench:
    """A computer that loses each hundredth report."""
    take, seen = bench.key.usb.on_report, []

    def lose(came: Report) -> None:
        seen.append(came)
        if len(seen) % 100:
            take(came)

    bench.key.usb.on_report = lose
    return bench


BY_HAND: list[tuple[str, Callable[[], VirtualBench], Step]] = [
    ("button-dead", lambda: simulated(finger=lambda key: None)[0], lambda b, c: [hands.button(b, c)]),
    ("button-bounces", lambda: simulated(finger=bouncing)[0], lambda b, c: [hands.button(b, c)]),
    ("light-exchanged", lambda: simulated(board=COLOURED, eye=swapped)[0], light),
    ("light-dark-blue", lambda: simulated(board=COLOURED, eye=without_blue)[0], light),
    ("light-dark", lambda: simulated(board=COLOURED, eye=lambda _: (0, 0, 0))[0], light),
    ("light-dark", lambda: simulated(eye=lambda _: (0, 0, 0))[0], light),
    ("numlock-not-reported", lambda: simulated(answers=False)[0], hands.locks),
    ("capslock-not-reported", lambda: simulated(platform=Platform("no CapsLock", leds=1))[0], hands.locks),
    ("typing-dropped", lambda: dropping(simulated()[0]), lambda b, c: [hands.typing(b, c)]),
    ("cell-dead", lambda: simulated(boards.CellessClock)[0], cuts),
    ("not-back-after-cut", lambda: simulated(comes_back=False)[0], cuts),
]


@pytest.mark.parametrize(("name", "made", "step"), BY_HAND, ids=[f"{each[0]}" for each in BY_HAND])
def test_a_person_names_the_fault(name: str, made: Callable[[], VirtualBench], step: Step) -> None:
    bench = made()
    with bench.connect(10) as client:
        client.board_test()
    with bench.board(10) as board:
        rows = tuple(row for row in step(bench, board) if row)
    outcome = Outcome(bench.hello, rows)
    assert name in json.loads(written(outcome))["faults"]


def test_a_cell_is_not_blamed_where_no_clock_answers() -> None:
    bench, key = simulated()
    key.wiring.exchanged = True
    outcome = run(bench, Plan(minutes=0, cuts=1))
    assert outcome.faults == ("clock-wires-exchanged",)
    assert "cell" not in [row.step for row in outcome.rows]


def test_a_whole_course_names_several_faults() -> None:
    bench, _ = simulated(boards.CellessClock, board=COLOURED, eye=swapped, finger=bouncing, flash_size=2 * MB)
    outcome = run(bench, Plan(minutes=0, cuts=2))
    assert set(outcome.faults) == {"flash-size", "button-bounces", "light-exchanged", "cell-dead"}
