"""The key measures the drift between two settings, corrects it, and allows for it, over ten years."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.clocks import MODELS, Model, decades
from tests.clock.bench import Key, World
from tests.support.cases import sampled
from tests.vault.bench import CutPlaces, PowerCut
from totpkey_firmware.clock import drift
from totpkey_firmware.clock.ledger import INTERVALS
from totpkey_protocol import limits, words
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032

DAY = 86400
YEAR = 365 * DAY
SN = MODELS[0]


def again(world: World, chip: ClockChip, flash: CutPlaces) -> Key:
    """The key plugged in, its clock's second seen."""
    key = Key(world, chip, flash)
    key.run(1.2)
    return key


def set_up(world: World, chip: ClockChip, flash: CutPlaces) -> Key:
    key = Key(world, chip, flash)
    key.synchronise()
    key.whole_vault.create(True)
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
def test_what_was_measured_is_taken_away(
    world: World, flash: CutPlaces, kind: type[ClockChip], ppm: float
) -> None:
    chip = kind(world.now)
    chip.drift_ppm = ppm
    set_up(world, chip, flash)
    world.time += 90 * DAY
    key = again(world, chip, flash)
    key.synchronise()
    assert -(key.ledger.register + key.ledger.reckoning.trim) == pytest.approx(1000 * ppm, abs=20)
    world.time += YEAR
    key = again(world, chip, flash)
    assert abs(key.time() - world.time) < 1.6
    # The chip's register takes the most of it, so that a key which knows nothing of it is better off too.
    chip.set_unix(world.time)
    world.time += YEAR
    assert abs(chip.unix_time - world.time) < 70


def test_the_chip_alone_is_measured_not_what_was_done_to_it(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=1.5)
    set_up(world, chip, flash)
    for _ in range(12):
        world.time += 200 * DAY
        key = again(world, chip, flash)
        key.synchronise()
        assert -(key.ledger.register + key.ledger.reckoning.trim) == pytest.approx(1500, abs=15)


def test_a_drift_of_exactly_nothing_is_one_that_was_measured(world: World, flash: CutPlaces) -> None:
    """What was set against an earlier drift is taken back, as the tight bound on the error says."""
    chip = DS3231(world.now, drift_ppm=0.33)
    set_up(world, chip, flash)
    world.time += 30 * DAY
    key = again(world, chip, flash)
    key.synchronise()
    ledger = key.ledger
    assert ledger.register
    ledger.intervals = [(2 * YEAR, 0)]
    chip.drift_ppm = 0.0
    key.synchronise()
    assert (ledger.register, ledger.reckoning.trim) == (0, 0)
    world.time += YEAR
    key = again(world, chip, flash)
    assert abs(key.time() - world.time) * 1000 <= ledger.reckoning.worst(key.time()) + 1000


def test_a_second_that_began_while_the_key_was_busy_is_not_taken_for_exact(
    world: World, flash: CutPlaces
) -> None:
    """What a passphrase or a PIN takes falls into the first second after a start."""
    chip = DS3231(world.now)
    set_up(world, chip, flash)
    world.time += 30 * DAY
    key = Key(world, chip, flash)
    key.run(0.2)
    world.time += 2.7
    key.timekeeper.turn(key.platform.ticks())
    assert not key.timekeeper.exact
    key.run(1.2)
    assert key.timekeeper.exact
    now = key.platform.ticks()
    assert key.timekeeper.time(now) + key.timekeeper.milliseconds(now) / 1000 == pytest.approx(
        world.time, abs=0.03
    )


def test_what_is_not_exact_measures_nothing(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=1.5)
    set_up(world, chip, flash)
    world.time += 90 * DAY
    key = again(world, chip, flash)
    assert key.set(int(world.time), within=2000)
    assert key.ledger.intervals == []
    world.time += 90 * DAY
    key = again(world, chip, flash)
    key.synchronise()
    assert key.ledger.intervals == [], "one end was not exact"


