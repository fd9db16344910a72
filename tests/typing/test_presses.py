"""When a press types, waits or is refused: to the millisecond, by the real parts of a key without its loop.

The figures are those of docs/concepts/typing.md, and the codes are pyotp's.
"""

from __future__ import annotations

import struct
from base64 import b32encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pyotp
import pytest
from adafruit_hid.keycode import Keycode

from tests.boards.lamps import Lamp
from tests.clock.bench import START, Bus, World
from tests.typing.bench import Bench
from tests.vault.bench import FullOfFaults, exhaust, fresh, start
from tests.vault.conftest import no_sync as no_sync
from tests.vault.conftest import path as path
from totpkey_firmware.accounts import Account
from totpkey_firmware.clock import chips
from totpkey_firmware.clock.timekeeper import Timekeeper
from totpkey_firmware.keyboard.presses import Presses
from totpkey_firmware.panel import light
from totpkey_firmware.store.format import RECORDS
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import limits, record
from totpkey_protocol.words import BLANK, HOTP
from totpkey_virtual.computer import LINUX
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.hosts import XkbKeyboard

pytestmark = pytest.mark.usefixtures("keymaps")

SHOP = Account(1, "Shop", "me", b"12345678901234567890")
OTHER = Account(2, "Other", "me", b"another secret, longer")


#: The first codes by counter of RFC 4226, appendix D.
COUNTED = ("755224", "287082", "359152")


def counted(counter: int = 0) -> Account:
    """The account of that appendix."""
    return Account(3, "Counted", "me", b"12345678901234567890", kind=HOTP, counter=counter)


def lent(codes: int, until: int = 0) -> Account:
    """An account with so many codes, by time, until that moment."""
    end = struct.pack(record.END, until, codes, 0, 0, 0) + bytes(28)
    return Account(4, "Lent", "me", SHOP.secret, end=end)


#: 5 s into a period of 30 s, in Unix time.
BEGIN = int(START) // 30 * 30 + 5
#: Longer than a code takes at the usual pace. In ms.
TYPING = 200


class Time(World):
    """The true time, which passes with the computer's polls."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def now(self) -> float:
        return BEGIN + self._bench.now / 1000


class Hand:
    """A hand at an open key and its computer. Each millisecond is a turn of the key's loop."""

    def __init__(
        self, path: str, *accounts: Account, how: TypingSettings | None = None, clock: bool = True
    ) -> None:
        """`how` it types, if not as it comes, and whether it has a clock."""
        self.flash = FullOfFaults(path)
        self.vault = self._stored(accounts, how)
        self.bench = Bench(LINUX, XkbKeyboard("us", num_lock=True))
        self.bench.turns = 0
        self.timekeeper = self._timekeeper(clock)
        self.lamp = Lamp()
        #: The accounts whose codes were typed, as the key's loop is told.
        self.told: list[int] = []
        ticks = self.bench.ticks
        self.light = light.Light(cast(Any, self.lamp), ticks)
        self.presses = Presses(self.bench.typist, self.vault, self.timekeeper, self.light, ticks)
        self.run(1200)

    def _stored(self, accounts: tuple[Account, ...], how: TypingSettings | None) -> Vault:
        vault = start(self.flash)
        if vault.state == BLANK:
            vault.create()
        for account in accounts:
            vault.changes.add(account)
        if how:
            vault.set_typing_settings(how)
        return vault

    def _timekeeper(self, clock: bool) -> Timekeeper:
        world, reckoning = Time(self.bench), self.vault.reckoning
        chip = DS3231(world.now)
        chip.set_unix(world.now())
        reckoning.synced = BEGIN
        found = chips.find(cast(Any, Bus(world, chip))) if clock else None
        return Timekeeper(found, self.bench.now, BEGIN, reckoning)

    def run(self, milliseconds: int) -> None:
        for _ in range(milliseconds):
            self.bench.run(1)
            now = self.bench.now
            typed = self.presses.turn_typing(now)
            if typed is not None:
                self.told.append(typed)
            if not self.bench.typist.busy:
                self.timekeeper.turn(now)
                self.presses.turn(now)
                self.light.state(self.presses.pattern())
                self.light.turn()

    def press(self, after: int = 0) -> None:
        """Press the button, `after` ms from now."""
        self.run(after)
        self.presses.press(self.bench.now)

    def press_key(self, index: int) -> None:
        """Press that account's own key."""
        self.presses.press_for(index, self.bench.now)

    def typed(self, within: int = TYPING) -> str:
        """What has arrived since the last look, and arrives in the next time."""
        self.run(within)
        text, self.bench.keys.text = self.bench.keys.text, ""
        return text

    def code(self, account: Account = SHOP) -> str:
        """What the account gives now."""
        secret = b32encode(account.secret).decode()
        return pyotp.TOTP(secret).at(int(BEGIN + self.bench.now / 1000))

    def wait(self) -> None:
        """Press once more after a code was typed, so that the next one is waited for."""
        self.press()
        self.typed(2000)
        self.press()
        assert self.presses.waiting

    def until(self, left: int) -> None:
        """Let time pass until the present code has so many ms left."""
        period = 30_000 - BEGIN % 30 * 1000
        self.run((period - left - self.bench.now) % 30_000)

    def showed(self, pattern: light.Pattern) -> bool:
        """Whether the light has shown that since the last look."""
        shown, self.lamp.shown = self.lamp.shown, []
        return pattern.colour in shown

    def was_refused(self) -> bool:
        return self.showed(light.REFUSED)


