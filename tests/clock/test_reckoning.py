"""The clock's figures (docs/concepts/clock.md), and how the key keeps its time by them.

It is said what of a stored page is believed, and how dates are reckoned. The timekeeper reads the chip now
and then; its time is so exact, and believed or not.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock.bench import Bus, World
from tests.vault.bench import CutPlaces
from totpkey_firmware.clock import chips, drift
from totpkey_firmware.clock.dates import unix_time, utc
from totpkey_firmware.clock.ledger import Ledger
from totpkey_firmware.clock.reckoning import Reckoning
from totpkey_firmware.clock.timekeeper import Timekeeper
from totpkey_firmware.store.format import CLOCK
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.ticks import add, since
from totpkey_protocol import limits, words
from totpkey_virtual.ds3231 import DS3231

#: When the tests' clocks were set.
SET = 1_800_000_000
DAY, YEAR = 86_400, 365 * 86_400


@pytest.fixture
def pool(flash: CutPlaces) -> Pool:
    return Pool(flash)


def head(
    version: int = 2,
    pending: int = 0,
    limit: int = 60,
    synced: int = SET,
    error: int = 100,
    trim: int = 0,
    rate: int = 5000,
) -> bytes:
    """The head of the page, as docs/reference/storage.md lays it out."""
    return struct.pack("<BBHIHiI", version, pending, limit, synced, error, trim, rate)


def rest(
    intervals: tuple[tuple[int, int, int], ...] = (),
    changes: tuple[tuple[int, int, int], ...] = (),
    chip: int = 1,
    approved: int = SET,
    first: int | None = None,
    counted: int | None = None,
) -> bytes:
    """What comes behind it. `counted` is a wrong number of changes."""
    packed = struct.pack(
        "<BIHiBB", chip, approved, 0, 0, len(intervals), len(changes) if counted is None else counted
    )
    packed += b"".join(struct.pack("<IiH", *interval) for interval in intervals)
    packed += b"".join(struct.pack("<BII", *change) for change in changes)
    return packed + (struct.pack("<I", first) if first is not None else b"")


def reckoned(pool: Pool, stored: bytes) -> Reckoning:
    pool.write(CLOCK, bytearray(stored))
    return Reckoning(pool)


def known(pool: Pool, stored: bytes) -> Ledger:
    pool.write(CLOCK, bytearray(stored))
    return Ledger(pool, Reckoning(pool), bytearray())


# What they come to


def test_a_new_key_knows_nothing_and_has_no_limit(pool: Pool) -> None:
    new = Reckoning(pool)
    assert (new.synced, new.error, new.rate, new.trim, new.limit, new.pending) == (0, 0, 0, 0, 0, False)
    assert new.worst(SET) == 0
    assert new.added(SET) == 0


def test_the_error_is_the_setting_s_and_so_many_millionths_since(pool: Pool) -> None:
    reckoning = reckoned(pool, head(error=100, rate=5000))
    assert reckoning.worst(SET) == 100
    assert reckoning.worst(SET + 1_000_000) == 100 + 5_000
    # Before it was set, it is as wrong as then.
    assert reckoning.worst(SET - 1_000_000) == 100


def test_the_key_adds_its_part_of_the_rate_both_ways(pool: Pool) -> None:
    assert reckoned(pool, head(trim=40)).added(SET + 30_000_000) == 1_200
    assert reckoned(pool, head(trim=-40)).added(SET + 30_000_000) == -1_200
    assert reckoned(pool, head(trim=40, synced=0)).added(SET) == 0


@pytest.mark.parametrize("trim", [40, -40])
def test_a_setting_that_was_cut_may_have_undone_what_the_key_added(pool: Pool, trim: int) -> None:
    cut = reckoned(pool, head(pending=1, trim=trim, error=100, rate=5000))
    assert cut.worst(SET + 30_000_000) == 100 + 1_200 + 150_000


# What is believed


def test_what_is_stored_is_read(pool: Pool) -> None:
    reckoning = reckoned(pool, head(2, 1, 90, SET, 123, -17, 4711))
    assert reckoning.pending is True
    assert (reckoning.limit, reckoning.synced, reckoning.error) == (90, SET, 123)
    assert (reckoning.trim, reckoning.rate) == (-17, 4711)


@pytest.mark.parametrize(
    ("figure", "most", "beyond"),
    [
        ("limit", limits.LIMIT_MOST, limits.LIMIT_MOST + 1),
        ("synced", limits.TIME_MOST, limits.TIME_MOST + 1),
        ("rate", 0x3FFFFFFF, 0x40000000),
        ("trim", 0x3FFFFFFF, 0x40000000),
        ("trim", -0x3FFFFFFF, -0x40000000),
    ],
)
def test_beyond_the_largest_figures_it_is_a_clock_that_nobody_has_set(
    pool: Pool, figure: str, most: int, beyond: int
) -> None:
    assert getattr(reckoned(pool, head(**{figure: most})), figure) == most
    stored = head(**{figure: beyond})
    assert (reckoned(pool, stored).synced, Reckoning(pool).limit) == (0, 0)
    assert known(pool, stored + rest()).reckoning.synced == 0


def test_a_page_of_another_version_or_too_short_says_nothing(pool: Pool) -> None:
    assert reckoned(pool, head(version=1)).synced == 0
    assert reckoned(pool, head()[:-1]).synced == 0
    assert reckoned(pool, head()).synced == SET
    assert known(pool, head(version=1) + rest()).chip == 0


FULL = {
    "intervals": tuple((3600 + number, number - 4, 60 * number) for number in range(8)),
    "changes": tuple((number % 3, SET + number, SET + 2 * number) for number in range(16)),
    "first": SET + 5,
}


def test_all_that_is_behind_the_head_is_read(pool: Pool) -> None:
    ledger = known(pool, head() + rest(**FULL))  # type: ignore[arg-type]
    assert (ledger.chip, ledger.approved, ledger.first) == (1, SET, SET + 5)
    assert tuple(ledger.intervals) == FULL["intervals"]
    assert tuple(ledger.changes) == FULL["changes"]


NOT_SOUND = {
    "a chip that there is not": rest(chip=5),
    "a time past 2099": rest(approved=limits.TIME_MOST + 1),
    "nine intervals": rest(intervals=((3600, 1, 60),) * 9),
    "an interval of no length": rest(intervals=((0, 0, 60),)),
    "seventeen changes": rest(changes=((0, SET, SET),) * 17),
    "a reason that there is not": rest(changes=((200, SET, SET),)),
    "a change from a time past 2099": rest(changes=((0, limits.TIME_MOST + 1, SET),)),
    "a change to a time past 2099": rest(changes=((0, SET, limits.TIME_MOST + 1),)),
    "fewer changes than it counts": rest(changes=((0, SET, SET),), counted=2),
    "half a rest": rest()[:-1],
}


@pytest.mark.parametrize("kind", NOT_SOUND)
def test_a_rest_that_no_firmware_has_written_takes_the_head_with_it(pool: Pool, kind: str) -> None:
    ledger = known(pool, head() + NOT_SOUND[kind])
    assert ledger.reckoning.synced == 0
    assert (ledger.chip, ledger.approved, ledger.intervals, ledger.changes) == (0, 0, [], [])


def test_the_largest_rest_is_sound(pool: Pool) -> None:
    at_most = limits.TIME_MOST
    stored = rest(chip=4, approved=at_most, changes=((0, at_most, at_most),), first=at_most)
    ledger = known(pool, head() + stored)
    assert (ledger.chip, ledger.approved, ledger.first) == (4, at_most, at_most)


def test_a_first_time_that_is_none_is_left_out(pool: Pool) -> None:
    ledger = known(pool, head() + rest(first=limits.TIME_MOST + 1))
    assert (ledger.chip, ledger.first) == (1, 0)
    assert known(pool, head() + rest(first=SET)[:-1]).first == 0


def test_what_is_saved_is_read_again(pool: Pool) -> None:
    ledger = known(pool, head(2, 1, 90, SET, 123, -17, 4711) + rest(**FULL))  # type: ignore[arg-type]
    ledger.exactness, ledger.moved = 7, -9
    before = bytes(pool.read(CLOCK) or b"")
    ledger.save()
    after = bytes(pool.read(CLOCK) or b"")
    # All but the two figures, which are behind chip and approval.
    assert after[:23] == before[:23]
    assert after[23:29] == struct.pack("<Hi", 7, -9)
    assert after[29:] == before[29:]


def test_a_blank_key_keeps_it_until_it_is_unplugged(pool: Pool) -> None:
    draft = bytearray()
    ledger = Ledger(pool, Reckoning(pool), draft)
    ledger.approved = SET
    ledger.save()
    assert pool.read(CLOCK) is None
    assert Ledger(pool, Reckoning(pool), draft).approved == SET


def test_until_when_it_will_do(pool: Pool) -> None:
    """15 s less 0.1 s, at 5 ppm, are 2.98 million seconds."""
    assert known(pool, head(error=100, rate=5000) + rest()).until(15) == SET + 2_980_000
    assert known(pool, head(error=20_000, rate=5000) + rest()).until(15) == SET
    assert known(pool, head(rate=0) + rest()).until(15) == 0
    assert known(pool, head(synced=0) + rest()).until(15) == 0


def test_the_log_keeps_sixteen(pool: Pool) -> None:
    ledger = known(pool, head() + rest(**FULL))  # type: ignore[arg-type]
    ledger.note(2, SET, SET + 1)
    assert ledger.changes == [*FULL["changes"][1:], (2, SET, SET + 1)]  # type: ignore[index]


# What is measured


#: A chip that stays within 0.4 ppm, and within 1.0 while it is young.
SOUND = cast(Any, SimpleNamespace(steady=400, young=600))
ENDS = 120 * 1_000_000


def of_days(*lengths: int, ppb: int = 0) -> list[tuple[int, int, int]]:
    return [(days * DAY, ppb * days * DAY // 1_000_000, 60) for days in lengths]


def test_eight_intervals_are_kept_and_of_nine_the_two_shortest_neighbours_joined() -> None:
    """The error at the start of both is that of the first."""
    intervals = [(days * DAY, days, 60 + days) for days in (40, 30, 3, 4, 50, 2, 60, 70)]
    assert drift.keep(intervals[:7], (70 * DAY, 70, 130)) == intervals
    assert drift.keep(intervals, (80 * DAY, 80, 60)) == [
        *intervals[:2],
        (7 * DAY, 7, 63),
        *intervals[4:],
        (80 * DAY, 80, 60),
    ]
    # The last two may be the shortest.
    assert drift.keep(of_days(40, 30, 30, 40, 50, 20, 60, 7), (8 * DAY, 8, 60))[-1] == (15 * DAY, 8, 60)


def test_an_interval_under_an_hour_measures_nothing() -> None:
    assert drift.keep([], (3599, 0, 60)) == []
    assert drift.keep([], (3600, 0, 60)) == [(3600, 0, 60)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_gain_beyond_what_is_known_is_no_drift_of_this_chip(sign: int) -> None:
    """5 ppm of 10 million seconds are 50 s, and the settings at the ends may be wrong by 0.06 and 2 s."""
    assert drift.explains((10_000_000, sign * 52_060, 60), 2000, 0, 5000)
    assert not drift.explains((10_000_000, sign * 52_061, 60), 2000, 0, 5000)
    assert drift.explains((10_000_000, 20_000 + sign * 1_120, 60), 60, 2000, 100)


def test_one_interval_of_a_year_gives_its_rate_but_not_how_much_it_ages() -> None:
    """1.5 ppm of a year. The errors at both ends are 0.12 s in a year, 3 ppb, beside the chip's own."""
    found = drift.fit(of_days(365, ppb=1500), 60, SOUND, 5000)
    assert found == (1500, 400 + 600 + ENDS // YEAR)
    # Set by two browsers, 4 s in all: 126 ppb.
    rough = drift.fit([(YEAR, 47_304, 2000)], 2000, SOUND, 5000)
    assert rough == (1500, 1000 + 4_000_000_000 // YEAR)


def test_a_clock_that_was_measured_for_less_than_a_year_may_age_as_the_sheet_says() -> None:
    assert drift.fit(of_days(30, 150), 60, SOUND, 5000) == (0, 1000 + ENDS // (180 * DAY))


def test_after_a_year_the_change_of_its_rate_says_how_much_it_ages() -> None:
    """At 1 ppm in the first month and 2 in the rest of the year, it was 1.92 ppm over the year."""
    found, bound = drift.fit([*of_days(30, ppb=1000), *of_days(335, ppb=2000)], 60, SOUND, 9000)
    assert found == pytest.approx(1918, abs=2)
    assert bound == pytest.approx(400 + 918, abs=6)
    # Settings a few days apart do not show that.
    again = drift.fit([*of_days(10, ppb=1000), *of_days(355, ppb=2000)], 60, SOUND, 9000)
    assert again[1] == pytest.approx(1000, abs=6)


def test_only_the_latest_year_gives_the_rate_and_the_one_before_the_ageing() -> None:
    found, bound = drift.fit([*of_days(365, ppb=4000), *of_days(365, ppb=1000)], 60, SOUND, 9000)
    assert (found, bound) == (1000, 400 + 3000 + ENDS // YEAR)
    older = [*of_days(365, ppb=4000), *of_days(365, 365, ppb=1000)]
    assert drift.fit(older, 60, SOUND, 9000) == (1000, 400 + ENDS // YEAR)


def test_nothing_measured_leaves_the_chip_s_worst() -> None:
    assert drift.fit([], 60, SOUND, 5000) == (0, 5000)
    # A day is too short for 4 s.
    assert drift.fit([(DAY, 0, 2000)], 2000, SOUND, 5000) == (0, 5000)


def test_a_clock_is_to_be_set_after_1_6_and_12_months_and_then_once_a_year() -> None:
    """The key asks for its gesture then, and not for much less."""
    ages = [0, 30, 182, 365, 730]
    for number, age in enumerate(ages[:-1]):
        intervals = of_days(*(after - before for before, after in pairwise(ages[: number + 1])))
        wait = drift.wait(intervals)
        assert wait == (ages[number + 1] - age) * DAY
        assert drift.teaches(intervals, wait)
        assert not drift.teaches(intervals, wait // 8)
    # A person who comes late goes on from there.
    assert drift.wait(of_days(90)) == 92 * DAY
    assert drift.wait(of_days(170)) == 195 * DAY


@given(st.lists(st.integers(1, 0xFFFFFFFF), min_size=1), st.integers(-(1 << 31), (1 << 31) - 1))
def test_the_estimate_never_promises_more_than_the_chip(lengths: list[int], gained: int) -> None:
    intervals: list[tuple[int, int, int]] = []
    for length in lengths:
        intervals = drift.keep(intervals, (length, gained, 60))
    rate, bound = drift.fit(intervals, 60, SOUND, 5000)
    assert 400 <= bound <= 5000
    assert rate == 0 or bound < 5000


@given(st.integers(0, limits.TIME_MOST))
def test_dates_agree_with_datetime(time: int) -> None:
    moment = datetime.fromtimestamp(time, UTC)
    assert utc(time) == (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    assert unix_time(*utc(time)) == time


@given(st.integers(0, (1 << 29) - 1), st.integers(0, (1 << 29) - 1))
def test_ticks_wrap(ticks: int, milliseconds: int) -> None:
    assert since(ticks, add(ticks, milliseconds)) == milliseconds


_WRAP = 1 << 29


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

    def start(self, time: float | None = None) -> Timekeeper:
        """Plug it in; the chip shows that time first, if one is given."""
        if time is not None:
            self.model.set_unix(time)
        bus = cast(Any, Bus(self.world, self.model))
        self.timekeeper = Timekeeper(chips.find(bus), self.now, self.floor, self.reckoning)
        return self.timekeeper

    @property
    def now(self) -> int:
        return self._milliseconds % _WRAP

    @property
    def ahead(self) -> float:
        """How far the chip is ahead of what is told, in s."""
        told = self.timekeeper.time(self.now) + self.timekeeper.milliseconds(self.now) / 1000
        return self.model.unix_time - told

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
    changes = timekeeper.changes
    passed = key.run_until(lambda: timekeeper.exact)
    assert timekeeper.changes == changes + 1, "each time that begins is a change"
    assert -0.0001 <= key.ahead < 0.0101
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
    key.run_until(lambda: timekeeper.exact, 1000)
    assert -0.0001 <= key.ahead < 0.0301


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


def test_a_clock_that_is_lost_is_not_judged_nor_exact_and_is_once_it_runs_again(key: Key) -> None:
    assert key.start().state == words.LOST
    key.timekeeper.judge(key.now)
    assert key.timekeeper.state == words.LOST
    timekeeper = key.start(SET + DAY)
    key.run_until(lambda: timekeeper.exact)
    key.model.lose_battery()
    key.run(61_000)
    assert (timekeeper.state, timekeeper.exact) == (words.LOST, False)
    changes = timekeeper.changes
    key.model.set_unix(SET + DAY + 100.5)
    key.run(10)
    assert (timekeeper.state, timekeeper.exact) == (words.TRUSTED, False)
    assert timekeeper.time(key.now) == SET + DAY + 100
    assert timekeeper.changes > changes
    assert key.run_until(lambda: timekeeper.exact) <= 510


@pytest.mark.parametrize("added", [0, 10])
def test_below_the_floor_it_is_doubtful_and_by_more_than_300_s_lost(key: Key, added: int) -> None:
    """Of the time with what the key adds itself: 10 s after a million seconds are 10 ppm."""
    key.reckoning.synced, key.reckoning.trim = SET, added * 1000
    time = SET + 1_000_000
    key.floor = time + added
    assert key.start(time).state == words.TRUSTED
    for below in (1, limits.DRIFT_MOST):
        key.floor = time + added + below
        assert key.start().state == words.DOUBTFUL
        assert key.timekeeper.time(key.now) == time + added
    key.floor += 1
    assert key.start().state == words.LOST


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
