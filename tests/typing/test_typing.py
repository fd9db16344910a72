"""What a press types on a computer, whatever the computer does: lock keys, sleep, and the first moments."""

from __future__ import annotations

import pytest

from tests.support.cases import slow
from tests.support.desk import AMAZON, Desk
from tests.support.published import HOTP
from tests.typing.typing_setups import ready, sit_down
from totpkey.accounts.account import Account
from totpkey_virtual.computer import CAPS_LOCK_KEY, NUM_LOCK_KEY, US, Answer, Computer, Keyboard


@pytest.mark.quick
@pytest.mark.parametrize("num_lock", [True, False])
def test_num_lock_on_or_off(desk: Desk, num_lock: bool) -> None:
    sit_down(desk, num_lock)
    ready(desk)
    assert desk.press() == desk.code(AMAZON)
    assert desk.computer.keys.num_lock == num_lock
    assert desk.computer.lost == 0


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
        assert NUM_LOCK_KEY not in report_usages(desk)


def test_what_is_known_outlasts_the_writing_of_a_counter(desk: Desk) -> None:
    """HOTP stores the next counter before it types, which takes up to a second."""
    counted = Account("Counted", "me", b"12345678901234567890", type="hotp")
    sit_down(desk, num_lock=True)
    ready(desk, counted)
    for counter in range(3):
        before = len(desk.computer.text)
        desk.key.press()
        desk.key.run(2)
        assert desk.computer.text[before:] == HOTP[counter][1]
        assert NUM_LOCK_KEY not in report_usages(desk)


def report_usages(desk: Desk) -> list[int]:
    return [report.data[2] for report in desk.key.usb.reports]


def test_caps_lock_is_left_alone_where_it_changes_nothing(desk: Desk) -> None:
    desk.computer = Computer(desk.key, Keyboard(US, num_lock=True, caps_lock=True))
    with desk.until_done(desk.first_set_up()) as client:
        client.recipe(client.add(AMAZON).account, "{code}{TAB}{ENTER}")
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == desk.code(AMAZON) + "\t\n"
    assert CAPS_LOCK_KEY not in report_usages(desk)


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