@pytest.fixture
def hand(path: str) -> Hand:
    return Hand(path, SHOP)


@pytest.fixture
def chooser(path: str) -> Hand:
    """A hand at a key with two accounts."""
    return Hand(path, SHOP, OTHER)


def test_a_press_types_the_code_and_shows_that_it_did(hand: Hand) -> None:
    hand.press()
    assert hand.typed() == hand.code()
    assert hand.showed(light.TYPED)
    assert hand.told == [SHOP.identifier]


@pytest.mark.parametrize(("apart", "again"), [(100, True), (499, True), (500, False), (501, False)])
def test_two_presses_within_half_a_second_type_the_same_code_again(
    hand: Hand, apart: int, again: bool
) -> None:
    hand.press()
    code = hand.typed(2000)
    hand.press()
    assert hand.presses.waiting
    hand.press(apart)
    assert hand.typed() == (code if again else "")
    assert not hand.presses.waiting
    # Nothing is left to wait for.
    assert hand.typed(30_000) == ""


@pytest.mark.parametrize(
    ("early", "apart", "waits"),
    [(0, 300, False), (0, 499, False), (0, 500, True), (50, 499, False), (50, 500, True)],
)
def test_an_eager_second_press_does_nothing(hand: Hand, early: int, apart: int, waits: bool) -> None:
    """Nor one that follows a press that came too `early`, while the code was being typed."""
    hand.press()
    if early:
        hand.press(early)
        assert hand.bench.typist.busy
    hand.press(apart)
    assert hand.typed() == hand.code()
    assert hand.presses.waiting == waits


def test_a_wait_that_was_ended_begins_anew_with_the_next_press(hand: Hand) -> None:
    hand.press()
    hand.typed(2000)
    hand.press()
    hand.press(700)
    assert not hand.presses.waiting
    hand.press(700)
    assert hand.presses.waiting
    assert hand.typed(30_000) == hand.code()


def test_the_same_key_of_several_ends_a_wait_and_another_types(chooser: Hand) -> None:
    for ends in (True, False):
        chooser.press_key(0)
        chooser.typed(30_000)
        chooser.press_key(0)
        chooser.typed(1000)
        chooser.press_key(0)
        chooser.typed(1000)
        assert chooser.presses.waiting
        chooser.press_key(0 if ends else 1)
        assert chooser.typed() == ("" if ends else chooser.code(OTHER))
        assert not chooser.presses.waiting


def without_accounts(path: str) -> Hand:
    return Hand(path)


def without_a_clock(path: str) -> Hand:
    return Hand(path, SHOP, clock=False)


def after_its_end(path: str) -> Hand:
    return Hand(path, lent(5, until=1))


def slower_than_a_code(path: str) -> Hand:
    return Hand(path, SHOP, how=TypingSettings(delay=30_000))


