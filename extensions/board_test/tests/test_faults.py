"""Each fault of a board is named, or the report says what could not be told. None passes.

Every sign of `signs.py` is seen here on a board that has its fault. `JIG` faults are tried without a person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from extensions.board_test.tests import virtual_bench as b
from extensions.board_test.tests.virtual_bench import (
    COLOURED,
    JIG,
    PERSON,
    TWO,
    Colour,
    VirtualBench,
    WrappedFlash,
    drifting,
    place,
    simulated,
    spoiled,
)
from tests.support.cases import sampled
from tests.support.desk import AMAZON
from totpkey import errors
from totpkey.doctor.case import BAD, UNKNOWN
from totpkey_board_test import journal
from totpkey_board_test.course import Plan
from totpkey_board_test.journal import SIGNS, Journal
from totpkey_virtual.computer import Platform
from totpkey_virtual.ds3231 import DATE, DS3231, OSCILLATOR_STOPPED, STATUS
from totpkey_virtual.key import Report, VirtualKey
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3032 import RV3032
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat_reader
from totpkey_volume.circuitpython import DRIVE_START
from totpkey_volume.fat_format import Geometry

MB = 1 << 20
Change = Callable[[VirtualBench, SimulatedKey], object]
QUICK = Plan(minutes=0, cuts=4)


@dataclass(frozen=True)
class Fault:
    """How a board, or what is around it, gets it; the sign that names it; and what cannot be told for it."""

    sign: str
    what: str
    change: Change = lambda bench, key: None
    has: frozenset[str] = JIG
    clock: Callable[[Callable[[], float]], object] = DS3231
    plan: Plan = QUICK
    grade: str = BAD
    #: Other bad signs that come with it.
    too: tuple[str, ...] = ()
    board: str = b.PLAIN
    more: dict[str, object] = field(default_factory=dict)

    def tested(self) -> Journal:
        bench, key = simulated(self.clock, self.board, has=self.has, **self.more)  # type: ignore[arg-type]
        self.change(bench, key)
        return b.report_of(bench, self.plan)


def wired(**shorts: str) -> Change:
    return lambda bench, key: key.wiring.shorts.update(
        {getattr(key.wiring.board, line): short for line, short in shorts.items()}
    )


def has(**wiring: object) -> Change:
    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        for name, value in wiring.items():
            setattr(key.wiring, name, value)

    return change


def finds(problem: errors.TotpkeyError, after: int = 0, face: bool = False) -> Change:
    """The port: gone or silent from the so manieth time on; `face`: of those in the test face alone."""

    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        name, numbers = "board" if face else "connect", count()
        find = getattr(bench, name)

        def found(within: float) -> object:
            if next(numbers) >= after:
                raise problem
            return find(within)

        setattr(bench, name, found)

    return change


GONE, SILENT = errors.NoKey("No key."), errors.NoAnswer("Silent.")


def each(seconds: float) -> Change:
    """It loses its power for a moment so often."""

    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        def restart() -> None:
            if key.plugged and key.uptime_ms > 1000 * seconds:
                b.replugged(key)

        bench.meanwhile = restart

    return change


def falls_out(bench: VirtualBench, key: SimulatedKey) -> None:
    """Once, an answer does not arrive."""
    find, told = bench.board, count()

    def board(within: float) -> object:
        client = find(within)
        if next(told) == 0:
            client.store = lambda: (_ for _ in ()).throw(SILENT)  # type: ignore[method-assign]
        return client

    bench.board = board  # type: ignore[method-assign, assignment]


def forgets(mask: int) -> Change:
    """Place 7 for accounts: bits that are always 1, or never."""

    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        begin = place(key, 7)
        spoiled(
            key,
            lambda at, data: (
                (at, bytes(byte | mask for byte in data)) if begin <= at < begin + 4096 else (at, data)
            ),
        )

    return change


def one_for_two(bench: VirtualBench, key: SimulatedKey) -> None:
    """A line of the flash's address that is open: places 7 and 8 are one."""
    seven, eight = place(key, 7), place(key, 8)
    spoiled(key, lambda at, data: (at + seven - eight if eight <= at < eight + 4096 else at, data))


class Unsteady(WrappedFlash):
    reads = 0

    def read(self, start: int, length: int) -> bytes:
        self.reads += 1
        found = super().read(start, length)
        return found if self.reads % 7 else bytes([found[0] ^ 1]) + found[1:]


def boot_loader(flash: Callable[[bytes], WrappedFlash]) -> Change:
    return lambda bench, key: setattr(bench, "flash", lambda within: flash(key.flash))


