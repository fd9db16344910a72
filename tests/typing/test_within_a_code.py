"""What may happen soon after a press: a reset of the bus, a sleep, a drawn plug, another lock key.

On the chip, real CircuitPython sees it: a reset at the start of its SE0, a suspend after 3 ms of idle bus.
"""

from __future__ import annotations

import pytest

from tests.support.cases import sampled
from tests.support.desk import AMAZON, Desk
from tests.typing.typing_setups import KEYPAD_DIGITS, ready, sit_down
from totpkey_virtual.computer import AT_ONCE, Answer, Computer

#: In ms after the press: each quarter of the first 20. The first report is there from about 9 on.
MOMENTS = sampled([quarter / 4 for quarter in range(80)], (5, 9.5, 12.5, 19), range(20))
#: How long a hub and a computer's own port hold a reset, in ms (USB 2.0 section 7.1.7.5).
RESETS = (10, 50, 70)
#: How soon the key looks at what the computer has told, in ms.
LOOK = 2


class Presses:
    """Presses at one computer after the other, and what happens within the code."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        #: The code that was typed last.
        self._last = ""

    def press(self, answer: Answer = AT_ONCE) -> None:
        """At a computer that has told that NumLock is on, put a finger on the button."""
        desk = self._desk
        desk.key.reset_port()
        self.keyboard = sit_down(desk, num_lock=True, answer=answer)
        desk.key.run(0.4)
        desk.away_from_the_boundary(AMAZON, 13)
        self.code = desk.code(AMAZON)
        self._type_again_if_typed()
        #: The computer at which the button is pressed, and what it has had before.
        self.computer = desk.computer
        self._shown = len(desk.computer.text)
        self._blinks, self._lit = 0, any(desk.key.light)
        desk.key.set_button(True)
        self._held = 80.0
        self.told = False

    def switch_num_lock_off(self) -> None:
        """By another keyboard. Until the computer tells it, the key cannot know that it types cursor keys."""
        self.keyboard.num_lock = False
        self.computer.tell_leds()
        self.told = True

    @property
    def typed(self) -> str:
        return self.computer.text[self._shown :]

    def let_pass(self, ms: float) -> None:
        """Let time pass, and count how often the light goes on."""
        while ms > 0:
            step = min(ms, 20)
            if self._held <= 0:
                self._desk.key.set_button(False)
            self._desk.key.run(step / 1000)
            ms -= step
            self._held -= step
            before, self._lit = self._lit, any(self._desk.key.light)
            self._blinks += self._lit and not before

    def another_computer(self, num_lock: bool, takes: float) -> Computer:
        """Reset the port for `takes` ms. Nobody has told the key of the computer's lock keys."""
        self._desk.key.reset_port(takes / 1000)
        sit_down(self._desk, num_lock)
        return self._desk.computer

    def end(self) -> None:
        """The code came whole or in part, and the light says which. No key stays down."""
        self.let_pass(800)
        if self.typed != self.code and self._blinks < 5:
            # CircuitPython may have stopped, if a report was handed over in the instant of the reset
            # (docs/concepts/typing.md). Then the light shows it after the restart.
            self.let_pass(9000)
        assert self.code.startswith(self.typed) or self.told, "no wrong character"
        assert (self.typed == self.code) == (self._blinks < 5), (self.typed, self._blinks)
        assert not self.computer.stuck
        assert not self._desk.computer.stuck
        assert self._desk.key.wake_requests == 0
        if self.typed == self.code:
            self._last = self.code

    def end_for_good(self) -> None:
        """The next press types the code whole, and the lock keys are as before it."""
        self.end()
        desk = self._desk
        num_lock = desk.computer.keys.num_lock
        desk.key.run(0.6)
        self._type_again_if_typed()
        assert desk.press(2) == self.code
        assert desk.computer.keys.num_lock == num_lock

    def _type_again_if_typed(self) -> None:
        """A press waits for the next code if this one was typed; another right after it types it again."""
        if self._last == self.code:
            self._desk.key.press(0.05)
            self._desk.key.run(0.1)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_reset_ends_the_code_and_what_was_known_of_the_lock_keys(desk: Desk, moment: float) -> None:
    ready(desk)
    presses = Presses(desk)
    for takes in RESETS:
        for num_lock in (True, False):
            presses.press()
            presses.let_pass(moment)
            after = presses.another_computer(num_lock, takes)
            presses.let_pass(300)
            assert after.text == "", "no key of a code that was begun before"
            presses.end()
    presses.end_for_good()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_sleep_ends_the_code(desk: Desk, moment: float) -> None:
    """A short one, a longer one, and one that is longer than CircuitPython waits."""
    ready(desk)
    presses = Presses(desk)
    for asleep in (20, 400, 2500):
        presses.press()
        presses.let_pass(moment)
        typed = presses.typed
        desk.key.suspend()
        presses.let_pass(asleep)
        desk.key.resume()
        presses.let_pass(200)
        assert presses.typed == typed, "no key after it woke up"
        presses.end()
    presses.end_for_good()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_plug_that_is_drawn_and_put_into_another_computer_ends_the_code(desk: Desk, moment: float) -> None:
    """As of a hub with its own supply, or by a KVM switch: the bus rests, then another computer resets it."""
    ready(desk)
    presses = Presses(desk)
    for rests, num_lock in ((100, True), (300, False)):
        presses.press()
        presses.let_pass(moment)
        typed = presses.typed
        desk.key.suspend()
        presses.let_pass(rests)
        after = presses.another_computer(num_lock, 50)
        presses.let_pass(300)
        assert (presses.typed, after.text) == (typed, "")
        presses.end()
    presses.end_for_good()


# Before that, no report was sent: the key puts NumLock right and types.
@pytest.mark.parametrize("moment", sampled(range(10, 60, 2), (10, 12, 30), ()))
def test_num_lock_switched_off_by_another_keyboard_stops_the_code(desk: Desk, moment: float) -> None:
    """A digit that is taken before the computer tells it may be a cursor key. None is sent after that."""
    ready(desk)
    presses = Presses(desk)
    for answer in (0, 3):
        presses.press(Answer(answer))
        presses.let_pass(moment)
        presses.switch_num_lock_off()
        told = desk.key.uptime_ms + answer
        presses.let_pass(200)
        late = [report.data for report in desk.key.usb.reports if report.ms > told + LOOK]
        assert not any(report[2] in KEYPAD_DIGITS for report in late)
        assert not presses.keyboard.num_lock, "it stays as the other keyboard has left it"
        presses.end()
