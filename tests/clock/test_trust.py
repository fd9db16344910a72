"""What the key believes of the time: no program leads it astray, and it corrects its own drift.

No program gets a code for an earlier step, or for one further ahead than the clock drifts. The key measures
the drift between two settings, corrects it, and allows for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.clock.bench import DAY, START, Attacked, Key, World, in_use
from tests.support.cases import slow
from tests.vault.bench import CutPlaces, PowerCut
from totpkey_protocol import limits, words
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import AGING, DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032

#: How many sequences, of how many steps each.
SEQUENCES, STEPS = 10_000, 4
#: Sequences on one key, one after the other.
ON_ONE_KEY = 50


class Computer(Attacked):
    """It attacks the time of the key, which has given a code for no later step than `latest`."""

    latest = codes = 0

    def press(self) -> None:
        """A code is typed, or read by a program that got its press."""
        step = self.key.step
        if step is not None:
            assert step >= self.latest
            self.latest = step
            self.codes += 1
            self.note_floor()

    def set_time(self) -> None:
        """A program sets any time it likes; nobody holds the button."""
        self.key.set(self.within(self.anything()), self.random.choice((60, 1000)))

    def set_time_and_cut(self) -> None:
        """The same, and the power is cut somewhere on the way."""
        self.is_cut(self.set_time, 4)

    def unplug(self) -> None:
        """It lies in a drawer, warm or cold."""
        self.chip.drift_ppm = self.random.uniform(-5, 5)
        self.world.time += self.random.choice((1, 50, 3600, DAY, 20 * DAY)) * self.random.random()
        self.plug_in()

    def wait(self) -> None:
        self.key.run(self.random.choice((1, 31, 70)), 1)

    def sequence(self) -> None:
        steps: list[Callable[[], None]]
        steps = [self.set_time, self.set_time, self.set_time_and_cut, self.unplug, self.wait]
        for step in self.random.choices(steps, k=STEPS):
            step()
            self.press()


@pytest.mark.parametrize("chip", [DS3231, slow(PCF8523)])
@pytest.mark.slow
def test_no_sequence_gives_a_code_for_an_earlier_step(flash: CutPlaces, chip: type[ClockChip]) -> None:
    codes = 0
    for seed in range(SEQUENCES // ON_ONE_KEY // 2):
        flash.wipe()
        attacked = Computer(flash, chip, seed)
        for _ in range(ON_ONE_KEY):
            attacked.sequence()
        codes += attacked.codes
    # Most of the time it is a key that works.
    assert codes > SEQUENCES * STEPS / 4


def test_forward_no_further_than_the_chip_may_drift(world: World, flash: CutPlaces) -> None:
    key = in_use(world, DS3231(world.now), flash)
    for _ in range(40):
        key.set(key.time() + 1)
        key.run(1.2)
    assert key.time() - world.time < limits.SLACK + 1
    assert not key.set(key.time() + 3)
    assert key.set(key.time() + 3600, consent=True)
    assert key.time() - world.time > 3590
    # What a person has agreed to begins anew.
    assert key.set(key.time() + limits.SLACK)


def test_after_a_year_what_it_may_have_drifted_needs_no_consent(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=-2.0)
    key = in_use(world, chip, flash)
    world.time += 365 * DAY
    key = Key(world, chip, flash)
    key.run(1.1)
    assert world.time - key.time() > 60
    assert key.reason(int(world.time)) == ""
    assert key.reason(key.time() + 365 * DAY * 7 // 1_000_000 + limits.SLACK + 1) == words.FORWARD
    # But the key asks for its gesture, since it learns its drift from that.
    assert not key.set(int(world.time))
    assert key.set(int(world.time), consent=True)
    assert key.ledger.changes == []


def test_a_fast_clock_that_is_put_right_waits_for_the_time_it_told(world: World, flash: CutPlaces) -> None:
    key = in_use(world, DS3231(world.now), flash)
    assert key.set(key.time() + 2)
    key.run(1)
    told = key.time()
    assert key.set(told - 2)
    assert key.timekeeper.state == words.DOUBTFUL
    again = Key(world, DS3231(world.now), flash)
    assert again.vault.settings.floor >= told
    key.run(4)
    assert key.timekeeper.state == words.TRUSTED
    assert key.time() >= told


def test_with_consent_the_time_goes_back_and_that_is_remembered(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now)
    key = in_use(world, chip, flash)
    assert key.set(key.time() + 10 * DAY, consent=True)
    ahead = key.time()
    key.run(1.1)
    assert not key.set(int(world.time))
    assert key.set(int(world.time), consent=True)
    assert key.timekeeper.state == words.TRUSTED
    assert abs(key.time() - world.time) < 1.5
    kinds = [words.REASONS[kind] for kind, _, _ in Key(world, chip, flash).ledger.changes]
    assert kinds == [words.FORWARD, words.BACK]
    assert key.ledger.changes[0][2] == ahead


@pytest.mark.parametrize("write", range(6))
@pytest.mark.parametrize("back", [2, 10 * DAY], ids=["a program", "a person"])
def test_no_cut_leaves_a_clock_that_was_set_back_without_a_note_of_it(
    world: World, flash: CutPlaces, back: int, write: int
) -> None:
    chip = DS3231(world.now)
    key = in_use(world, chip, flash)
    assert key.set(key.time() + back, consent=True)
    key.run(1.1)
    told, setbacks = key.time(), key.vault.settings.setbacks
    flash.cut_at(write, "erased")
    with suppress(PowerCut):
        key.set(told - back, consent=True)
    flash.cut_at(1_000_000, "whole")
    settings = Key(world, chip, flash).vault.settings
    noted = settings.floor >= told if back == 2 else settings.setbacks > setbacks
    assert noted or chip.unix_time > told - 1


YEAR = 365 * DAY


def again(world: World, chip: ClockChip, flash: CutPlaces, days: int = 0) -> Key:
    """The key plugged in after so many days, its clock's second seen."""
    world.time += days * DAY
    key = Key(world, chip, flash)
    key.run(1.2)
    return key