def damaged(bench: VirtualBench, key: SimulatedKey) -> None:
    """One bit of a firmware file."""
    flash, volume = bytearray(key.flash), key.flash[DRIVE_START:]
    cluster = fat_reader.first_cluster(volume, "lib/totpkey_firmware/element/tropic01.mpy")
    flash[DRIVE_START + Geometry.of(len(volume)).offset(cluster) + 40] ^= 1
    key.flash = bytes(flash)


def at_a_cut(harm: Change) -> Change:
    """Done to a board while it is unplugged."""

    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        ask_for = bench.ask_for

        def asked(action: str, text: str) -> None:
            ask_for(action, text)
            if action == "pull" and not key.plugged:
                harm(bench, key)

        bench.ask_for = asked  # type: ignore[method-assign]

    return change


def used(bench: VirtualBench, key: SimulatedKey) -> None:
    bench.desk.provision(AMAZON)
    bench.desk.hold_for_setup()


def hangs(key: VirtualKey) -> None:
    key.set_button(True)


def twice(key: VirtualKey) -> None:
    for _ in range(2):
        key.press(0.1)
        key.run(0.15)


def bouncing(key: VirtualKey) -> None:
    """A contact that opens once more, 8 ms after it has closed."""
    key.press(0.008)
    key.run(0.008)
    key.press(0.1)


def seldom(presses: Iterator[int]) -> Callable[[VirtualKey], None]:
    return lambda key: key.press(0.1) if next(presses) % 3 else None


def dropping(bench: VirtualBench, key: SimulatedKey) -> None:
    """A computer that loses each hundredth report."""
    take, seen = key.usb.on_report, count()

    def lose(came: Report) -> None:
        if next(seen) % 100:
            take(came)

    key.usb.on_report = lose


def busy(bench: VirtualBench, key: SimulatedKey) -> None:
    """A computer that does something else for a while."""
    typed = bench.typed

    def late(number: int, wait: float) -> object:
        found = typed(number, wait)
        return [type(each)(each.at + 0.5 * (at > 500), each.character) for at, each in enumerate(found)]

    bench.typed = late  # type: ignore[method-assign, assignment]


def bites(seconds: float) -> Change:
    """A watchdog that counts wrongly, or not at all."""

    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        find = bench.board

        def board(within: float) -> object:
            client = find(within)
            watchdog = key._chip.watchdog  # type: ignore[union-attr]
            feed = watchdog.feed

            def fed() -> None:
                watchdog.timeout = seconds
                feed()

            watchdog.feed = fed  # type: ignore[method-assign]
            return client

        bench.board = board  # type: ignore[method-assign, assignment]

    return change


def answers(word: str) -> Change:
    return lambda bench, key: setattr(bench, "choose", lambda question, answers: word)


def sleep(does: Callable[[VirtualKey], None]) -> Change:
    def change(bench: VirtualBench, key: SimulatedKey) -> None:
        bench.computer.sleep = lambda: does(key)  # type: ignore[method-assign]
        bench.computer.wake = lambda: None  # type: ignore[method-assign]

    return change


def eye(change: Callable[[Colour], Colour]) -> dict[str, object]:
    return {"eye": change}


def without(colour: int) -> Callable[[Colour], Colour]:
    return lambda seen: (seen[0] * (colour != 0), seen[1] * (colour != 1), seen[2] * (colour != 2))


