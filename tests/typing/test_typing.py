"""What a press types on a computer, whatever the computer does.

It has lock keys, sleep and first moments; it has wrong lights, echoing terminals, pulled cables and hangs, or
is a charger.
A press belongs to the moment and to the computer in which it was made: else it types nothing. That holds
at the edges of the key's life, too: when it starts, and when it leaves setup.
"""

from __future__ import annotations

import struct

import pytest

from tests.flash import attacker
from tests.journal.reading import FULL, with_marks
from tests.support.cases import sampled, slow
from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.led import lasting, of_colour, watch
from tests.support.published import HOTP
from tests.support.remembered import remembered
from tests.typing.bench import ready, sit_down
from totpkey.accounts.account import Account
from totpkey_virtual.computer import CAPS_LOCK_KEY, NUM_LOCK_KEY, US, Answer, Computer, Keyboard
from totpkey_virtual.flash import SLOWEST
from totpkey_virtual.key import VirtualKey


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
        assert desk.press(2) == HOTP[counter][1]
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


RED = (60, 0, 0)
#: When the key counts at leisure, in ms after its configuration.
LEISURE = range(4600, 7400, 60)
CHIP = "there the moments lie elsewhere"


@remembered
def used(desk: Desk, marks: int) -> None:
    """A key that has given so many codes since it last counted them."""
    ready(desk)
    desk.expect_code(AMAZON)
    desk.unplug()
    flash = desk.key.flash
    (data_key,) = attacker.data_keys(flash)
    entries = [struct.pack("<IIB", 5, 1_700_000_000 + number, 0x81) for number in range(marks - 1)]
    desk.key.flash = with_marks(flash, data_key, entries)
    desk.away_from_the_boundary(AMAZON, 12)
    desk.key.set_flash_times(*SLOWEST)
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)


def is_red(desk: Desk) -> bool:
    """Whether the light says in the next seconds that something was not taken."""
    return lasting(of_colour(desk.key, watch(desk.key, 3), RED), 60) >= 5


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.simulator_only(reason=CHIP)
@pytest.mark.parametrize("another", [False, True], ids=["", "another computer"])
@pytest.mark.parametrize("moment", sampled(LEISURE, LEISURE[3::14]))
def test_a_press_while_the_key_counts_is_typed_or_told(desk: Desk, moment: int, another: bool) -> None:
    """And never typed at another computer, to which somebody goes at once."""
    used(desk, FULL - 30)
    desk.key.run(moment / 1000)
    before, code = len(desk.computer.text), desk.code(AMAZON)
    desk.key.press(0.06)
    left = len(desk.computer.text)
    if another:
        desk.key.reset_port(0.01)
    red = is_red(desk)
    assert desk.computer.text[before:] == code or red, "nothing says that it was not taken"
    if another:
        desk.key.run(30)
        assert desk.computer.text[left:] == ""
    desk.key.run(8)
    assert sum(byte != 0xFF for byte in desk.key.nvm) <= 40, "in the end it has counted"


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.simulator_only(reason=CHIP)
@pytest.mark.parametrize("moment", sampled(range(0, 2000, 40), range(240, 2000, 960)))
def test_nothing_that_waited_while_the_key_counted_is_typed_at_the_next_computer(
    desk: Desk, moment: int
) -> None:
    """Somebody gives a code at once, for which there is no more room, presses again, and goes elsewhere."""
    used(desk, FULL)
    desk.key.run(0.6)
    assert desk.press(0.1 + moment / 1000) == desk.code(AMAZON)
    desk.key.press(0.3)
    desk.key.reset_port(0.01)
    before = len(desk.computer.text)
    desk.key.run(40)
    assert desk.computer.text[before:] == ""


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.simulator_only(reason=CHIP)
@pytest.mark.parametrize("moment", range(5050, 5066, 4))
def test_a_code_that_was_waited_for_is_typed_before_the_key_counts(desk: Desk, moment: int) -> None:
    """The code begins when nobody has touched the key for long enough that it counts."""
    used(desk, FULL - 30)
    desk.unplug()
    desk.key.wait_unplugged((20 - desk.key.clock.unix_time) % 30)
    desk.plug_in()
    assert desk.press() == desk.code(AMAZON)
    desk.key.run((30 - moment / 1000 - desk.key.clock.unix_time) % 30)
    desk.key.press(0.06)
    began, before = len(desk.key.usb.reports), len(desk.computer.text)
    desk.key.run(8)
    typed = desk.key.usb.reports[began:]
    assert desk.computer.text[before:] == desk.code(AMAZON)
    assert typed[-1].ms - typed[0].ms < 200


@pytest.mark.parametrize("before", sampled(range(0, 200, 20), (60,)))
def test_a_code_is_typed_whole_while_the_ticks_wrap(desk: Desk, before: int) -> None:
    """CircuitPython's wrap 65 536 ms after each start."""
    ready(desk)
    desk.unplug()
    desk.key.wait_unplugged((5 - 60 - desk.key.clock.unix_time) % 30)
    desk.plug_in()
    desk.key.run((65_536 - before - desk.key.uptime_ms) / 1000)
    assert desk.press() == desk.code(AMAZON)


@pytest.mark.parametrize("moment", sampled(range(30, 400, 30), (120, 240)))
def test_a_press_that_lies_within_an_erase_is_told(desk: Desk, moment: int) -> None:
    """While an account is chosen, which takes one erase. The light tells its number before."""
    ready(desk, AMAZON, GITHUB)
    desk.key.set_flash_times(*SLOWEST)
    before = len(desk.computer.text)
    desk.key.press(0.7)
    # On the chip no test runs within an erase.
    desk.key.after(moment / 1000, lambda: desk.key.set_button(True))
    desk.key.after(moment / 1000 + 0.06, lambda: desk.key.set_button(False))
    red = is_red(desk)
    assert red or desk.computer.text[before:] == desk.code(GITHUB)