@pytest.mark.parametrize(
    ("kind", "ppm"),
    [
        (DS3231, 1.23),
        (DS3231, -2.9),
        (PCF8523, 17.7),
        (PCF8523, -24.0),
        (RV3028, 3.4),
        (RV3032, 2.2),
        (RV3032, -7.1),
    ],
)
def test_the_key_alone_corrects_what_it_has_measured(
    world: World, flash: CutPlaces, kind: type[ClockChip], ppm: float
) -> None:
    chip = kind(world.now)
    chip.drift_ppm = ppm
    in_use(world, chip, flash)
    key = again(world, chip, flash, 90)
    key.synchronise()
    assert -key.ledger.reckoning.trim == pytest.approx(1000 * ppm, abs=20)
    key = again(world, chip, flash, 365)
    assert abs(key.time() - world.time) < 1.6
    # The chip itself runs as before.
    chip.set_unix(world.time)
    world.time += YEAR
    assert (chip.unix_time - world.time) / YEAR == pytest.approx(ppm * 1e-6, abs=1e-8)


@pytest.mark.parametrize("wrong", [0.0, -3.0, 4.0])
def test_what_programs_set_without_consent_teaches_nothing(
    world: World, flash: CutPlaces, wrong: float
) -> None:
    """An interval goes from consent to consent, whatever was set between them, right or wrong."""
    chip = DS3231(world.now, drift_ppm=1.5)
    key = in_use(world, chip, flash)
    for _ in range(2):
        key = again(world, chip, flash, 9)
        assert key.set(round(world.time + wrong), within=0)
        wrong = -wrong
    assert key.ledger.intervals == []
    key = again(world, chip, flash, 72)
    key.synchronise()
    ((length, gained, _),) = key.ledger.intervals
    assert length == pytest.approx(90 * DAY, abs=30)
    assert gained == pytest.approx(1.5e-3 * length, abs=30)


def test_no_gesture_is_asked_for_before_a_setting_teaches_enough(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now)
    in_use(world, chip, flash)
    for days, asks in ((19, False), (20, True)):
        world.time = START + days * DAY + 60
        assert again(world, chip, flash).set(round(world.time)) is not asks