@pytest.mark.parametrize(
    "made",
    [without_accounts, without_a_clock, after_its_end, slower_than_a_code],
    ids=lambda made: made.__name__,
)
def test_a_press_that_cannot_type_is_refused_at_once(path: str, made: Callable[[str], Hand]) -> None:
    hand = made(path)
    assert not hand.was_refused()
    hand.press()
    assert hand.was_refused()
    assert hand.typed(1000) == ""
    hand.lamp.shown = []
    assert hand.typed(40_000) == ""
    assert not hand.was_refused()


def test_a_counter_needs_no_clock(path: str) -> None:
    hand = Hand(path, counted(), clock=False)
    for code in COUNTED:
        hand.press(1000)
        assert hand.typed() == code


def test_a_press_that_was_made_before_the_last_code_had_been_typed_types_nothing(chooser: Hand) -> None:
    """The button is scanned by an interrupt, and asked for what it saw between other things."""
    chooser.press()
    begun = chooser.bench.now
    while chooser.bench.typist.busy:
        chooser.run(1)
    ended = chooser.bench.now
    chooser.run(1000)
    for made, counts in ((begun + 1, False), (ended - 1, False), (ended, False), (ended + 600, True)):
        chooser.presses.press(made)
        assert chooser.presses.waiting == counts
        chooser.presses.press_for(1, made)
        assert chooser.vault.chosen == counts
    assert chooser.code() + chooser.code(OTHER) == chooser.typed()


@pytest.mark.parametrize("over", [-1, 0])
@pytest.mark.parametrize("accounts", [(SHOP,), (SHOP, OTHER)], ids=["at its edge", "at its release"])
def test_a_press_that_the_key_was_too_busy_for_types_nothing(
    path: str, accounts: tuple[Account, ...], over: int
) -> None:
    """It waits for half a second; where its release is the order, for as long as that may take besides."""
    hand = Hand(path, *accounts)
    pressed = hand.bench.now
    hand.run((500 if len(accounts) == 1 else 1100) + over)
    hand.presses.press(pressed)
    assert bool(hand.typed()) == (over < 0)


@pytest.mark.parametrize("late", [32_767, 32_768])
def test_no_press_waits_for_half_a_minute(hand: Hand, late: int) -> None:
    hand.press()
    while hand.bench.typist.busy:
        hand.run(1)
    ended = hand.bench.now
    hand.typed()
    hand.presses.press(ended - late)
    hand.run(30_000)
    assert (hand.presses.waiting, hand.typed()) == (False, "")


def test_touches_while_it_types_slowly_neither_type_nor_complain(path: str) -> None:
    hand = Hand(path, SHOP, OTHER, how=TypingSettings(pace=100))
    hand.press()
    hand.press(600)
    hand.presses.choose_next()
    hand.press_key(1)
    assert hand.bench.typist.busy
    assert hand.vault.chosen == 0
    assert not hand.was_refused()
    assert hand.typed(3000) == hand.code()
    assert not hand.presses.waiting


def test_a_wait_that_has_typed_leaves_an_eager_touch_eager(hand: Hand) -> None:
    hand.press()
    hand.until(100)
    hand.typed(0)
    hand.press()
    hand.press(450)
    assert hand.typed(2000) == hand.code()
    assert not hand.presses.waiting


def again(hand: Hand) -> None:
    """Type the same code again."""
    hand.wait()
    hand.press(200)


def after_a_wait(hand: Hand) -> None:
    hand.wait()
    hand.until(29_990)


@pytest.mark.parametrize("begin", [Hand.press, again, after_a_wait])
def test_a_code_that_breaks_off_counts_as_none_and_no_other_follows(
    path: str, begin: Callable[[Hand], None]
) -> None:
    hand = Hand(path, SHOP, how=TypingSettings(pace=50))
    begin(hand)
    hand.run(20)
    assert hand.bench.typist.busy
    hand.bench.tap_elsewhere(Keycode.KEYPAD_NUMLOCK)
    hand.lamp.shown = []
    touched = hand.bench.now
    assert hand.code() not in hand.typed(400)
    assert hand.was_refused()
    assert not hand.presses.waiting
    # A touch of that time is noticed only now.
    hand.presses.press(touched)
    assert hand.typed(600) == ""
    if begin is not again:
        # The computer's lock keys are known, and the code is still a new one.
        hand.press(700)
        assert hand.typed(2000) == hand.code()
    assert hand.typed(40_000) == ""


