"""What a press types on a computer, whatever the computer does: lock keys, sleep, and the first moments."""

from __future__ import annotations

import pytest

from tests.support.cases import slow
from tests.support.desk import AMAZON, Desk
from tests.typing.typing_setups import KEYPAD_DIGITS, LETTERS, US_TABLE, ready, sit_down
from totpkey.accounts.account import Account
from totpkey_virtual.computer import LINUX, MACOS, Answer, Computer, Platform
from totpkey_virtual.key import Report
from totpkey_virtual.keyboard import CAPS_LOCK, NUM_LOCK, US, Keyboard


@pytest.mark.quick
@pytest.mark.parametrize("num_lock", [True, False])
def test_num_lock_on_or_off(desk: Desk, num_lock: bool) -> None:
    sit_down(desk, num_lock)
    ready(desk)
    assert desk.press() == desk.code(AMAZON)
    assert desk.computer.keys.num_lock == num_lock
    assert desk.computer.lost == 0


@pytest.mark.parametrize("num_lock", [True, False])
def test_a_computer_that_tells_nothing_of_its_lock_keys(desk: Desk, num_lock: bool) -> None:
    """Nothing is typed, the light shows red, and the lock keys stand as before."""
    sit_down(desk, num_lock, answers=False)
    ready(desk)
    before = len(desk.computer.text)
    desk.key.press()
    assert desk.blinks(3) >= 5
    assert desk.computer.text[before:] == ""
    assert desk.computer.keys.num_lock == num_lock
    assert not desk.computer.keys.caps_lock


#: RFC 4226 appendix D, for the secret 12345678901234567890.
HOTP_VALUES = ("755224", "287082", "359152")

#: In ms; by SET_REPORT as well where a computer has it so.
ANSWERS = (0, 0.3, 1, 2, 4, 7, 8, 9, 12, 20, 50, 90, 300, 400)


@pytest.mark.parametrize("gaps", [(8,), slow((1,)), slow((12,)), (8, 9, 7, 12, 3)], ids=str)
@pytest.mark.parametrize("by_control", [False, True], ids=["by OUT", "by SET_REPORT"])
def test_five_presses_in_a_row_whenever_the_computer_answers(
    desk: Desk, by_control: bool, gaps: tuple[int, ...]
) -> None:
    """NumLock is off, so it is switched on for each code, and off again."""
    ready(desk)
    last = ""
    for after in ANSWERS if gaps == (8,) else ANSWERS[::4]:
        keyboard = sit_down(desk, num_lock=False, answer=Answer(after, by_control))
        desk.key.run(0.02)
        desk.key.reset_port()
        desk.key.run(1)
        desk.key.set_poll_gaps(gaps)
        for press in range(5):
            desk.away_from_the_boundary(AMAZON, 6)
            desk.key.run(0.6)
            if (code := desk.code(AMAZON)) == last:
                # The same code again takes two presses.
                desk.key.press(0.05)
                desk.key.run(0.1)
            assert desk.press(1.5) == code, (after, press)
            last = code
            assert not keyboard.num_lock


@pytest.mark.parametrize("platform", [LINUX, MACOS], ids=lambda platform: platform.name)
@pytest.mark.parametrize("num_lock", [False, True])
def test_another_computer_while_the_key_keeps_its_power(
    desk: Desk, platform: Platform, num_lock: bool
) -> None:
    """After a switch, a dock or a restart NumLock is the other way round, and nothing tells the key."""
    sit_down(desk, num_lock)
    ready(desk)
    assert desk.press() == desk.code(AMAZON)
    for takes in (0.0, 0.3):
        if takes:
            desk.key.suspend()
            desk.key.run(takes)
        keyboard = sit_down(desk, platform is MACOS or not num_lock, platform=platform)
        desk.key.run(0.02)
        desk.key.reset_port()
        desk.key.run(1)
        desk.away_from_the_boundary(AMAZON, 8)
        desk.key.run(30)
        assert desk.press(2) == desk.code(AMAZON)
        assert keyboard.num_lock == (platform is MACOS or not num_lock)


def test_what_is_known_outlasts_a_slow_algorithm(desk: Desk) -> None:
    """SHA-512 takes 0.2 s, and the key looks at the computer meanwhile: NumLock is not pressed again."""
    slow = Account("Slow", "me", b"a secret for the long way round", algorithm="SHA512")
    sit_down(desk, num_lock=True)
    ready(desk, slow)
    # The key may ask for the first code: it has just loaded the algorithm, which takes long, too.
    desk.press(2)
    for _ in range(2):
        desk.key.run(31)
        desk.away_from_the_boundary(slow, 8)
        desk.key.usb.reports.clear()
        assert desk.press() == desk.code(slow)
        assert NUM_LOCK not in report_usages(desk)


def test_what_is_known_outlasts_the_writing_of_a_counter(desk: Desk) -> None:
    """HOTP stores the next counter before it types, which takes up to a second."""
    counted = Account("Counted", "me", b"12345678901234567890", type="hotp")
    sit_down(desk, num_lock=True)
    ready(desk, counted)
    for counter in range(3):
        before = len(desk.computer.text)
        desk.key.press()
        desk.key.run(2)
        assert desk.computer.text[before:] == HOTP_VALUES[counter]
        assert NUM_LOCK not in report_usages(desk)


def test_num_lock_that_is_switched_off_meanwhile(desk: Desk) -> None:
    keyboard = sit_down(desk, num_lock=True)
    ready(desk)
    keyboard.num_lock = False
    desk.computer.tell_leds()
    desk.key.run(0.1)
    assert desk.press() == desk.code(AMAZON)
    assert not desk.computer.keys.num_lock


def report_usages(desk: Desk) -> list[int]:
    return [report.data[2] for report in desk.key.usb.reports]


def test_caps_lock_is_left_alone_where_it_changes_nothing(desk: Desk) -> None:
    desk.computer = Computer(desk.key, Keyboard(US, num_lock=True, caps_lock=True))
    with desk.first_set_up() as client:
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
    with desk.first_set_up() as client:
        added = client.add(AMAZON)
        client.set_typing(LETTERS, US_TABLE)
        client.recipe(added.account, "{code}{user}")
        client.done()
    desk.await_face(serial=False)
    desk.away_from_the_boundary(AMAZON, 12)
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
        before, reports = len(desk.computer.text), len(desk.key.usb.reports)
        desk.away_from_the_boundary(AMAZON, 8)
        suspend_at(desk, count)
        desk.press(2)
        desk.key.usb.on_report = take
        assert len(desk.key.usb.reports) == reports + count
        taken = sum(usage in KEYPAD_DIGITS for usage in report_usages(desk)[reports:])
        assert len(desk.computer.text) == before + taken
        sleep_and_wake(desk, before + taken)
    desk.expect_code(AMAZON)


def test_a_suspend_at_any_moment_between_two_reports(desk: Desk) -> None:
    ready(desk)
    for quarter in range(48):
        after = quarter / 4
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
    """Until the polls are known the key may wait for one: even so, no key."""
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


@pytest.mark.usefixtures("usual_flash")
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