def test_another_chip_begins_anew(world: World, flash: CutPlaces) -> None:
    chip = DS3231(world.now, drift_ppm=1.5)
    set_up(world, chip, flash)
    world.time += 90 * DAY
    again(world, chip, flash).synchronise()
    other = PCF8523(world.now)
    key = Key(world, other, flash)
    key.synchronise()
    assert (key.ledger.intervals, key.ledger.reckoning.trim) == ([], 0)
    assert key.ledger.reckoning.rate == 28_000


@pytest.mark.parametrize("write", [0, 1, 2])
def test_a_cut_while_it_is_set_is_reckoned_with(world: World, flash: CutPlaces, write: int) -> None:
    chip = PCF8523(world.now)
    chip.drift_ppm = 10.0
    set_up(world, chip, flash)
    world.time += 30 * DAY
    again(world, chip, flash).synchronise()
    world.time += 30 * DAY
    key = again(world, chip, flash)
    flash.cut_at(write, "erased")
    with pytest.raises(PowerCut):
        key.synchronise()
    flash.cut_at(1_000_000, "whole")
    key = again(world, chip, flash)
    assert abs(key.time() - world.time) * 1000 <= key.ledger.reckoning.worst(key.time()) + 1000
    key.synchronise()
    intervals = key.ledger.intervals
    # What was measured before the cut counts once, if at all.
    assert len(intervals) <= 2
    assert sum(length for length, _ in intervals) <= 60 * DAY + 60
    assert all(gained * 1e6 / length == pytest.approx(10_000, abs=100) for length, gained in intervals)
    assert abs(key.time() - world.time) < 1


def test_the_light_is_due_before_the_budget_is_used_up_and_the_limit_stops_it(
    world: World, flash: CutPlaces
) -> None:
    chip = PCF8523(world.now)
    key = set_up(world, chip, flash)
    until = key.ledger.until(limits.BUDGET)
    assert 6 * DAY < until - world.time < 6.3 * DAY
    world.time = until - DAY
    key = again(world, chip, flash)
    assert (key.timekeeper.due, key.timekeeper.state) == (True, words.TRUSTED)
    key.ledger.reckoning.limit = limits.BUDGET
    world.time = until + 60.0
    key.ledger.save()
    assert again(world, chip, flash).timekeeper.state == words.DOUBTFUL
    again(world, chip, flash).synchronise()
    key = again(world, chip, flash)
    assert (key.timekeeper.due, key.timekeeper.state) == (False, words.TRUSTED)


lengths = st.integers(3600, 3 * YEAR)


@given(st.lists(lengths, min_size=1, max_size=40), st.integers(-4000, 4000))
def test_a_steady_clock_is_known_however_often_it_is_set(measured: list[int], rate: int) -> None:
    intervals: list[tuple[int, int]] = []
    for length in measured:
        intervals = drift.keep(intervals, length, rate * length // 1_000_000, 5000)
        assert len(intervals) <= INTERVALS
    assert sum(length for length, _ in intervals) == sum(measured)
    found, bound = drift.fit(intervals, 5000, 400)
    assert bound <= 5000
    assert (found == 0 and bound == 5000) or abs(found - rate) <= bound


@pytest.mark.parametrize("model", sampled(MODELS, MODELS[:2]), ids=lambda model: model.name)
def test_a_decade_within_what_the_key_says(model: Model) -> None:
    for years in decades(model):
        assert len(years) == 10
        assert all(year.error < year.budget for year in years), years


def test_a_decade_of_a_ds3231sn_set_once_a_year_stays_within_two_seconds_a_year() -> None:
    assert SN.name.startswith("DS3231SN as measured")
    for years in decades(SN):
        assert max(year.error for year in years) < 2
    # The clocks are those of a real world: without the correction they are ten times worse.
    assert min(max(year.error for year in years) for years in decades(SN, corrected=False)) > 10
