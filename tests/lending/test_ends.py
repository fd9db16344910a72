"""When an account with an end gives codes: compared with Python's own calendar."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.clock.bench import START, Key, World
from tests.vault.bench import CutPlaces, packed
from totpkey_firmware.accounts import Account, unpack
from totpkey_firmware.ends import Ends
from totpkey_protocol import record
from totpkey_protocol.words import CLOCK, CODES, DATE, HOTP, HOURS, LOST
from totpkey_virtual.ds3231 import DS3231

DAY = 86400
ANY = record.UNCOUNTED
MOMENT = int(START)
#: A key that has just been set may be off by 0.06 s, which the judgement rounds up.
MARGIN = 1


def account(until: int = 0, codes: int = ANY, hours: tuple[int, int] = (0, 0), zone: int = 0) -> Account:
    """An account by counter with an end, given while the clock had not been set back yet."""
    end = struct.pack(record.END, until, codes, *hours, zone) + bytes(28)
    return Account(1, "Shop", "staff", b"12345678901234567890", kind=HOTP, end=end)


def a_key(world: World, flash: CutPlaces, moment: float) -> Key:
    flash.wipe()
    world.time = moment
    key = Key(world, DS3231(world.now), flash)
    key.synchronise()
    key.vault.create(True)
    return key


def over(key: Key, lent: Account) -> str:
    return Ends(lent, key.vault).over(key.timekeeper, key.platform.ticks())


def left(key: Key, lent: Account) -> int:
    return Ends(lent, key.vault).left(key.timekeeper, key.platform.ticks())


def within(moment: int, until: int, hours: tuple[int, int], zone: int) -> bool:
    """Whether codes are given then: by the calendar of that zone."""
    there = datetime.fromtimestamp(moment, UTC).astimezone(timezone(timedelta(minutes=zone)))
    minute = there.hour * 60 + there.minute
    begins, ends = hours
    if begins < ends:
        open_now = begins <= minute < ends
    else:
        open_now = begins == ends or minute >= begins or minute < ends
    return open_now and (not until or moment < until)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moment=st.integers(MOMENT, MOMENT + 60 * 365 * DAY),
    ahead=st.one_of(st.none(), st.integers(-5, 5), st.integers(-400 * DAY, 400 * DAY)),
    hours=st.tuples(st.integers(0, 1439), st.integers(0, 1439)),
    zone=st.integers(-14 * 60, 14 * 60),
)
@example(moment=MOMENT, ahead=None, hours=(0, 0), zone=0)
@example(moment=MOMENT, ahead=1, hours=(1380, 60), zone=480)
def test_it_gives_codes_when_the_calendar_says_so(
    world: World,
    flash: CutPlaces,
    moment: int,
    ahead: int | None,
    hours: tuple[int, int],
    zone: int,
) -> None:
    until = 0 if ahead is None else moment + ahead
    key, lent = a_key(world, flash, float(moment)), account(until, hours=hours, zone=zone)
    now = key.time()
    given = over(key, lent) == ""
    if given:
        # Never outside of the end, for as long as the code may last.
        assert all(within(now + second, until, hours, zone) for second in (0, MARGIN))
        lasts = left(key, lent)
        assert lasts > 0
        assert within(now + lasts - 1 + MARGIN, until, hours, zone)
    elif until or hours[0] != hours[1]:
        # And refused no more than the clock's possible error before it.
        assert not all(within(now + second, until, hours, zone) for second in (0, MARGIN))


def test_a_code_lasts_no_longer_than_the_date_or_the_hours(world: World, flash: CutPlaces) -> None:
    noon = MOMENT - MOMENT % DAY + DAY + 12 * 3600
    key = a_key(world, flash, noon - 10.5)
    assert left(key, account(until=noon)) == noon - key.time() - MARGIN
    assert left(key, account(hours=(0, 720))) == noon - key.time() - MARGIN
    assert left(key, account(codes=3)) > 30
    assert over(key, account(hours=(720, 0))) == HOURS
    assert over(key, account(until=key.time() + MARGIN)) == DATE
    assert over(key, account(until=key.time() + MARGIN + 1)) == ""
    # In the last second before noon it may be noon already.
    key = a_key(world, flash, noon - 1.5)
    assert [over(key, account(hours=hours)) for hours in ((0, 720), (720, 0))] == [HOURS, HOURS]


def test_codes_are_counted_to_the_last_and_need_no_clock(world: World, flash: CutPlaces) -> None:
    key, lent = a_key(world, flash, START), account(codes=2)
    key.vault.changes.add(lent)
    key.timekeeper.state = LOST
    for counter in (0, 1):
        assert over(key, lent) == ""
        assert lent.counter == counter
        key.vault.count(lent)
    assert over(key, lent) == CODES
    assert over(key, key.vault.account(0)) == CODES, "as it stands in flash"


@pytest.mark.parametrize(
    "lent", [account(until=MOMENT + DAY), account(hours=(0, 1439))], ids=["date", "hours"]
)
def test_without_a_clock_that_is_trusted_there_is_no_date_and_no_hour(
    world: World, flash: CutPlaces, lent: Account
) -> None:
    key = a_key(world, flash, MOMENT - MOMENT % DAY + 3600.0)
    assert over(key, lent) == ""
    key.timekeeper.state = LOST
    assert over(key, lent) == CLOCK


def test_a_record_keeps_its_end_and_an_older_one_reads_as_before() -> None:
    lent = account(until=MOMENT, codes=7, hours=(540, 1080), zone=-210)
    lent.recipe = "{code}{ENTER}"
    stored = packed(lent)
    assert unpack(stored).__dict__ == lent.__dict__
    lent.end = b""
    older = packed(lent)
    assert len(stored) - len(older) == record.STORED_END_SIZE
    assert unpack(older).__dict__ == lent.__dict__
    assert older[record.HEAD_SIZE + 9 + 20] == 1, "the type of an account by counter, as ever"
    for size in range(len(stored) - len(lent.recipe)):
        with pytest.raises((ValueError, IndexError)):
            unpack(stored[:size])