#: 12 of 20, the first not among them.
LOOSE_CELL = b.like(b.LosesAtCuts, lost=[cut for cut in range(21) if cut % 3 != 1])
MINUTE, TEN = Plan(minutes=1, cuts=0), Plan(minutes=10, cuts=0)
FAULTS = [
    # Of another author, as the issue has them
    Fault("nothing-answers", "crystal, D+, flash, 3V3", finds(GONE)),
    Fault("not-back-after-watchdog", "gone at the second change of face", finds(GONE, after=1)),
    Fault("restarted", "restarts in the middle", each(12), plan=MINUTE),
    Fault("clock-answers-ones", "ones after 25 s", clock=b.DeadClock, plan=MINUTE),
    Fault("cell-loose", "12 of 20 cuts, not the first", has=TWO, clock=LOOSE_CELL, plan=Plan(0, 20)),
    Fault("clock-off-after-cut", "stands still on its cell", has=TWO, clock=b.StandsOnItsCell),
    Fault("clock-fast", "DS3231 +25 ppm", clock=drifting(DS3231, 25), plan=TEN),
    Fault("clock-fast", "RV-3032 +30 ppm", clock=drifting(RV3032, 30), plan=TEN),
    Fault("clock-fast", "PCF8523 +130 ppm", clock=drifting(PCF8523, 130), plan=TEN),
    Fault("pace-unsure", "-30 ppm in a minute", clock=drifting(DS3231, -30), plan=MINUTE, grade=UNKNOWN),
    Fault("clock-register-dead", "its ageing register", clock=b.like(b.Ageing, keeps=0)),
    Fault("clock-register-idle", "its ageing register", clock=b.IdleAgeing, plan=Plan(40, 0)),
    Fault("clock-register-dead", "a bit of its date", clock=b.stuck(DATE, zeros=1)),
    Fault("thermometer-still", "right by chance", has=PERSON, clock=b.Ageing, grade=UNKNOWN),
    Fault("cell-loose", "a capacitor, no cell", has=TWO, clock=b.OnACapacitor),
    Fault("clock-off-after-cut", "0.15 s each", has=TWO, clock=b.jumping(0.15)),
    Fault("register-unsure", "the same in ten minutes", clock=b.IdleAgeing, plan=TEN, grade=UNKNOWN),
    Fault("thermometer-dead", "it never measures", clock=b.like(b.Ageing, shows=bytes(2))),
    Fault("power-not-tried", "no cell in a jig", clock=b.CellessClock, grade=UNKNOWN),
    Fault("flash-forgets", "bits that are always 1", forgets(0x11)),
    Fault("clock-line-short", "SDA to ground", wired(sda="ground")),
    Fault("clock-line-short", "SCL to ground", wired(scl="ground")),
    Fault("clock-dead", "ZS-042 with its memory alone", has(clock_answers=False, others={0x57: b""})),
    Fault("clock-transfers", "one transfer in ten", clock=b.NoisyClock),
    Fault("clock-crowded", "all answer", has(others=dict.fromkeys(range(8, 104), b""))),
    Fault("clock-answers-ones", "the same, and a person", has=PERSON, clock=b.DeadClock, plan=Plan(1, 2)),
    # Our own, for which no rule was written
    Fault("clock-lines-joined", "SDA to SCL", wired(scl="other", sda="other")),
    Fault("clock-line-supply", "SDA to 3V3", wired(sda="supply")),
    Fault("clock-line-open", "one pull-up is missing", wired(scl="open")),
    Fault("clock-nonsense", "a bit of the minutes", clock=b.stuck(1, ones=0x78), grade=UNKNOWN),
    Fault("clock-nonsense", "twice its pace", clock=drifting(DS3231, 1e6), plan=MINUTE, grade=UNKNOWN),
    Fault("cell-dead", "a clone without a flag", has=TWO, clock=b.Clone),
    Fault("clock-off-after-cut", "four minutes behind", has=TWO, clock=b.jumping(-240.0)),
    Fault("thermometer-dead", "85 °C", clock=b.like(b.Ageing, shows=b"\x55\0")),
    Fault("clock-register-dead", "four of its bits", clock=b.like(b.Ageing, keeps=0x0F)),
    Fault("restarted", "a press shorts the supply", has=TWO, more={"finger": b.replugged}),
    Fault("button-stuck", "it stays down", has=TWO, more={"finger": hangs}),
    Fault("button-more", "two for one", has=TWO, more={"finger": twice}, grade=UNKNOWN),
    Fault("light-not-tried", "dark in a jig", more=eye(lambda seen: (0, 0, 0)), grade=UNKNOWN),
    Fault("button-not-tried", "dead in a jig", more={"finger": lambda key: None}, grade=UNKNOWN),
    Fault("watchdog-time", "it bites after 3 s", bites(3)),
    Fault("flash-unsteady", "one read in seven", boot_loader(lambda flash: Unsteady(flash, len(flash)))),
    Fault("flash-forgets", "two places are one", one_for_two),
    Fault("boot-loader-only", "no image", finds(GONE), more={"boot_loader": True}),
    Fault("firmware-silent", "another image", finds(SILENT)),
    Fault("gone", "the plug breaks off", finds(GONE, face=True)),
    Fault("broken-off", "an answer is lost", falls_out, grade=UNKNOWN),
    Fault("pace-unsure", "a computer's own clock", plan=TEN, more={"synchronised": False}, grade=UNKNOWN),
    Fault("watchdog-dead", "it never bites", bites(1000)),
    # Of the makers before
    Fault("clock-wires-exchanged", "", has(exchanged=True)),
    Fault("clock-no-pull-ups", "no module", has(pull_ups=False)),
    Fault("clock-missing", "", has(clock_answers=False)),
    Fault("clock-wrong-address", "", clock=b.like(DS3231, address=0x50)),
    Fault("clock-stands-still", "", clock=b.like(PCF8523, _advance=lambda chip, seconds: None)),
    Fault("clock-stop-flag-stays", "", clock=b.stuck(STATUS, ones=OSCILLATOR_STOPPED)),
    Fault("clock-slow", "", clock=drifting(DS3231, -3000), plan=MINUTE),
    Fault("cell-low", "", clock=b.like(PCF8523, battery_is_low=True)),
    Fault("cell-dead", "", has=TWO, clock=b.CellessClock),
    Fault("flash-size", "", more={"flash_size": MB, "boot_loader": True}),
    Fault("flash-empty", "", boot_loader(lambda flash: WrappedFlash(b"\xff" * MB, MB)), grade=UNKNOWN),
    Fault("flash-not-seen", "", grade=UNKNOWN),
    Fault("element-missing", "", plan=Plan(0, 0, element=True)),
    Fault("files", "", damaged),
    Fault("several-boards", "", finds(errors.SeveralKeys("Two.")), grade=UNKNOWN),
    Fault("key-in-use", "", used, grade=UNKNOWN),
    Fault("clock-not-set", "", lambda bench, key: setattr(bench, "now", lambda: 0.0), grade=UNKNOWN),
    Fault("button-dead", "", has=TWO, more={"finger": lambda key: None}),
    Fault("button-misses", "", has=TWO, more={"finger": seldom(count())}),
    Fault("button-bounces", "", has=TWO, more={"finger": bouncing}),
    Fault("typing-dropped", "", dropping, has=TWO),
    Fault("typing-pauses", "", busy, has=TWO, grade=UNKNOWN),
    Fault(
        "light-exchanged", "", has=PERSON, board=COLOURED, more=eye(lambda seen: (seen[1], seen[0], seen[2]))
    ),
    *(
        Fault("light-dark-colour", name, has=PERSON, board=COLOURED, more=eye(without(colour)))
        for colour, name in enumerate(("red", "green", "blue"))
    ),
    Fault("light-wrong", "", has=PERSON, board=COLOURED, more=eye(lambda seen: (*seen[:2], 255))),
    Fault("light-dark", "coloured", has=PERSON, board=COLOURED, more=eye(lambda seen: (0, 0, 0))),
    Fault("light-dark", "plain", has=PERSON, more=eye(lambda seen: (0, 0, 0))),
    Fault("numlock-not-reported", "", has=PERSON, more={"answers": False}, too=("capslock-not-reported",)),
    Fault("capslock-not-reported", "", has=PERSON, more={"platform": Platform("no CapsLock", leds=1)}),
    Fault("locks-not-reported", "", more={"answers": False}, grade=UNKNOWN),
    Fault("sleep-not-seen", "", sleep(lambda key: None), has=PERSON, grade=UNKNOWN),
    Fault("sleep-not-tried", "", answers("n"), has=PERSON, grade=UNKNOWN, too=("light-dark",)),
    Fault("restarted-in-sleep", "", sleep(b.replugged), has=PERSON),
    Fault("not-back-after-cut", "", has=TWO, more={"comes_back": False}),
    Fault("files-damaged-by-cut", "", at_a_cut(damaged), has=TWO),
    Fault("cuts-not-done", "", lambda bench, key: setattr(bench, "_pull", print), has=TWO, grade=UNKNOWN),
]