def asleep(hand: Hand) -> None:
    hand.bench.sleep()


def without_the_time(hand: Hand) -> None:
    hand.timekeeper.floor = BEGIN + 86_400
    hand.timekeeper.judge(hand.bench.now)


@pytest.mark.parametrize("happens", [asleep, without_the_time])
def test_a_wait_that_cannot_end_well_is_given_up(hand: Hand, happens: Callable[[Hand], None]) -> None:
    hand.wait()
    assert not hand.was_refused()
    happens(hand)
    hand.run(20)
    assert not hand.presses.waiting
    assert hand.was_refused()
    hand.run(1000)
    hand.bench.wake()
    hand.timekeeper.floor = BEGIN
    hand.timekeeper.judge(hand.bench.now)
    hand.lamp.shown = []
    assert hand.typed(40_000) == ""
    assert not hand.was_refused()


def test_a_wait_is_given_up_as_the_account_comes_to_its_end(path: str) -> None:
    hand = Hand(path, lent(2, BEGIN + 25))
    hand.wait()
    hand.lamp.shown = []
    hand.until(29_900)
    assert not hand.presses.waiting
    assert hand.was_refused()
    assert hand.typed(1000) == ""


def test_after_the_last_code_that_its_end_allows_nobody_waits_for_another(path: str) -> None:
    hand = Hand(path, lent(1))
    hand.press()
    assert hand.typed(2000) != ""
    hand.lamp.shown = []
    hand.press()
    assert not hand.presses.waiting
    assert hand.was_refused()
    assert hand.typed(40_000) == ""


def test_what_ends_a_wait_shows(hand: Hand) -> None:
    hand.wait()
    hand.press(700)
    hand.run(100)
    assert hand.light.showing(light.CANCELLED, hand.bench.now) == 100


