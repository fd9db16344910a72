"""What a press types at a computer: lock keys, sleep, the deaf first moments, and each code only once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.key.desk import AMAZON, GITHUB, Desk
from totpkey import codes
from totpkey.errors import KeyRefused
from totpkey.layouts import layouts
from totpkey.otpauth import Account
from totpkey.replies import Typing
from totpkey.virtual.computer import Computer
from totpkey.virtual.key import Report
from totpkey.virtual.keyboard import CAPS_LOCK, NUM_LOCK, US, Keyboard
from totpkey_protocol import errors

LETTERS = Typing("keypad", 0, 0, 3, "us")
US_TABLE = layouts()["us"].table
STEAM = Account("Steam", "me", b"a Steam secret of 20", digits=5, type="steam")
COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp", counter=7)


def ready(desk: Desk, *accounts: Account) -> None:
    """A key that was set up and is ready to be pressed, far from a change of code."""
    desk.plug_in()
    desk.provision(*(accounts or (AMAZON,)))
    desk.away_from_the_boundary(AMAZON, 12)


def sit_down(desk: Desk, num_lock: bool, answers: bool = True) -> Keyboard:
    """Another computer for the key."""
    desk.key.set_host_leds(0)
    keyboard = Keyboard(US, num_lock)
    desk.computer = Computer(desk.key, keyboard, answers=answers)
    return keyboard


@pytest.mark.parametrize("num_lock", [True, False])
def test_num_lock_on_or_off(desk: Desk, num_lock: bool) -> None:
    sit_down(desk, num_lock)
    ready(desk)
    assert desk.press() == desk.code(AMAZON)
    assert desk.computer.keys.num_lock == num_lock
    assert desk.computer.lost == 0


def test_a_computer_that_tells_nothing_of_its_lock_keys(desk: Desk) -> None:
    sit_down(desk, num_lock=True, answers=False)
    ready(desk)
    before = len(desk.computer.text)
    desk.key.press()
    desk.key.run(1)
    assert desk.computer.text[before:] == desk.code(AMAZON)


def test_num_lock_that_is_switched_off_meanwhile(desk: Desk) -> None:
    keyboard = sit_down(desk, num_lock=True)
    ready(desk)
    keyboard.num_lock = False
    desk.computer.tell_leds()
    desk.key.run(0.1)
    assert desk.press() == desk.code(AMAZON)
    assert not desk.computer.keys.num_lock


def test_num_lock_that_is_answered_too_late_once_is_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard = sit_down(desk, num_lock=False)
    ready(desk)
    tell, coming = desk.key.set_host_leds, list[tuple[float, int]]()
    with monkeypatch.context() as patch:
        patch.setattr(desk.key, "set_host_leds", lambda mask: coming.append((desk.key.uptime_ms + 400, mask)))
        desk.key.press()
        for _ in range(120):
            desk.key.run(0.01)
            if coming and coming[0][0] <= desk.key.uptime_ms:
                tell(coming.pop(0)[1])
    assert not coming
    assert desk.computer.text != desk.code(AMAZON), "cursor keys: so far it seemed to be a Mac"
    desk.key.run(31)
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == desk.code(AMAZON)
    assert not keyboard.num_lock


def report_usages(desk: Desk) -> list[int]:
    return [report.data[2] for report in desk.key.usb.reports]


def test_caps_lock_is_left_alone_where_it_changes_nothing(desk: Desk) -> None:
    desk.computer = Computer(desk.key, Keyboard(US, num_lock=True, caps_lock=True))
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        client.recipe(client.add(AMAZON).account, "{code}{TAB}{ENTER}")
        client.done()
    desk.await_face(serial=False)
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == desk.code(AMAZON) + "\t\n"
    assert CAPS_LOCK not in report_usages(desk)


class StubbornCaps(Keyboard):
    """CapsLock is on, and stays on."""

    def report(self, report: bytes) -> None:
        super().report(report)
        self.caps_lock = True


def test_num_lock_is_put_back_where_caps_lock_stays_and_nothing_is_typed(desk: Desk) -> None:
    keyboard = StubbornCaps(US, num_lock=False, caps_lock=True)
    desk.computer = Computer(desk.key, keyboard)
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        added = client.add(AMAZON)
        client.set_typing(LETTERS, US_TABLE)
        client.recipe(added.account, "{code}{user}")
        client.done()
    desk.await_face(serial=False)
    desk.away_from_the_boundary(AMAZON)
    desk.key.press()
    assert desk.blinks(1.5) >= 5
    assert desk.computer.text == ""
    assert report_usages(desk).count(NUM_LOCK) == 2
    assert not keyboard.num_lock


def suspend_at(desk: Desk, count: int) -> None:
    """Let the computer go to sleep at the moment when it has taken so many more reports."""
    take, wanted = desk.key.usb.on_report, len(desk.key.usb.reports) + count

    def taken(report: Report) -> None:
        take(report)
        if len(desk.key.usb.reports) == wanted:
            desk.key.suspend()

    desk.key.usb.on_report = taken


def sleep_and_wake(desk: Desk, taken: int) -> None:
    """The computer sleeps for longer than CircuitPython waits for it, then wakes up: nothing more comes."""
    desk.key.run(2.5)
    desk.key.set_button(False)
    assert desk.key.wake_requests == 0, "it is not the key that wakes the computer"
    desk.key.resume()
    desk.key.run(4)
    assert len(desk.computer.text) == taken, "no key after resume"
    assert not desk.computer.stuck


def test_a_suspend_at_each_report_of_a_code_ends_it_for_good(desk: Desk) -> None:
    ready(desk)
    take = desk.key.usb.on_report
    for count in range(1, 8):
        before = len(desk.computer.text)
        desk.away_from_the_boundary(AMAZON)
        suspend_at(desk, count)
        desk.press()
        desk.key.usb.on_report = take
        taken = len(desk.computer.text) - before
        assert taken >= min(count, 6) - 2, "digits until then, but for releases between two that are equal"
        sleep_and_wake(desk, before + taken)
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == desk.code(AMAZON)


def test_a_suspend_at_any_moment_between_two_reports(desk: Desk) -> None:
    ready(desk)
    for after in (0.5, 2, 4.5, 6, 7.5):
        desk.away_from_the_boundary(AMAZON, 8)
        start = len(desk.key.usb.reports)
        desk.key.set_button(True)
        # The first two tell the key when the computer polls.
        assert desk.key.run_until(lambda: len(desk.key.usb.reports) >= start + 2, 0.2)  # noqa: B023
        desk.key.run(after / 1000)
        desk.key.suspend()
        desk.key.run(0.01)
        sleep_and_wake(desk, len(desk.computer.text))


def test_a_suspend_before_the_first_reports_are_taken_types_nothing_more(desk: Desk) -> None:
    """Until the polls are known the key may wait for one, and wake the computer: even so, no key."""
    ready(desk)
    for after in (3, 5, 6, 7, 8, 10):
        desk.away_from_the_boundary(AMAZON, 8)
        desk.key.set_button(True)
        desk.key.run(after / 1000)
        desk.key.suspend()
        desk.key.run(0.001)
        taken = len(desk.computer.text)
        desk.key.run(2.5)
        desk.key.set_button(False)
        desk.key.resume()
        desk.key.run(4)
        assert len(desk.computer.text) == taken
        assert not desk.computer.stuck


def test_a_press_while_the_computer_sleeps_types_nothing_then_or_later(desk: Desk) -> None:
    ready(desk)
    desk.key.suspend()
    desk.key.run(1)
    desk.press()
    desk.key.run(3)
    assert desk.key.wake_requests == 0
    desk.key.resume()
    desk.key.run(2)
    assert desk.computer.text == ""
    assert desk.press() == desk.code(AMAZON)


def test_a_press_in_the_first_moments_loses_no_digit(desk: Desk) -> None:
    ready(desk)
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)
    desk.away_from_the_boundary(AMAZON)
    while not desk.key.usb.reports:
        # The first press that the firmware sees comes as soon as it sees any.
        desk.key.press(0.03)
        desk.key.run(0.03)
    desk.key.run(0.5)
    assert desk.computer.lost == 0
    assert desk.computer.text == desk.code(AMAZON)


def test_no_code_twice_by_a_press_but_by_a_double_press(desk: Desk) -> None:
    ready(desk)
    first = desk.press()
    assert first == desk.code(AMAZON)
    assert desk.press() == "", "it waits for the next code"
    desk.key.run(0.6)
    assert desk.press() == "", "a press ends the wait"
    desk.key.run(0.6)
    desk.key.press()
    desk.key.run(0.1)
    assert desk.press() == first, "a double press types it again"


def test_the_next_code_is_typed_when_it_begins(desk: Desk) -> None:
    ready(desk)
    first = desk.press()
    assert desk.press() == ""
    assert desk.blinks(3) >= 5
    before = len(desk.computer.text)
    desk.key.run(30)
    assert desk.computer.text[before:] == desk.code(AMAZON) != first


def test_a_code_that_is_about_to_end_is_not_typed(desk: Desk) -> None:
    ready(desk)
    left = 30 - desk.key.true_time % 30
    desk.key.run(left - 2)
    assert desk.press() == ""
    assert desk.key.run_until(lambda: len(desk.computer.text) == 6, 4)
    assert desk.computer.text == desk.code(AMAZON)


def test_an_eager_double_press_types_once(desk: Desk) -> None:
    ready(desk)
    desk.key.press()
    desk.key.run(0.1)
    desk.key.press()
    desk.key.run(1)
    assert desk.computer.text == desk.code(AMAZON)


def test_touches_while_a_code_is_typed_slowly_do_not_type_it_again(desk: Desk) -> None:
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        client.recipe(client.add(AMAZON).account, "{SLOW}{code}{ENTER}")
        client.done()
    desk.await_face(serial=False)
    desk.away_from_the_boundary(AMAZON, 12)
    for _ in range(4):
        # The last of them when all is typed: within half a second of the one before it is eager still.
        desk.key.press(0.08)
        desk.key.run(0.15)
    blinks = desk.blinks(2)
    assert desk.computer.text == desk.code(AMAZON) + "\n"
    assert blinks <= 2, "nor does it wait for the next code"


def test_codes_by_counter_come_once_each_and_survive_a_replug(desk: Desk) -> None:
    ready(desk, COUNTED)
    typed = [desk.press()]
    desk.key.run(1)
    desk.replug()
    typed += [desk.press()]
    assert typed == [codes.hotp(COUNTED.secret, counter) for counter in (7, 8)]
    desk.hold_for_setup()
    with desk.client() as client:
        (stored,) = client.list()
    assert (stored.type, stored.counter) == ("hotp", 9)


def test_steam_guard(desk: Desk) -> None:
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        with pytest.raises(KeyRefused) as refused:
            client.add(STEAM)
        assert (refused.value.code, refused.value.field) == (errors.CANNOT_TYPE, "type")
        client.init()
        client.set_typing(LETTERS, US_TABLE)
        assert client.typing() == LETTERS
        client.add(STEAM)
        client.done()
    desk.await_face(serial=False)
    desk.away_from_the_boundary(STEAM)
    assert desk.press().upper() == codes.steam(STEAM.secret, int(desk.key.true_time))


def test_a_recipe(desk: Desk) -> None:
    desk.plug_in()
    account = Account("Amazon", "shop@example.com", AMAZON.secret)
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        added = client.add(account)
        for recipe, code in (
            ("{user}{code}", errors.CANNOT_TYPE),
            ("{code}{code}", errors.BAD_VALUE),
            ("{TAB}", errors.BAD_VALUE),
            ("x{code}", errors.BAD_VALUE),
        ):
            with pytest.raises(KeyRefused) as refused:
                client.recipe(added.account, recipe)
            assert (refused.value.code, refused.value.field) == (code, "recipe")
        client.set_typing(LETTERS, US_TABLE)
        client.recipe(added.account, "{user}{TAB}{code}{ENTER}")
        assert client.list()[0].recipe == "{user}{TAB}{code}{ENTER}"
        client.done()
    desk.await_face(serial=False)
    desk.away_from_the_boundary(account)
    assert desk.press() == f"shop@example.com\t{desk.code(account)}\n"


def test_an_account_for_a_remote_desktop_is_typed_slowly_and_no_other(desk: Desk) -> None:
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        slow = client.add(AMAZON)
        client.add(GITHUB)
        client.recipe(slow.account, "{SLOW}{code}{ENTER}")
        client.done()
    desk.await_face(serial=False)
    # The first of the slow ones changes nothing: with the next it finds out when the computer polls.
    for account, found, pace, end in ((AMAZON, 1, 80, "\n"), (GITHUB, 0, 8, "")):
        desk.away_from_the_boundary(AMAZON, 8)
        before, shown = len(desk.key.usb.reports), len(desk.computer.text)
        desk.key.press()
        desk.key.run(1.5)
        assert desk.computer.text[shown:] == desk.code(account) + end
        times = [report.ms for report in desk.reports_since(before)][found:]
        assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx(
            [pace] * (len(times) - 1), abs=1
        )
        desk.key.press(0.8)
        desk.key.run(1)


def test_five_digits_are_for_steam_alone(desk: Desk) -> None:
    desk.plug_in()
    with desk.client() as client, pytest.raises(KeyRefused) as refused:
        client.add(Account("", "short", AMAZON.secret, digits=5))
    assert (refused.value.code, refused.value.field) == (errors.OUT_OF_RANGE, "digits")


def test_a_sample_wants_a_press_and_types_digits_or_the_whole_table(desk: Desk) -> None:
    ready(desk, AMAZON, GITHUB)
    desk.hold_for_setup()
    with desk.client() as client:
        client.sample("digits", "keypad")
        desk.key.run(0.5)
        client.sample("letters", "top-row", 16, US_TABLE)
        desk.key.run(4)
    assert desk.computer.text == "01234567899876543210" + "".join(map(chr, range(0x20, 0x7F)))


def test_a_sample_of_no_table_is_refused(desk: Desk) -> None:
    ready(desk, AMAZON)
    desk.hold_for_setup()
    with desk.client() as client, pytest.raises(KeyRefused) as refused:
        client.sample("letters", "top-row")
    assert (refused.value.code, refused.value.field) == (errors.CANNOT_TYPE, "table")


def with_a_long_recipe(desk: Desk) -> Account:
    """34 characters and a repeat, TAB, six digits, Enter: some 17 s at 400 ms, more than half a period."""
    desk.plug_in()
    slow = Account(
        "x", "someone.with.long.name@example.org", AMAZON.secret, recipe="{user}{TAB}{code}{ENTER}"
    )
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        client.init()
        client.set_typing(replace(LETTERS, pace=400), US_TABLE)
        client.add(slow)
        client.done()
    desk.await_face(serial=False)
    return slow


def test_a_code_lives_until_it_is_typed_with_the_lock_keys_that_are_switched_for_it(desk: Desk) -> None:
    sit_down(desk, num_lock=False)
    slow = with_a_long_recipe(desk)
    while not 17.95 < 30 - desk.key.true_time % 30 < 18.15:
        desk.key.run(0.1)
    desk.key.press()
    desk.key.run(5)
    assert desk.computer.text == "", "the next code is waited for"
    assert desk.key.run_until(lambda: desk.computer.text.endswith("\n"), 40)
    assert desk.computer.text == f"{slow.label}\t{desk.code(slow)}\n"


def test_what_takes_long_to_type_is_typed_whole_within_one_code_or_not_at_all(desk: Desk) -> None:
    slow = with_a_long_recipe(desk)
    while not 15.2 < 30 - desk.key.true_time % 30 < 15.8:
        desk.key.run(0.2)
    desk.key.press()
    desk.key.run(10)
    assert desk.computer.text == "", "the next code is waited for"
    assert desk.key.run_until(lambda: desk.computer.text.endswith("\n"), 30)
    assert desk.computer.text == f"{slow.label}\t{desk.code(slow)}\n"
    desk.hold_for_setup()
    with desk.client() as client:
        client.set_typing(replace(LETTERS, pace=500), US_TABLE)
        client.rename(client.list()[0].account, "x", slow.label + "ization.with.more.parts")
        client.done()
    desk.await_face(serial=False)
    shown = desk.computer.text
    desk.key.press()
    desk.key.run(40)
    assert desk.computer.text == shown, "typed so slowly, no code lives long enough"
