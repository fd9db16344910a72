"""No program gets a code for an earlier step from the key, or for one further ahead than its clock drifts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.clock.bench import DAY, Attacked, Key, World, in_use
from tests.support.cases import slow
from tests.vault.bench import CutPlaces, PowerCut
from totpkey_protocol import limits, words
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523

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


def test_a_chip_that_was_turned_back_is_not_believed(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now)
    in_use(world, chip, flash).set_floor(int(world.time))
    chip.set_unix(world.time - limits.DRIFT_MOST - 10)
    assert Key(world, chip, flash).timekeeper.state == words.LOST
    chip.set_unix(world.time - 20)
    assert Key(world, chip, flash).timekeeper.state == words.DOUBTFUL


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