class Dead(DS3231):
    """A register that keeps nothing, as of counterfeits; it shows what was in it at the start."""

    def _store(self, register: int, byte: int) -> None:
        if register != AGING:
            super()._store(register, byte)


class Lying(DS3231):
    """A register that reads as zero, and slows the clock down by 9 ppm all the same."""

    def _correction_ppm(self) -> float:
        return -9.0


class Foreign(DS3231):
    """Another project's correction of 12 ppm."""

    def lose_battery(self) -> None:
        super().lose_battery()
        self._registers[AGING] = 136


@pytest.mark.parametrize("kind", [Dead, Lying, Foreign])
@pytest.mark.parametrize("ppm", [-3.5, 0.0, 3.5])
def test_whatever_a_chip_s_register_does_the_clock_is_no_further_off_than_stated(
    world: World, flash: CutPlaces, kind: type[DS3231], ppm: float
) -> None:
    """One that lies is noticed at the first setting that a person agrees to."""
    chip = kind(world.now, drift_ppm=ppm)
    in_use(world, chip, flash)
    for days in (30, 152, 183, 365, 365):
        key = again(world, chip, flash, days)
        if kind is not Lying or key.ledger.reckoning.rate > 7000:
            assert abs(key.time() - world.time) * 1000 <= key.ledger.reckoning.worst(key.time()) + 1000
        key.synchronise()
    assert key.ledger.reckoning.rate < 2000


def test_a_chip_that_was_exchanged_is_noticed(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=1.5)
    in_use(world, chip, flash)
    again(world, chip, flash, 300).synchronise()
    chip.drift_ppm = -3.0
    key = again(world, chip, flash, 200)
    key.synchronise()
    assert (key.ledger.intervals, key.ledger.reckoning.trim, key.ledger.reckoning.rate) == ([], 0, 7000)
    # A battery was changed, and perhaps the module with it.
    again(world, chip, flash, 100).synchronise()
    chip.lose_battery()
    key = again(world, chip, flash)
    key.synchronise()
    assert (key.ledger.intervals, key.ledger.reckoning.trim, key.ledger.reckoning.rate) == ([], 0, 7000)


def test_a_time_that_somebody_had_set_wrong_is_no_drift(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=1.5)
    in_use(world, chip, flash)
    key = again(world, chip, flash, 300)
    key.synchronise()
    known = key.ledger.intervals, key.ledger.reckoning.trim
    world.time += 10 * DAY
    for wrong in (3600, 0):
        world.time += 7200.5
        key = again(world, chip, flash)
        key.set(round(world.time) + wrong, consent=True)
        assert (key.ledger.intervals, key.ledger.reckoning.trim) == known


def test_another_chip_begins_anew(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=1.5)
    in_use(world, chip, flash)
    again(world, chip, flash, 90).synchronise()
    other = PCF8523(world.now)
    key = Key(world, other, flash)
    key.synchronise()
    assert (key.ledger.intervals, key.ledger.reckoning.trim) == ([], 0)
    assert key.ledger.reckoning.rate == 40_000


@pytest.mark.parametrize("write", [0, 1, 2])
def test_a_cut_while_it_is_set_is_reckoned_with(world: World, flash: CutPlaces, write: int) -> None:
    chip = PCF8523(world.now)
    chip.drift_ppm = 10.0
    in_use(world, chip, flash)
    again(world, chip, flash, 30).synchronise()
    key = again(world, chip, flash, 30)
    flash.cut_at(write, "erased")
    with pytest.raises(PowerCut):
        key.synchronise()
    key = again(world, chip, flash)
    assert abs(key.time() - world.time) * 1000 <= key.ledger.reckoning.worst(key.time()) + 1000
    key.synchronise()
    intervals = key.ledger.intervals
    # What was measured before the cut counts once, if at all.
    assert len(intervals) <= 2
    assert sum(length for length, *_ in intervals) <= 60 * DAY + 60
    assert all(gained * 1e6 / length == pytest.approx(10_000, abs=100) for length, gained, _ in intervals)
    assert abs(key.time() - world.time) < 1
