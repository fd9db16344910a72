"""Right digits on every computer, or none: all ways to answer and poll, and any order of events.

Soon after a press there may be a reset of the bus, a sleep, a drawn plug, another lock key.
The typist has its rules for lock keys and repeats, and gives one report for each poll.
"""

from __future__ import annotations

import random
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.cases import sampled
from tests.support.desk import AMAZON, Desk
from tests.typing.bench import IDLE, POLL, Bench, ready, sit_down
from totpkey.keyboard.layouts import layouts
from totpkey_firmware.keyboard import lock_state, typist
from totpkey_firmware.keyboard.keystrokes import strokes, with_releases
from totpkey_firmware.keyboard.typist import NOT_TYPED, TYPED
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_protocol.words import KEYPAD, TOP_ROW
from totpkey_virtual.computer import (
    AT_ONCE,
    CAPS_LOCK_KEY,
    LINUX,
    MACOS,
    NUM_LOCK_KEY,
    WINDOWS,
    Answer,
    Computer,
    Platform,
)
from totpkey_virtual.hosts import KEYPAD_DIGITS, XkbKeyboard

#: How long computers take to tell a change of their lock keys, in ms; None: they never do.
ANSWERS = (0, 1, 2, 4, 7, 8, 9, 12, 20, 50, 90, 300, 400, None)
#: Times between polls, in turn.
POLLS = ((1,), (2,), (4,), (POLL,), (10,), (12,), (8, 9, 7, 12, 3), (8, 8, 8, 8, 29))
LOCKS = tuple(product((False, True), (False, True)))
DIGITS = TypingSettings(KEYPAD)
CODES = st.text("0123456789", min_size=6, max_size=8)
#: A computer resets the bus for 10 ms or more. It waits for 10, after the address for 2 (USB 2.0 sections
#: 7.1.7.5, 9.2.6.3), and its requests take 13.
CONFIGURES = st.integers(35, 400)
#: When it happens within a code, in ms after the press: each begins in one of the first intervals.
WITHIN = st.integers(0, 10 * POLL)


@pytest.mark.parametrize("answer", sampled(ANSWERS, (4, 20, None)))
@pytest.mark.parametrize("platform", [LINUX, MACOS], ids=lambda platform: platform.name)
def test_five_presses_in_a_row(keymaps: None, platform: Platform, answer: int | None) -> None:
    """A computer that answers gets all codes. One that never does gets none, unless it told by itself."""
    source = random.Random(f"{platform.name} {answer}")
    for gaps, (num_lock, caps_lock), tells in product(POLLS, LOCKS, (False, True)):
        keys = XkbKeyboard("us", "", platform, num_lock, caps_lock)
        bench = Bench(platform, keys, tells, answer, gaps)
        knows = tells and keys.num_lock
        for _ in range(5):
            code = f"{source.randrange(10**6):06}"
            typed = bench.type(code, DIGITS)
            what = (gaps, num_lock, caps_lock, tells)
            if answer is not None or knows:
                assert (typed, bench.outcome) == (code, TYPED), what
            else:
                assert (typed, bench.outcome) == ("", NOT_TYPED), what
            assert (keys.num_lock, keys.caps_lock) == (num_lock and platform is LINUX, caps_lock), what


@pytest.mark.parametrize("hung", [False, True], ids=["", "after a press at a computer that hung"])
@pytest.mark.parametrize("days", [0, 2, 4, 6, 8])
def test_the_first_press_after_days_in_a_socket(keymaps: None, days: int, hung: bool) -> None:
    """The ticks begin again every six days, and no computer has told its lock keys. One that hung for a
    moment, and took no lock key, left the key waiting for its answer.
    """
    bench = Bench(LINUX, XkbKeyboard("us", "", LINUX), False)

    def hang() -> None:
        bench.next_poll += 300

    if hung:
        bench.run(400)
        assert bench.type("123456", DIGITS, 1, hang) == ""
        bench.run(300)
    bench.now += days * 86_400_000
    pressed = bench.now
    assert bench.type("123456", DIGITS) == "123456"
    assert bench.now - pressed < 3000


