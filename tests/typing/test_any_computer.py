"""Right digits at every computer, or none: all ways to answer and poll, and any order of events."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.cases import sampled
from tests.typing.bench import POLL, Bench
from totpkey_firmware.keyboard import lock_state
from totpkey_firmware.keyboard.typist import NOT_TYPED, TYPED
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_protocol.words import KEYPAD
from totpkey_virtual.computer import LINUX, MACOS, Platform
from totpkey_virtual.hosts.usages import CAPS_LOCK, NUM_LOCK
from totpkey_virtual.hosts.xkb_keyboard import XkbKeyboard

#: How long computers take to tell a change of their lock keys, in ms; None: they never do.
ANSWERS = (0, 1, 2, 4, 7, 8, 9, 12, 20, 50, 90, 300, 400, None)
#: Times between polls, in turn.
POLLS = ((1,), (2,), (4,), (POLL,), (10,), (12,), (8, 9, 7, 12, 3), (8, 8, 8, 8, 29))
LOCKS = tuple(product((False, True), (False, True)))
DIGITS = TypingSettings(KEYPAD)
#: A computer that finds a device lets the bus rest for 100 ms (USB 2.0 section 7.1.7.3); 35 for the rest.
FOUND = 135


@pytest.mark.parametrize("answer", sampled(ANSWERS, (0, 4, 8, 20, 90, 400, None)))
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


class AnyComputer(RuleBasedStateMachine):
    """A key that keeps its power, and what happens to it at one computer after the other."""

    @initialize(lock=st.sampled_from(LOCKS), answer=st.sampled_from(ANSWERS), gaps=st.sampled_from(POLLS))
    def plug_in(self, lock: tuple[bool, bool], answer: int | None, gaps: tuple[int, ...]) -> None:
        self.bench = Bench(LINUX, XkbKeyboard("us", "", LINUX, *lock), True, answer, gaps)
        #: Whether a lock key was pressed that the computer has told nobody of.
        self.secret = False

    @rule(digits=st.text("0123456789", min_size=6, max_size=8))
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
    @rule(usage=st.sampled_from([NUM_LOCK, CAPS_LOCK]))
    def a_lock_key_of_another_keyboard(self, usage: int) -> None:
        self.bench.tap_elsewhere(usage)
        assert self.bench.answer is not None
        self.bench.run(self.bench.answer + 2)

    @rule(takes=st.integers(35, 400))
    def the_port_is_reset(self, takes: int) -> None:
        self.bench.reset(takes)
        self.bench.run(takes + 1)

    @rule(
        takes=st.integers(35, 400),
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
        takes = takes if seen else max(takes, FOUND)
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