@pytest.mark.parametrize("before", [150, 300, 500, 799, 1100])
@pytest.mark.parametrize("counting", [0, 100, 400, 800])
def test_no_code_is_typed_after_its_step_however_long_counting_it_takes(
    path: str, before: int, counting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two erases of 400 ms may be on the way. A code that then ends is not counted: the next one is."""
    hand = Hand(path, lent(2), how=TypingSettings(margin=0))
    count = hand.vault.count

    def slowly(account: Account) -> None:
        count(account)
        hand.bench.run(counting)

    monkeypatch.setattr(hand.vault, "count", slowly)
    for _ in range(2):
        hand.until(before)
        hand.press()
        while len(hand.bench.keys.text) < 6:
            hand.run(1)
        assert hand.bench.keys.text == hand.code()
        hand.typed()
    hand.until(15_000)
    hand.press()
    assert hand.showed(light.REFUSED)


@pytest.mark.parametrize("account", [SHOP, lent(9)], ids=["plain", "counted in flash"])
def test_a_code_lives_until_it_is_typed_and_for_three_seconds_more(path: str, account: Account) -> None:
    hand = Hand(path, account)
    needed = hand.bench.typist.duration + 3000
    hand.until(needed)
    hand.press()
    assert not hand.presses.waiting
    assert hand.typed() == hand.code()
    hand.until(needed - 1)
    hand.press()
    assert hand.presses.waiting
    hand.until(29_900)
    assert hand.typed() == hand.code()


def test_half_a_period_is_always_enough(path: str) -> None:
    hand = Hand(path, SHOP, how=TypingSettings(margin=20))
    for left, waits in ((15_000, False), (14_999, True)):
        hand.until(left)
        hand.press()
        assert hand.presses.waiting == waits
        assert len(hand.typed(29_900)) == 6


def test_a_code_by_counter_has_no_lifetime(path: str) -> None:
    hand = Hand(path, counted())
    hand.until(5)
    hand.press()
    assert not hand.presses.waiting
    assert hand.typed() == COUNTED[0]


@pytest.mark.parametrize(("left", "refused"), [(29_000, False), (29_001, True)])
def test_what_takes_all_of_a_period_but_a_second_is_typed(path: str, left: int, refused: bool) -> None:
    bare = Hand(path, SHOP).bench.typist.duration
    hand = Hand(fresh(Path(path).parent), SHOP, how=TypingSettings(delay=left - bare))
    hand.press()
    assert hand.was_refused() == refused
    assert hand.presses.waiting != refused
    assert len(hand.typed(60_000)) == (0 if refused else 6)


def test_a_press_in_the_first_millisecond_of_a_code_types_it(hand: Hand) -> None:
    older = hand.code()
    hand.until(1)
    # The key has not looked yet.
    hand.bench.run(1)
    hand.press()
    assert not hand.presses.waiting
    assert hand.typed() == hand.code() != older


def test_in_setup_the_code_is_made_by_the_press(hand: Hand) -> None:
    hand.presses.ahead = False
    hand.until(29_000)
    assert not hand.presses.codes.remaining(hand.bench.now)
    hand.press()
    assert not hand.presses.waiting
    assert hand.typed() == hand.code()


def test_a_clock_that_is_set_changes_the_code_at_once(hand: Hand) -> None:
    hand.timekeeper.set(BEGIN + 3600, hand.bench.now)
    hand.run(2)
    hand.press()
    secret = b32encode(SHOP.secret).decode()
    assert hand.typed() == pyotp.TOTP(secret).at(BEGIN + 3600) != hand.code()


# What is counted


def test_a_code_by_time_writes_nothing_to_flash(hand: Hand) -> None:
    written = hand.flash.writes
    hand.press()
    hand.typed(2000)
    assert hand.flash.writes == written


def test_the_same_code_again_counts_once(path: str) -> None:
    hand = Hand(path, lent(2))
    hand.wait()
    assert hand.typed(0) == ""
    hand.press(200)
    assert hand.typed() == hand.code()
    assert hand.vault.account(0).end[4:6] == b"\1\0"
    hand.run(30_000)
    hand.press()
    assert hand.typed() == hand.code()
    hand.run(30_000)
    hand.press()
    assert hand.was_refused()
    assert hand.typed() == ""


def test_without_a_computer_no_code_is_counted(path: str) -> None:
    hand = Hand(path, counted())
    hand.bench.sleep()
    hand.run(100)
    hand.press()
    assert hand.was_refused()
    hand.bench.wake()
    assert hand.typed(1000) == ""
    hand.press()
    assert hand.typed(2000) == COUNTED[0]


@pytest.mark.parametrize("account", [counted(), lent(5)], ids=["counter", "end"])
def test_a_code_that_flash_does_not_count_is_not_typed(path: str, account: Account) -> None:
    hand = Hand(path, account)
    hand.flash.takes = 0
    hand.press()
    assert hand.was_refused()
    assert hand.typed() == ""
    hand.flash.takes = 10**6
    hand.press(700)
    assert len(hand.typed()) == 6
    kept = hand.vault.account(0)
    assert (kept.counter, kept.end[record.LEFT : record.LEFT + 2]) in (
        (account.counter + 1, b""),
        (0, b"\4\0"),
    )


def test_after_the_last_number_of_a_counter_no_code_is_typed(path: str) -> None:
    hand = Hand(path, counted(limits.COUNTER_MOST - 1))
    hand.press()
    assert hand.typed() == pyotp.HOTP(b32encode(SHOP.secret).decode()).at(limits.COUNTER_MOST - 1)
    hand.press(700)
    assert hand.was_refused()
    assert hand.typed() == ""


# Which account


@pytest.mark.parametrize(
    ("accounts", "at_once"),
    [((), False), ((SHOP,), True), ((counted(),), False), ((SHOP, OTHER), False)],
    ids=["none", "one", "one by counter", "two"],
)
def test_only_a_single_account_by_time_types_as_the_finger_comes_down(
    path: str, accounts: tuple[Account, ...], at_once: bool
) -> None:
    assert Hand(path, *accounts).presses.at_once == at_once


def test_each_account_has_its_own_last_code(chooser: Hand) -> None:
    for index, account in enumerate((SHOP, OTHER)):
        chooser.press_key(index)
        assert chooser.typed(1000) == chooser.code(account)
    chooser.press_key(0)
    assert chooser.presses.waiting
    assert chooser.typed(1000) == ""


def test_the_last_codes_of_64_accounts_are_remembered(path: str) -> None:
    """A site would refuse a second one; memory is limited."""
    accounts = [Account(number, "Shop", "me", SHOP.secret, period=300) for number in range(1, 66)]
    hand = Hand(path, *accounts)
    for index in range(64):
        hand.press_key(index)
        hand.typed()
    hand.press_key(0)
    assert hand.presses.waiting
    assert hand.typed(600) == ""
    # One more takes the place of all.
    for index, types in ((64, True), (64, False), (0, True), (64, False)):
        hand.press_key(index)
        assert len(hand.typed(600)) == (6 if types else 0)


def test_a_key_without_an_account_does_nothing(chooser: Hand) -> None:
    for index in (2, 11):
        chooser.press_key(index)
    assert chooser.typed() == ""
    assert not chooser.was_refused()


def test_an_account_that_flash_does_not_choose_types_nothing_and_neither_does_another(chooser: Hand) -> None:
    chooser.flash.takes = 0
    chooser.press_key(1)
    assert chooser.was_refused()
    assert chooser.typed() == ""
    assert chooser.vault.chosen == 0
    chooser.showed(light.chosen(0))
    chooser.presses.choose_next()
    assert chooser.was_refused()
    assert not chooser.showed(light.chosen(1))


def test_a_choice_ends_a_wait(chooser: Hand) -> None:
    chooser.wait()
    chooser.presses.choose_next()
    assert chooser.typed(40_000) == ""


# The light


@pytest.mark.parametrize("left", [*range(4), 500])
def test_a_choice_at_the_end_of_a_code_types_no_code_of_the_account_before(chooser: Hand, left: int) -> None:
    """The next code of the one that was chosen is made already."""
    chooser.until(left)
    chooser.presses.choose_next()
    chooser.press(left + 1)
    assert chooser.typed() == chooser.code(OTHER)


def test_one_account_shows_no_number(hand: Hand) -> None:
    assert (hand.presses.chooses, hand.presses.pattern()) == (False, light.READY)


def test_the_second_of_two_accounts_shows_its_number(chooser: Hand) -> None:
    assert chooser.presses.chooses
    for place in (0, 1, 0):
        shown, expected = chooser.presses.pattern(), light.ready_at(place, 0)
        assert (shown.colour, shown.steps) == (expected.colour, expected.steps)
        chooser.showed(light.chosen(place))
        chooser.presses.choose_next()
        chooser.run(1000)
        assert chooser.showed(light.chosen(1 - place))


def damaged(path: str) -> Hand:
    """The chosen account's bucket cannot be read."""
    hand = Hand(path, SHOP)
    hand.vault.pool.write(RECORDS, b"damaged by something or other", 0)
    hand.vault.changes.new_page()
    hand.presses.accounts_changed()
    return hand


def blocked(path: str) -> Hand:
    start(path).create()
    start(path).set_pin("1234")
    exhaust(path)
    return Hand(path)


@pytest.mark.parametrize(
    ("made", "pattern"),
    [
        (without_accounts, light.BLANK),
        (blocked, light.BLOCKED),
        (damaged, light.DAMAGED),
        (without_a_clock, light.CLOCK_MISSING),
        (after_its_end, light.END_REACHED),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_the_light_says_why_no_press_types(
    path: str, made: Callable[[str], Hand], pattern: light.Pattern
) -> None:
    assert made(path).presses.pattern() is pattern


def test_the_light_says_that_a_code_is_waited_for(hand: Hand) -> None:
    hand.wait()
    assert hand.presses.pattern() is light.WAITING


@pytest.mark.parametrize("accounts", [(SHOP,), (SHOP, OTHER)], ids=["one", "two"])
def test_the_light_says_how_doubtful_the_time_is(path: str, accounts: tuple[Account, ...]) -> None:
    hand = Hand(path, *accounts)
    seen = []
    for doubt in (0, 1, 2, 3):
        hand.timekeeper.doubt = doubt
        seen.append(hand.presses.pattern().steps)
    assert len(set(map(tuple, seen))) == 4
    hand.timekeeper.doubt = 0
    assert hand.presses.pattern().steps == seen[0]