class AnyComputer(RuleBasedStateMachine):
    """A key that keeps its power, and what happens to it at one computer after the other."""

    @initialize(lock=st.sampled_from(LOCKS), answer=st.sampled_from(ANSWERS), gaps=st.sampled_from(POLLS))
    def plug_in(self, lock: tuple[bool, bool], answer: int | None, gaps: tuple[int, ...]) -> None:
        self.bench = Bench(LINUX, XkbKeyboard("us", "", LINUX, *lock), True, answer, gaps)
        #: Whether a lock key was pressed that the computer has told nobody of.
        self.secret = False

    @rule(digits=CODES)
    def press(self, digits: str) -> None:
        bench, keys = self.bench, self.bench.keys
        before = keys.num_lock, keys.caps_lock
        typed = bench.type(digits, DIGITS)
        assert typed in (digits, ""), "no wrong character"
        assert (typed == digits) == (bench.outcome == TYPED), "and the light says so"
        if bench.answer is not None:
            assert typed == digits, "a computer that tells its lock keys gets the code"
        assert (keys.num_lock, keys.caps_lock) == before

    @precondition(lambda self: self.bench.answer is not None)
    @rule(usage=st.sampled_from([NUM_LOCK_KEY, CAPS_LOCK_KEY]))
    def a_lock_key_of_another_keyboard(self, usage: int) -> None:
        self.bench.tap_elsewhere(usage)
        assert self.bench.answer is not None
        self.bench.run(self.bench.answer + 2)

    @rule(digits=CODES, after=WITHIN, takes=CONFIGURES, lock=st.sampled_from(LOCKS), other=st.booleans())
    def a_reset_within_a_code(
        self, digits: str, after: int, takes: int, lock: tuple[bool, bool], other: bool
    ) -> None:
        """`other`: the computer that comes after it is another one."""
        bench, keys = self.bench, self.bench.keys
        before = keys.text

        def reset() -> None:
            bench.reset(takes)
            if other:
                new = XkbKeyboard("us", "", LINUX, *lock)
                bench.sit_down(new, LINUX, bench.answer)
                bench.tell_first_lights()

        bench.type(digits, DIGITS, after, reset)
        bench.run(takes + 1)
        self._stopped(keys.text.removeprefix(before), digits)
        assert not other or not bench.keys.text

    @rule(digits=CODES, after=WITHIN, asleep=st.integers(0, 400))
    def a_sleep_within_a_code(self, digits: str, after: int, asleep: int) -> None:
        """Or a bus that is idle for a moment, which changes nothing."""
        bench = self.bench
        before = bench.keys.text
        at_rest = ""

        def sleep() -> None:
            nonlocal at_rest
            bench.sleep()
            at_rest = bench.keys.text
            bench.run(asleep)
            bench.wake()

        bench.type(digits, DIGITS, after, sleep)
        if asleep > IDLE:
            assert bench.keys.text == at_rest, "nothing after it woke up"
        self._stopped(bench.keys.text.removeprefix(before), digits)

    @precondition(lambda self: self.bench.answer is not None and self.bench.platform is LINUX)
    @rule(digits=CODES, after=WITHIN)
    def num_lock_of_another_keyboard_within_a_code(self, digits: str, after: int) -> None:
        """What was taken before the computer told may be a cursor key. `Bench` checks all that follows."""
        bench, keys = self.bench, self.bench.keys
        before = keys.num_lock

        def tap() -> None:
            while bench.held == NUM_LOCK_KEY:
                # The same key down on two keyboards is one key down to a seat.
                bench.run(1)
            bench.tap_elsewhere(NUM_LOCK_KEY)

        bench.type(digits, DIGITS, after, tap)
        assert bench.answer is not None
        bench.run(bench.answer + 2)
        assert keys.num_lock != before

    def _stopped(self, typed: str, digits: str) -> None:
        assert digits.startswith(typed), "no wrong character"
        assert (typed == digits) == (self.bench.outcome == TYPED), "and the light says so"

    @rule(takes=CONFIGURES)
    def the_port_is_reset(self, takes: int) -> None:
        self.bench.reset(takes)
        self.bench.run(takes + 1)

    @rule(
        takes=CONFIGURES,
        lock=st.sampled_from(LOCKS),
        platform=st.sampled_from([LINUX, MACOS]),
        answer=st.sampled_from(ANSWERS),
        gaps=st.sampled_from(POLLS),
        seen=st.booleans(),
    )
    def another_computer(
        self,
        takes: int,
        lock: tuple[bool, bool],
        platform: Platform,
        answer: int | None,
        gaps: tuple[int, ...],
        seen: bool,
    ) -> None:
        """Also a restart with other lock keys. `seen`: whether the key looks meanwhile."""
        self.bench.sit_down(XkbKeyboard("us", "", platform, *lock), platform, answer, gaps)
        self.bench.reset(takes)
        if seen:
            self.bench.run(takes + 1)
        else:
            self.bench.look_away(takes + 1)
            self.bench.run(1)

    @rule()
    def silence(self) -> None:
        """From now on it tells nothing, as through a remote desktop that hangs."""
        self.bench.answer = None

    @rule(answer=st.sampled_from(ANSWERS[:-1]))
    def it_answers_at_another_pace(self, answer: int) -> None:
        if self.bench.answer is not None:
            self.bench.run(self.bench.answer)
            self.bench.answer = answer

    @rule(milliseconds=st.sampled_from([1, 10, 100, 1000]))
    def a_while(self, milliseconds: int) -> None:
        self.bench.run(milliseconds)

    @rule(milliseconds=st.integers(1, 400))
    def the_firmware_looks_away(self, milliseconds: int) -> None:
        self.bench.look_away(milliseconds)
        self.bench.run(1)

    @invariant()
    def what_it_knows_is_true(self) -> None:
        locks, bench = self.bench.typist.locks, self.bench
        if locks.state == lock_state.TOLD and bench.answer is not None and not bench.coming:
            assert locks.leds == bench.lit
        if locks.lacks_num_lock:
            assert bench.platform is MACOS


