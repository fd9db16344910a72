"""When the key reads its clock chip, how exact its time is, when it is believed (docs/concepts/clock.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from tests.clock.bench import Bus, World
from tests.vault.bench import CutPlaces
from totpkey_firmware.clock import chips
from totpkey_firmware.clock.reckoning import Reckoning
from totpkey_firmware.clock.timekeeper import Timekeeper
from totpkey_firmware.store.pool import Pool
from totpkey_protocol import limits, words
from totpkey_virtual.ds3231 import DS3231

_WRAP = 1 << 29
#: When the tests' clocks were set, and how far they are from that.
SET, DAY = 1_800_000_000, 86_400


class Counted(DS3231):
    """A chip that counts how often its time was read."""

    reads = 0

    def read(self, length: int) -> bytes:
        self.reads += 1
        return super().read(length)


class Key:
    """A clock chip, the figures that are stored for it, and a timekeeper with a turn in each millisecond."""

    def __init__(self, world: World, flash: CutPlaces) -> None:
        self.world = world
        #: The world's time in ms, which sums without a rounding.
        self._milliseconds = round(world.time * 1000)
        self.model = Counted(world.now)
        self.reckoning = Reckoning(Pool(flash))
        self.reckoning.synced = SET
        self.floor = SET

    def show(self, time: float) -> None:
        """Let the chip show that time, which its second may be a part of."""
        self.model.set_unix(time)

    def start(self, time: float | None = None) -> Timekeeper:
        """Plug it in; the chip shows that time first, if one is given."""
        if time is not None:
            self.show(time)
        bus = cast(Any, Bus(self.world, self.model))
        self.timekeeper = Timekeeper(chips.find(bus), self.now, self.floor, self.reckoning)
        return self.timekeeper

    @property
    def now(self) -> int:
        return self._milliseconds % _WRAP

    def pass_by(self, milliseconds: int) -> None:
        """Nothing is done meanwhile, as while a passphrase is being stretched."""
        self._milliseconds += milliseconds
        self.world.time = self._milliseconds / 1000

    def turn(self) -> None:
        self.timekeeper.turn(self.now)

    def run(self, milliseconds: int) -> None:
        for _ in range(milliseconds):
            self.pass_by(1)
            self.turn()

    def run_until(self, so: Callable[[], object], within: int = 2000) -> int:
        """The milliseconds until that was so."""
        for passed in range(within):
            if so():
                return passed
            self.run(1)
        raise AssertionError(f"not within {within} ms")


@pytest.fixture
def key(world: World, flash: CutPlaces) -> Key:
    return Key(world, flash)


@pytest.mark.parametrize("part", range(0, 1000, 37))
def test_after_a_start_the_next_second_makes_the_time_exact_to_10_ms(key: Key, part: int) -> None:
    timekeeper = key.start(SET + DAY + part / 1000)
    assert not timekeeper.exact
    assert timekeeper.time(key.now) == SET + DAY
    passed = key.run_until(lambda: timekeeper.exact)
    told = timekeeper.time(key.now) + timekeeper.milliseconds(key.now) / 1000
    assert -0.0001 <= key.model.unix_time - told < 0.0101
    assert 1000 - part <= passed + 1
    assert passed <= 1000 - part + 10


@pytest.mark.parametrize(("busy", "exact"), [(30, True), (31, False)])
def test_a_second_that_began_while_the_key_was_busy_says_nothing(key: Key, busy: int, exact: bool) -> None:
    timekeeper = key.start(SET + DAY + 0.9)
    # A read 10 ms before the chip's next second, and then none until after it.
    key.run(90)
    key.pass_by(busy)
    key.turn()
    assert timekeeper.time(key.now) in (SET + DAY, SET + DAY + 1)
    assert timekeeper.exact is exact


@pytest.mark.parametrize(
    ("synced", "state", "milliseconds"), [(SET, words.TRUSTED, 60_000), (0, words.DOUBTFUL, 1_000)]
)
def test_how_often_a_clock_is_read_and_then_until_its_second(
    key: Key, synced: int, state: str, milliseconds: int
) -> None:
    key.reckoning.synced = synced
    timekeeper = key.start(SET + DAY + 0.5)
    key.run_until(lambda: timekeeper.exact)
    assert timekeeper.state == state
    before = key.model.reads
    key.run(milliseconds - 1)
    assert key.model.reads == before
    key.run(1)
    assert key.model.reads == before + 1
    key.run(1_000)
    assert 90 <= key.model.reads - before <= 102
    assert timekeeper.exact


@pytest.mark.parametrize("begins", [0, _WRAP // 2 - 90_000, _WRAP - 90_000])
def test_a_clock_is_read_each_minute_for_ever(key: Key, begins: int) -> None:
    """`begins`: the ticks of the start, from which they pass 2 ** 16, half of their range, or its end."""
    key.pass_by(begins - key.now)
    timekeeper = key.start(SET + DAY)
    for _ in range(4):
        key.run_until(lambda: timekeeper.exact)
        before = key.model.reads
        key.pass_by(60_000)
        key.run(1100)
        assert key.model.reads > before + 1
        assert timekeeper.time(key.now) == int(key.model.unix_time)


def test_a_clock_that_is_set_is_exact_at_once_and_read_in_a_minute(key: Key) -> None:
    timekeeper = key.start(SET + DAY)
    key.run(700)
    assert not timekeeper.exact
    timekeeper.set(SET + 2 * DAY, key.now)
    assert timekeeper.exact
    before = key.model.reads
    for second in range(60):
        assert timekeeper.time(key.now) == SET + 2 * DAY + second
        assert timekeeper.milliseconds(key.now) == 0
        key.run(999)
        assert timekeeper.time(key.now) == SET + 2 * DAY + second
        assert timekeeper.milliseconds(key.now) == 999
        assert key.model.reads == before
        key.run(1)
    assert key.model.reads == before + 1
    assert timekeeper.time(key.now) == SET + 2 * DAY + 60


def test_the_time_waits_where_the_chip_is_slower_than_the_processor(key: Key) -> None:
    """By 2 % here, so in a minute by more than a second. No real one is."""
    key.model.drift_ppm = -20_000
    timekeeper = key.start(SET + DAY)
    key.run_until(lambda: timekeeper.exact)
    told = [timekeeper.time(key.now)]
    for _ in range(62_500):
        key.run(1)
        told.append(timekeeper.time(key.now))
    assert told == sorted(told)
    assert told[-1] == int(key.model.unix_time)


def test_a_clock_that_is_set_back_shows_the_time_it_was_set_to(key: Key) -> None:
    timekeeper = key.start(SET + 2 * DAY)
    assert timekeeper.time(key.now) == SET + 2 * DAY
    timekeeper.set(SET + DAY, key.now)
    assert timekeeper.time(key.now) == SET + DAY


def test_a_clock_that_is_lost_is_not_exact_and_is_once_it_runs_again(key: Key) -> None:
    timekeeper = key.start(SET + DAY)
    key.run_until(lambda: timekeeper.exact)
    key.model.lose_battery()
    key.run(61_000)
    assert (timekeeper.state, timekeeper.exact) == (words.LOST, False)
    changes = timekeeper.changes
    key.show(SET + DAY + 100.5)
    key.run(10)
    assert (timekeeper.state, timekeeper.exact) == (words.TRUSTED, False)
    assert timekeeper.time(key.now) == SET + DAY + 100
    assert timekeeper.changes > changes
    assert key.run_until(lambda: timekeeper.exact) <= 510


@pytest.mark.parametrize("added", [0, 10])
def test_more_than_300_s_below_the_floor_is_lost(key: Key, added: int) -> None:
    """Of the time with what the key adds itself: 10 s after a million seconds are 10 ppm."""
    key.reckoning.synced, key.reckoning.trim = SET, added * 1000
    time = SET + 1_000_000
    key.floor = time + added + limits.DRIFT_MOST
    assert key.start(time).state == words.DOUBTFUL
    assert key.timekeeper.time(key.now) == time + added
    key.floor += 1
    assert key.start().state == words.LOST


def test_below_the_floor_it_is_doubtful(key: Key) -> None:
    key.show(SET + DAY)
    key.floor = SET + DAY
    assert key.start().state == words.TRUSTED
    key.floor = SET + DAY + 1
    assert key.start().state == words.DOUBTFUL


def test_the_light_doubts_in_steps_and_only_a_limit_ends_the_trust(key: Key) -> None:
    """5 ppm: 30 s are used up after 6 million seconds, 60 and 120 s after 12 and 24."""
    key.reckoning.rate, key.reckoning.limit = 5000, 0
    for time, doubt in ((6_000_000, 0), (6_000_200, 1), (12_000_200, 2), (24_000_200, 3), (158_000_000, 3)):
        timekeeper = key.start(SET + time)
        assert (timekeeper.doubt, timekeeper.state) == (doubt, words.TRUSTED), time
    key.reckoning.limit = 60
    assert key.start(SET + 12_000_000).state == words.TRUSTED
    assert key.start(SET + 12_000_200).state == words.DOUBTFUL


@pytest.mark.parametrize(
    ("time", "slow"), [(399_000, 0), (400_000, 1), (2_000_000, 5), (4_000_000, 10), (90_000_000, 10)]
)
def test_codes_are_late_by_half_of_the_possible_error(key: Key, time: int, slow: int) -> None:
    """But never early, by no more than 10 s, and for no time before one whose code may have been given."""
    key.reckoning.rate, key.reckoning.limit = 5000, 0
    timekeeper = key.start(SET + time)
    assert timekeeper.code_time(key.now) == SET + time - slow
    timekeeper.floor = SET + time - 3
    assert timekeeper.code_time(key.now) == SET + time - min(slow, 3)


def test_another_limit_counts_at_once_and_users_of_the_time_notice(key: Key) -> None:
    key.reckoning.rate = 5000
    timekeeper = key.start(SET + 4_000_000)
    assert timekeeper.state == words.TRUSTED
    changes = timekeeper.changes
    timekeeper.judge(key.now)
    assert timekeeper.changes == changes
    key.reckoning.limit = limits.LIMIT_LEAST
    timekeeper.judge(key.now)
    assert timekeeper.state == words.DOUBTFUL
    assert timekeeper.changes == changes + 1


def test_a_lost_clock_is_not_judged(key: Key) -> None:
    timekeeper = key.start()
    assert timekeeper.state == words.LOST
    timekeeper.judge(key.now)
    assert timekeeper.state == words.LOST


def test_each_time_that_begins_is_a_change(key: Key) -> None:
    timekeeper = key.start(SET + DAY + 0.5)
    changes = timekeeper.changes
    key.run_until(lambda: timekeeper.exact)
    assert timekeeper.changes == changes + 1


def test_without_a_chip_there_is_no_time(key: Key) -> None:
    key.model.address = 0x01
    timekeeper = key.start()
    assert (timekeeper.state, timekeeper.running, timekeeper.exact) == (words.MISSING, False, False)
    assert (timekeeper.time(key.now), timekeeper.milliseconds(key.now), timekeeper.doubt) == (0, 0, 0)
    with pytest.raises(OSError, match=r"^$"):
        timekeeper.set(SET, key.now)


def test_a_chip_that_goes_away_is_missing_until_the_next_start(key: Key) -> None:
    timekeeper = key.start(SET + DAY)
    key.run_until(lambda: timekeeper.exact)
    key.model.address = 0x01
    key.run(60_000)
    assert (timekeeper.state, timekeeper.exact) == (words.MISSING, False)
    key.model.address = 0x68
    key.run(61_000)
    assert timekeeper.state == words.MISSING
    assert key.start().state == words.TRUSTED