@pytest.mark.parametrize("fault", sampled(FAULTS, FAULTS[::3]), ids=lambda each: f"{each.sign} {each.what}")
def test_a_fault_is_named_or_the_report_says_what_is_open(fault: Fault) -> None:
    report = fault.tested()
    document = json.loads(journal.as_json(report.document(0.0)))
    found = document["faults" if fault.grade == BAD else "open"]
    assert fault.sign in found
    assert set(document["faults"]) == {*fault.too, *([fault.sign] if fault.grade == BAD else [])}
    assert document["result"] != journal.PASS
    assert fault.sign in journal.as_page(report, document)
    assert f"{document['result'].upper()} " in report.log_line(1, 0.0)


#: Signs that no simulated board shows: an unknown chip, a key that a cut has given accounts, a cell not used.
UNSEEN = {"clock-unknown", "accounts-after-cut", "cell-off"}


def test_each_sign_is_seen_on_a_board_that_has_its_fault() -> None:
    assert set(SIGNS) - UNSEEN <= {sign for fault in FAULTS for sign in (fault.sign, *fault.too)}


def test_a_dead_board_has_all_that_a_report_has() -> None:
    report = Fault("nothing-answers", "", finds(GONE)).tested()
    (row,) = report.rows
    assert "TP1" in row.remedy
    assert "crystal" in row.remedy
    assert report.log_line(3, 0.0) == "1970-01-01T00:00:00Z #3 - DEAD nothing-answers"


def test_what_is_beside_a_sound_clock_is_no_fault() -> None:
    assert Fault("", "a memory", has(others={0x57: b""})).tested().signs(BAD) == []


def test_several_faults_are_all_named() -> None:
    fault = Fault(
        "",
        "",
        has=PERSON,
        clock=b.CellessClock,
        board=COLOURED,
        more={"finger": bouncing, "flash_size": 2 * MB} | eye(lambda seen: (seen[1], seen[0], seen[2])),
    )
    assert set(fault.tested().signs(BAD)) == {"flash-size", "button-bounces", "light-exchanged", "cell-dead"}
