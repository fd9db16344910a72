"""When an account with an end gives codes: compared with Python's own calendar.

For a decade everybody attacks the clock of a key with an account that has ended: it gives no code.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.clock.bench import DAY, START, Attacked, Key, World, in_use
from tests.vault.bench import CutPlaces, packed
from totpkey_firmware.accounts import Account, unpack
from totpkey_firmware.ends import Ends
from totpkey_protocol import record
from totpkey_protocol.words import CLOCK, DATE, HOTP, HOURS, LOST, OPEN
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523

YEARS = 10
#: The greatest drift of each chip by its data sheet, ageing and temperatures included, in ppm.
DRIFTS = {DS3231: 7, PCF8523: 40}
#: Decades on keys of their own.
DECADES = 6


class Borrowed(Attacked):
    """A key whose account has an end, its dishonest holder, and a program on the holder's computer.

    The account's codes are by counter: others would be of the past, and worth nothing, on a clock that was
    set back.
    """

    def __init__(self, flash: CutPlaces, chip: type[ClockChip], seed: int) -> None:
        super().__init__(flash, chip, seed)
        self.drift = DRIFTS[chip]
        self.granted = self.world.time
        self.until = int(self.granted) + self.random.randrange(1, 3 * 365 * DAY)
        self.key.vault.changes.add(account(self.until))
        self.before = self.after = self.sets = 0
        #: By how many s the holder has set the clock back in steps that its drift explains.
        self.gained = 0.0

    def why(self) -> str:
        """Why there is no code now, "" if there is one."""
        return over(self.key, self.key.vault.account(0))

    def press(self) -> None:
        """A press of the button: is there a code, and how long would it last?"""
        assert self.key.state == OPEN
        if self.world.time >= self.until:
            self.after += 1
        if not self.why():
            self.before += 1
            latest = self.world.time + left(self.key, self.key.vault.account(0))
            # What the holder gains in steps is not more than the drift explains, whatever is tried.
            explained = (self.world.time - self.granted) * self.drift * 1e-6 + 2 * self.sets
            assert self.gained <= explained
            assert min(latest, self.world.time + 1) <= self.until + self.gained + 1
            self.note_floor()

    def program(self) -> None:
        """A program sets any time it likes, and nobody touches the button."""
        self.set(self.anything(), consent=False)

    def holder(self) -> None:
        """The holder sets any time they like, with the gesture; best of all one before the end."""
        near_end = self.until - self.random.randrange(1, 30 * DAY)
        self.set(self.random.choice((self.anything(), near_end, self.key.time() - 2)), consent=True)

    def set(self, time: int, consent: bool) -> None:
        running, shown = self.key.timekeeper.running, self.key.time()
        setbacks = self.key.vault.settings.setbacks
        if self.key.set(self.within(time), self.random.choice((60, 1000)), consent):
            self.sets += 1
            if running and self.key.vault.settings.setbacks == setbacks:
                self.gained += max(shown - self.key.time(), 0)

    def set_and_cut(self) -> None:
        """The same, and the power is cut somewhere on the way."""
        shown, running = self.key.time(), self.key.timekeeper.running
        if self.is_cut(self.holder, 5):
            self.sets += 1
            if running and not self.key.vault.settings.setbacks:
                self.gained += max(shown - self.key.time(), 0)

    def lose_battery(self) -> None:
        """The cell dies, or is taken out. Perhaps the holder sets the clock afterwards."""
        self.chip.lose_supply()
        self.chip.lose_battery()
        self.plug_in()

    def unplug(self) -> None:
        self.chip.drift_ppm = self.random.uniform(-self.drift, self.drift)
        self.world.time += self.random.choice((50, DAY, 40 * DAY, 200 * DAY)) * self.random.random()
        self.plug_in()

    def live(self, honest: bool) -> None:
        """Ten years, in which the owner never renews the end. An honest holder only synchronises."""
        steps: list[Callable[[], None]] = [self.unplug]
        steps += [self.key_synchronises] if honest else [self.program, self.holder, self.set_and_cut]
        steps += [] if honest else [self.lose_battery] * (self.random.random() < 0.3)
        while self.world.time < self.granted + YEARS * 365 * DAY:
            self.random.choice(steps)()
            self.press()
            if self.random.random() < 0.1:
                self.unplug()

    def key_synchronises(self) -> None:
        shown = self.key.time()
        self.key.set(int(self.world.time), 60)
        self.gained += max(shown - self.key.time(), 0)
        self.sets += 1


@pytest.mark.slow
@pytest.mark.parametrize("chip", [DS3231, PCF8523])
def test_no_attack_on_the_clock_gives_a_code_after_the_end(flash: CutPlaces, chip: type[ClockChip]) -> None:
    before = after = setbacks = 0
    for seed in range(DECADES):
        flash.wipe()
        life = Borrowed(flash, chip, seed)
        life.live(honest=False)
        before, after = before + life.before, after + life.after
        setbacks += life.key.vault.settings.setbacks
    # There were codes before it, presses after it, and clocks that went back.
    assert before > DECADES
    assert after > 20 * DECADES
    assert setbacks > 10 * DECADES


def test_an_honest_holder_has_codes_until_the_end_and_none_after(flash: CutPlaces) -> None:
    for seed in range(3):
        flash.wipe()
        life = Borrowed(flash, DS3231, seed)
        life.live(honest=True)
        assert life.before > 0
        assert life.after > 20
        assert life.key.vault.settings.setbacks == 0
        assert life.why()


def test_a_clock_that_went_back_gives_nothing_until_the_owner_renews_the_end(
    world: World, flash: CutPlaces
) -> None:
    life = Borrowed(flash, DS3231, 1)
    assert life.key.set(life.key.time() + 30 * DAY, consent=True)
    assert life.why() == ""
    assert life.key.set(life.key.time() - 30 * DAY, consent=True)
    assert life.why() == "clock"
    account = life.key.vault.account(0)
    account.end = account.end[: record.END_SIZE] + (1).to_bytes(4, "little") + bytes(24)
    life.key.vault.replace(0, account)
    assert life.why() == ""


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
    return in_use(world, DS3231(world.now), flash)


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
    world: World, flash: CutPlaces, moment: int, ahead: int | None, hours: tuple[int, int], zone: int
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