AnyComputer.TestCase.settings = settings(max_examples=300, stateful_step_count=20, deadline=None)
test_any_order = pytest.mark.usefixtures("keymaps")(AnyComputer.TestCase)


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
        """The code came whole or in part, and the light says which. No key stays down.

        Of a lock key that was switched within the last report nobody knows whether it came before that.
        """
        self.let_pass(800)
        if self.typed != self.code and self._blinks < 5:
            # CircuitPython may have stopped, if a report was handed over in the instant of the reset
            # (docs/concepts/typing.md). Then the light shows it after the restart.
            self.let_pass(9000)
        assert self.code.startswith(self.typed) or self.told, "no wrong character"
        assert (self.typed == self.code) >= (self._blinks < 5), (self.typed, self._blinks)
        assert self.told or self.typed != self.code or self._blinks < 5, self._blinks
        assert not self.computer.stuck
        assert not self._desk.computer.stuck
        assert self._desk.key.wake_requests == 0
        if self._blinks < 5:
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
@pytest.mark.parametrize("moment", sampled(range(10, 70, 2), (10, 12, 30, 58, 64), ()))
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


MUTE = Platform("mute", leds=0)
#: A computer has told its lock keys by then, in ms after the configuration.
SETTLED = 150


@pytest.fixture
def keys(keymaps: None, request: pytest.FixtureRequest) -> XkbKeyboard:
    num_lock, caps_lock = getattr(request, "param", (True, False))
    return XkbKeyboard("us", num_lock=num_lock, caps_lock=caps_lock)


@given(CODES, st.sampled_from([KEYPAD, TOP_ROW]), st.sampled_from(sorted(layouts())))
def test_one_report_a_digit_and_a_release_only_before_a_repeat(code: str, mode: str, layout: str) -> None:
    found = strokes(code, TypingSettings(mode, table=layouts()[layout].table))
    assert found is not None
    reports = with_releases(found)
    repeats = sum(first == second for first, second in pairwise(code))
    other_levels = sum(
        found[at] != found[at + 2] and found[at + 1] != found[at + 3] for at in range(0, len(found) - 2, 2)
    )
    assert len(reports) == 2 * (len(code) + repeats + other_levels + 1)
    assert reports[-2:] == b"\0\0"


@pytest.mark.parametrize("text", ["é", "\x1f", "\x7f", "漢", "A"])
def test_what_has_no_key_is_not_typed(text: str) -> None:
    assert strokes("1" + text, TypingSettings(KEYPAD)) is None


def test_every_poll_takes_a_report(keys: XkbKeyboard) -> None:
    bench = Bench(LINUX, keys)
    start = bench.now
    assert bench.type("123456", TypingSettings(KEYPAD)) == "123456"
    assert len(bench.taken) == 7
    assert bench.taken[-1] - start <= 8 * POLL


@pytest.mark.parametrize("takes", [0, 1, 10, 300])
def test_after_a_reset_however_short_the_computer_has_time_to_settle(keys: XkbKeyboard, takes: int) -> None:
    """One that ends between two looks of the firmware leaves the bus as it was."""
    bench = Bench(LINUX, keys)
    configured = bench.now + takes
    bench.reset(takes)
    bench.run(takes + 1)
    assert bench.type("123456", TypingSettings(KEYPAD)) == "123456"
    assert bench.taken[0] - configured >= SETTLED


def test_the_pace_is_kept(keys: XkbKeyboard) -> None:
    bench = Bench(LINUX, keys)
    start = bench.now
    assert bench.type("123456", TypingSettings(KEYPAD, pace=40, delay=500)) == "123456"
    assert bench.taken[-1] - start >= 500 + 6 * 40


