"""The clock's figures: what they come to, and what of a stored page is believed (docs/concepts/clock.md)."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.bench import CutPlaces
from totpkey_firmware.clock import drift
from totpkey_firmware.clock.ledger import Ledger
from totpkey_firmware.clock.reckoning import Reckoning
from totpkey_firmware.store.format import CLOCK
from totpkey_firmware.store.pool import Pool
from totpkey_protocol import limits

#: When the tests' clocks were set.
SET = 1_800_000_000
DAY, YEAR = 86_400, 365 * 86_400


@pytest.fixture
def pool(flash: CutPlaces) -> Pool:
    return Pool(flash)


def head(
    version: int = 1,
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
    intervals: tuple[tuple[int, int], ...] = (),
    changes: tuple[tuple[int, int, int], ...] = (),
    chip: int = 1,
    approved: int = SET,
    first: int | None = None,
    counted: int | None = None,
) -> bytes:
    """What comes behind it. `counted` is a wrong number of changes."""
    packed = struct.pack(
        "<BIiiBB", chip, approved, 0, 0, len(intervals), len(changes) if counted is None else counted
    )
    packed += b"".join(struct.pack("<Ii", *interval) for interval in intervals)
    packed += b"".join(struct.pack("<BII", *change) for change in changes)
    return packed + (struct.pack("<I", first) if first is not None else b"")


def reckoned(pool: Pool, stored: bytes) -> Reckoning:
    pool.write(CLOCK, bytearray(stored))
    return Reckoning(pool)


def known(pool: Pool, stored: bytes) -> Ledger:
    pool.write(CLOCK, bytearray(stored))
    return Ledger(pool, Reckoning(pool))


# What they come to


def test_a_new_key_knows_nothing_and_gives_its_clock_60_s(pool: Pool) -> None:
    new = Reckoning(pool)
    assert (new.synced, new.error, new.rate, new.trim, new.limit, new.pending) == (0, 0, 0, 0, 60, False)
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
    reckoning = reckoned(pool, head(1, 1, 90, SET, 123, -17, 4711))
    assert reckoning.pending is True
    assert (reckoning.limit, reckoning.synced, reckoning.error) == (90, SET, 123)
    assert (reckoning.trim, reckoning.rate) == (-17, 4711)


BELIEVED = [
    {"limit": limits.LIMIT_MOST},
    {"synced": limits.TIME_MOST},
    {"rate": 0x3FFFFFFF},
    {"trim": 0x3FFFFFFF},
    {"trim": -0x3FFFFFFF},
]
NOT_BELIEVED = [
    {"limit": limits.LIMIT_MOST + 1},
    {"synced": limits.TIME_MOST + 1},
    {"rate": 0x40000000},
    {"trim": 0x40000000},
    {"trim": -0x40000000},
]


@pytest.mark.parametrize("figures", BELIEVED, ids=str)
def test_the_largest_figures_are_believed(pool: Pool, figures: dict[str, int]) -> None:
    reckoning = reckoned(pool, head(**figures))
    assert {name: getattr(reckoning, name) for name in figures} == figures


@pytest.mark.parametrize("figures", NOT_BELIEVED, ids=str)
def test_what_no_firmware_has_written_is_a_clock_that_nobody_has_set(
    pool: Pool, figures: dict[str, int]
) -> None:
    stored = head(**figures)
    assert (reckoned(pool, stored).synced, Reckoning(pool).limit) == (0, 60)
    assert known(pool, stored + rest()).reckoning.synced == 0


def test_a_page_of_another_version_or_too_short_says_nothing(pool: Pool) -> None:
    assert reckoned(pool, head(version=2)).synced == 0
    assert reckoned(pool, head()[:-1]).synced == 0
    assert reckoned(pool, head()).synced == SET
    assert known(pool, head(version=2) + rest()).chip == 0


FULL = {
    "intervals": tuple((3600 + number, number - 4) for number in range(8)),
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
    "nine intervals": rest(intervals=((3600, 1),) * 9),
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
    ledger = known(pool, head(1, 1, 90, SET, 123, -17, 4711) + rest(**FULL))  # type: ignore[arg-type]
    ledger.moved, ledger.register = -5, -9
    before = bytes(pool.read(CLOCK) or b"")
    ledger.save()
    after = bytes(pool.read(CLOCK) or b"")
    # All but the two figures, which are 4 bytes each behind chip and approval.
    assert after[:23] == before[:23]
    assert after[23:31] == struct.pack("<ii", -5, -9)
    assert after[31:] == before[31:]


def test_a_blank_key_keeps_it_until_it_is_unplugged(pool: Pool) -> None:
    ledger = Ledger(pool, Reckoning(pool))
    ledger.approved = SET
    ledger.save()
    assert pool.read(CLOCK) is None


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


def test_eight_intervals_are_kept_and_of_nine_the_two_shortest_neighbours_joined() -> None:
    intervals = [(days * DAY, days) for days in (40, 30, 3, 4, 50, 2, 60, 70)]
    assert drift.keep(intervals[:7], 70 * DAY, 70, 5000) == intervals
    assert drift.keep(intervals, 80 * DAY, 80, 5000) == [
        *intervals[:2],
        (7 * DAY, 7),
        *intervals[4:],
        (80 * DAY, 80),
    ]


def test_the_last_two_may_be_the_shortest() -> None:
    intervals = [(days * DAY, days) for days in (40, 30, 30, 40, 50, 20, 60, 7)]
    assert drift.keep(intervals, 8 * DAY, 8, 5000)[-1] == (15 * DAY, 15)


def test_an_interval_under_an_hour_measures_nothing() -> None:
    assert drift.keep([], 3599, 0, 5000) == []
    assert drift.keep([], 3600, 0, 5000) == [(3600, 0)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_gain_beyond_the_data_sheet_s_is_no_drift(sign: int) -> None:
    """5 ppm of 10 million seconds are 50 s, and the errors of the settings may add 0.1 s each."""
    assert drift.keep([], 10_000_000, sign * 50_200, 5000) == [(10_000_000, sign * 50_200)]
    assert drift.keep([], 10_000_000, sign * 50_201, 5000) == []


def test_one_interval_of_a_year_gives_its_rate() -> None:
    """1.5 ppm of a year. The doubt is 0.2 s in a year, 6 ppb, beside the chip's own 400."""
    assert drift.fit([(YEAR, 47_304)], 5000, 400) == (1500, 400 + 200 * 1_000_000 // YEAR)


def test_a_clock_that_was_measured_for_half_a_year_is_doubted_for_the_rest() -> None:
    """Half of 400 ppb more, as long as half a year is missing."""
    half = YEAR // 2
    assert drift.fit([(half, 0)], 5000, 400) == (0, 400 + 200 + 200 * 1_000_000 // half)


def test_the_disagreement_of_intervals_is_doubted() -> None:
    """Two half years at 1 and 3 ppm are 2 ppm on average, and each disagrees by 1 ppm of half a year."""
    half = YEAR // 2
    one, three = half // 1_000_000, 3 * half // 1_000_000
    found, bound = drift.fit([(half, one), (half, three)], 5000, 400)
    assert (one, three, found) == (15, 47, 62 * 1_000_000 // YEAR * 1)
    assert bound == 400 + 200 * 1_000_000 // YEAR
    slow, fast = 1000 * half // 1_000_000, 3000 * half // 1_000_000
    found, bound = drift.fit([(half, slow), (half, fast)], 5000, 400)
    assert found == pytest.approx(2000, abs=1)
    assert bound == pytest.approx(400 + 500, abs=2)


def test_only_the_latest_year_counts() -> None:
    """An old interval at 4 ppm lies before a year at 1 ppm."""
    assert drift.fit([(YEAR, 126_144), (YEAR, 31_536)], 5000, 400)[0] == 1000
    # Where the year is not full, it counts.
    assert drift.fit([(YEAR, 126_144), (YEAR - 1, 31_536)], 5000, 400)[0] == pytest.approx(2500, abs=1)


def test_nothing_measured_leaves_the_chip_s_worst() -> None:
    assert drift.fit([], 5000, 400) == (0, 5000)
    # A day is too short for a tenth of a second: 2.3 ppm of doubt, and 0.4 twice.
    assert drift.fit([(DAY, 0)], 3000, 400) == (0, 3000)
    assert drift.fit([(DAY, 0)], 5000, 400) == (0, 400 + 400 * (YEAR - DAY) // YEAR + 200_000_000 // DAY)


def test_a_rate_beyond_the_worst_is_none() -> None:
    assert drift.fit([(YEAR, 5 * 31_536)], 5000, 400)[0] == 5000
    assert drift.fit([(YEAR, 5 * 31_536 + 40)], 5000, 400) == (0, 5000)


@given(st.integers(0, 0xFFFFFFFF), st.integers(-(1 << 31), (1 << 31) - 1))
def test_the_estimate_never_promises_more_than_the_chip(length: int, gained: int) -> None:
    intervals = drift.keep([], length, gained, 5000)
    rate, bound = drift.fit(intervals, 5000, 400)
    assert 400 <= bound <= 5000
    assert abs(rate) <= 5000
