"""A decade in which everybody attacks the clock of a key with an account that has ended: it gives no code."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from tests.clock.bench import DAY, Attacked, World
from tests.vault.bench import CutPlaces
from totpkey_firmware.accounts import Account
from totpkey_firmware.ends import Ends
from totpkey_protocol import record
from totpkey_protocol.words import HOTP, OPEN
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
        self.add()
        self.before = self.after = self.sets = 0
        #: By how many s the holder has set the clock back in steps that its drift explains.
        self.gained = 0.0

    def add(self) -> None:
        end = struct.pack(record.END, self.until, record.UNCOUNTED, 0, 0, 0) + bytes(28)
        self.key.vault.changes.add(Account(1, "", "staff", b"1234567890", kind=HOTP, end=end))

    def ends(self) -> Ends:
        return Ends(self.key.vault.account(0), self.key.vault)

    def why(self) -> str:
        """Why there is no code now, "" if there is one."""
        return self.ends().over(self.key.timekeeper, self.key.platform.ticks())

    def press(self) -> None:
        """A press of the button: is there a code, and how long would it last?"""
        assert self.key.state == OPEN
        ends, now = self.ends(), self.key.platform.ticks()
        given = not ends.over(self.key.timekeeper, now)
        if self.world.time >= self.until:
            self.after += 1
        if given:
            self.before += 1
            latest = self.world.time + ends.left(self.key.timekeeper, now)
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
        running, shown, setbacks = (
            self.key.timekeeper.running,
            self.key.time(),
            self.key.vault.settings.setbacks,
        )
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