def gaps_between_reports(moment: int, turns: int, pace: int) -> list[int]:
    """Type a code `moment` ms after a poll, by a firmware that turns every so many ms."""
    bench = Bench(LINUX, XkbKeyboard("us", num_lock=True))
    bench.run(moment)
    bench.turns = turns
    assert bench.type("123456", TypingSettings(KEYPAD, pace=pace)) == "123456"
    return [later - earlier for earlier, later in pairwise(bench.taken)]


@given(st.integers(0, POLL - 1), st.sampled_from([1, 2]), st.sampled_from([POLL, 40, 80]))
def test_the_pace_is_even_whenever_the_button_is_pressed(
    keymaps: None, moment: int, turns: int, pace: int
) -> None:
    assert gaps_between_reports(moment, turns, pace) == [pace] * 6


@given(st.integers(0, POLL - 1), st.integers(3, 7), st.sampled_from([POLL, 40, 80]))
def test_a_firmware_that_is_slow_leaves_out_polls_and_types_right(
    keymaps: None, moment: int, turns: int, pace: int
) -> None:
    assert all(pace <= gap <= pace + 2 * POLL for gap in gaps_between_reports(moment, turns, pace))


@pytest.mark.parametrize("layout", ["us", "fr"])
def test_caps_lock_is_put_back_before_a_computer_that_tells_nothing_gets_letters(
    keymaps: None, layout: str
) -> None:
    """On a French Windows it changes the digits, too."""
    keys = XkbKeyboard(layout, platform=WINDOWS)
    bench = Bench(MUTE, keys)
    for _ in range(2):
        assert bench.type("abCD12", TypingSettings(TOP_ROW, table=layouts()[layout].table)) == "abCD12"
        assert (keys.num_lock, keys.caps_lock) == (False, False)


@pytest.mark.parametrize("another", [False, True], ids=["later", "another"])
def test_that_a_computer_told_nothing_says_nothing_of_another_or_of_later(
    keymaps: None, another: bool
) -> None:
    letters = TypingSettings(TOP_ROW, table=layouts()["us"].table)
    bench = Bench(MUTE, XkbKeyboard("us"))
    assert bench.type("abCD", letters) == "abCD"
    bench.sit_down(XkbKeyboard("us", caps_lock=another))
    if another:
        bench.reset(10)
        bench.coming = []
    else:
        bench.tap_elsewhere(CAPS_LOCK_KEY)
    bench.run(200)
    assert bench.type("abCD", letters) == "abCD"
    assert bench.keys.caps_lock


def test_a_mac_is_asked_once(keymaps: None) -> None:
    """NumLock twice, CapsLock twice; then only the code's seven."""
    keys = XkbKeyboard("us", platform=MACOS)
    bench = Bench(MACOS, keys)
    for reports in (7 + 8, 7):
        before = len(bench.taken)
        assert bench.type("123456", TypingSettings(KEYPAD)) == "123456"
        assert len(bench.taken) - before == reports
        assert not keys.caps_lock


class StubbornCaps(XkbKeyboard):
    """CapsLock is on, and stays on."""

    pressed: tuple[int, ...] = ()

    def press(self, usage: int) -> None:
        self.pressed += (usage,)
        if usage != 0x39 or not self.caps_lock:
            super().press(usage)

    def release(self, usage: int) -> None:
        if usage != 0x39:
            super().release(usage)


def test_letters_are_not_typed_under_a_caps_lock_that_stays(keymaps: None) -> None:
    keys = StubbornCaps("us", num_lock=False, caps_lock=True)
    bench, before = Bench(LINUX, keys), len(keys.pressed)
    assert bench.type("1BCD", TypingSettings(KEYPAD, table=layouts()["us"].table)) == ""
    assert bench.outcome == typist.NOT_TYPED
    assert (keys.num_lock, keys.caps_lock) == (False, True)
    assert keys.pressed[before] == NUM_LOCK_KEY


class FallsSilent(Bench):
    """The computer answers the first lock key, and no other."""

    answers = 1

    def leds(self) -> int:
        told = super().leds()
        if told < 0:
            return told
        self.answers -= 1
        return told if self.answers >= 0 else -1


@pytest.mark.parametrize("keys", [(True, False)], indirect=True)
def test_num_lock_that_answers_once_and_no_more_stands_as_before(keys: XkbKeyboard) -> None:
    bench = FallsSilent(LINUX, keys, tells=False)
    assert bench.type("123456", TypingSettings(KEYPAD)) == ""
    assert bench.outcome == typist.NOT_TYPED
    assert keys.num_lock