@pytest.mark.parametrize("after", [10, 20, 25, 30, 60])
def test_a_press_right_after_the_first_configuration_types_or_shows_red(desk: Desk, after: int) -> None:
    """The firmware starts later than that, and finds a finger on the button."""
    ready(desk)
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)
    before = len(desk.computer.text)
    desk.key.run(after / 1000)
    desk.key.press(0.08)
    lit = desk.blinks(1.2)
    typed = desk.computer.text[before:]
    assert typed == desk.code(AMAZON) or (typed == "" and lit >= 5)


@pytest.mark.parametrize("before", sampled(range(20), (3, 6, 9, 12)))
def test_a_press_at_the_moment_of_done_types_the_whole_code_or_nothing(desk: Desk, before: int) -> None:
    """`done` restarts the key, `before` ms after the finger is on the button."""
    ready(desk)
    with desk.setup_client() as client:
        desk.away_from_the_boundary(AMAZON, 12)
        shown = len(desk.computer.text)
        desk.key.set_button(True)
        desk.key.run(before / 1000)
        client.done()
        desk.key.set_button(False)
    desk.await_face(serial=False)
    assert desk.computer.text[shown:] in ("", desk.code(AMAZON))


#: Time between two packets of the echo, in seconds.
_PACKET = 0.001


class EchoingTerminal:
    """An open terminal at which nobody types. `shown` is all that the key has sent."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self.shown = b""
        self.echoed = 0
        key.open_serial()

    def type(self, data: bytes) -> None:
        """Send `data` unchanged, as typed by a person or written by a program."""
        self._key.write_serial(data)

    def run(self, seconds: float) -> None:
        """Let time pass, and echo what the key sends."""
        end = self._key.uptime_ms + 1000 * seconds
        while self._key.uptime_ms < end:
            self._key.run(_PACKET)
            received = self._key.read_serial()
            self.shown += received
            for byte in received:
                # ICRNL reads a carriage return as a newline; ECHO and ONLCR send both back as CR LF.
                for sent in b"\r\n" if byte in b"\r\n" else bytes((byte,)):
                    self._key.write_serial(bytes((sent,)))
                    self._key.run(_PACKET)
                    self.echoed += 1

    def close(self) -> None:
        """Close in the middle of a line."""
        self._key.write_serial(b'{"id":9,"comm')
        self._key.run(_PACKET)
        self._key.close_serial()


def test_lights_that_lie_while_the_computer_wakes_up(desk: Desk) -> None:
    """NumLock is on all the time; before sleep its light goes off, and comes back late."""
    keyboard = sit_down(desk, num_lock=True)
    ready(desk)
    desk.computer.sleep()
    desk.key.run(2)
    desk.key.resume()
    desk.key.run(0.05)
    desk.away_from_the_boundary(AMAZON)
    before = len(desk.computer.text)
    # Now the key has been told "off", and nothing else yet.
    desk.key.press()
    desk.key.run(0.1)
    desk.key.set_host_leds(1)
    desk.key.run(1)
    assert desk.computer.text[before:] == desk.code(AMAZON)
    assert keyboard.num_lock
    desk.computer.sleep()
    desk.key.run(1)
    desk.computer.wake()
    desk.key.run(31)
    desk.expect_code(AMAZON)
    assert keyboard.num_lock


def test_an_echoing_terminal_is_no_conversation(desk: Desk) -> None:
    desk.plug_in()
    terminal = EchoingTerminal(desk.key)
    terminal.type(b'{"id":3,"command":"hello"}\n')
    terminal.run(1)
    assert terminal.shown.count(b"\n") == 1, "one question, one answer, however often that comes back"
    assert terminal.echoed > 100
    terminal.close()
    with desk.client() as client:
        assert client.hello().board == desk.key.board
        client.set_time(round(desk.key.true_time))
    assert desk.key.usb.reports == []


def test_at_a_charger_a_press_is_refused_and_nothing_is_kept_for_later(desk: Desk) -> None:
    ready(desk)
    desk.key.unplug()
    desk.key.at_a_computer = False
    desk.key.plug()
    desk.key.run(4)
    before = desk.key.uptime_ms
    desk.key.press()
    # Not for 2 s, as CircuitPython waits for a computer that is not there: the light answers at once.
    assert desk.key.run_until(lambda: any(desk.key.light), 0.2)
    assert desk.key.uptime_ms - before < 400
    assert desk.key.usb.reports == []
    desk.key.unplug()
    desk.key.at_a_computer = True
    desk.plug_in()
    desk.key.run(1)
    assert desk.computer.text == ""
    desk.expect_code(AMAZON)


@pytest.mark.parametrize("taken", [0, 2])
def test_a_computer_that_hangs_within_a_code(desk: Desk, taken: int) -> None:
    """CircuitPython says "USB busy" after 2 s. The report that waits then is not to be taken later."""
    ready(desk)
    start = len(desk.key.usb.reports)
    if not taken:
        desk.key.set_polling(False)
    desk.key.set_button(True)
    assert desk.key.run_until(lambda: len(desk.key.usb.reports) - start >= taken, 1)
    desk.key.set_polling(False)
    desk.key.run(2.5)
    desk.key.set_button(False)
    before = desk.computer.text
    desk.key.set_polling(True)
    desk.key.run(6)
    assert desk.computer.text == before
    assert not desk.computer.stuck
    desk.key.run(31)
    desk.expect_code(AMAZON)
