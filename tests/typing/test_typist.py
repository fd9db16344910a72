"""The typist's rules: lock keys, repeats, and one report for each poll."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.typing.bench import POLL, Bench
from totpkey.keyboard.layouts import layouts
from totpkey_firmware.keyboard import typist
from totpkey_firmware.keyboard.keystrokes import strokes, with_releases
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_protocol.words import KEYPAD, TOP_ROW
from totpkey_virtual.computer import CAPS_LOCK_KEY, LINUX, MACOS, NUM_LOCK_KEY, WINDOWS, Platform
from totpkey_virtual.hosts import XkbKeyboard

MUTE = Platform("mute", leds=0)
#: A computer has told its lock keys by then, in ms after the configuration.
SETTLED = 150
CODES = st.text("0123456789", min_size=6, max_size=8)


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
