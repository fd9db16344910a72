"""The button's edges become gestures, including bounces, and reach the key's mode in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.panel.gestures import (
    DOWN,
    KEY,
    LET_GO,
    LONG_HOLD,
    LOST,
    NEXT,
    NOTHING,
    PRESS,
    SETUP,
    Gestures,
    Touches,
)

if TYPE_CHECKING:
    from totpkey_firmware.platform import Platform


def play(edges: list[tuple[int, bool]], until: int) -> list[tuple[int, str]]:
    """Gestures and when they were told, with a turn each millisecond."""
    gestures, told, waiting = Gestures(), [], list(edges)
    for now in range(until):
        while waiting and waiting[0][0] <= now:
            at, pressed = waiting.pop(0)
            told.append((now, gestures.edge(pressed, at)))
        told.append((now, gestures.turn(now)))
    return [(now, gesture) for now, gesture in told if gesture]


@given(st.lists(st.integers(1, 19), max_size=6))
def test_bounces_at_the_release_make_no_second_press(gaps: list[int]) -> None:
    edges, at, pressed = [(0, True), (150, False)], 150, False
    for gap in gaps[: len(gaps) // 2 * 2]:
        at, pressed = at + gap, not pressed
        edges.append((at, pressed))
    assert [name for _, name in play(edges, 1000)] == [DOWN, PRESS]


def test_a_spent_press_ends_and_means_nothing_more() -> None:
    gestures = Gestures()
    assert gestures.edge(True, 0) == DOWN
    gestures.spend()
    assert gestures.turn(LONG_HOLD + 1) == ""
    assert gestures.edge(False, 4000) == ""
    assert (gestures.turn(4100), gestures.lasted) == (LET_GO, 4000)
    assert gestures.turn(4200) == ""


def test_an_edge_may_be_younger_than_the_round_that_sees_it() -> None:
    # The keypad is scanned by an interrupt, which may come just after the round has looked at the time.
    gestures = Gestures()
    assert gestures.edge(True, 1001) == DOWN
    assert gestures.held(1000) == 0
    assert gestures.turn(1000) == ""
    assert gestures.edge(False, 1081) == ""
    assert gestures.turn(1080) == "", "it may bounce still"
    assert gestures.turn(1101) == PRESS


@pytest.mark.parametrize(("lasts", "told"), [(599, PRESS), (600, NEXT), (2999, NEXT), (3000, SETUP)])
def test_a_hold_lasts_600_ms_and_a_long_one_three_seconds(lasts: int, told: str) -> None:
    assert [name for _, name in play([(0, True), (lasts, False)], 4000)] == [DOWN, told]
    # The same where nobody looked meanwhile.
    gestures = Gestures()
    assert (gestures.edge(True, 0), gestures.edge(False, lasts)) == (DOWN, NOTHING)
    assert (gestures.turn(lasts + 500), gestures.turn(lasts + 600)) == (told, NOTHING)


def test_a_release_counts_after_20_ms() -> None:
    assert play([(0, True), (100, False), (119, True), (400, False)], 1000) == [(0, DOWN), (420, PRESS)]
    assert play([(0, True), (100, False), (120, True), (400, False)], 1000) == [
        *((0, DOWN), (120, DOWN)),
        (420, PRESS),
    ]
    assert play([(0, True), (100, False), (121, True), (400, False)], 1000) == [
        *((0, DOWN), (120, PRESS), (121, DOWN)),
        (420, PRESS),
    ]


def test_a_touch_that_ends_at_three_seconds_is_no_setup_while_it_may_bounce() -> None:
    assert play([(0, True), (2990, False)], 4000) == [(0, DOWN), (3010, NEXT)]
    assert play([(0, True), (2990, False), (2995, True)], 4000) == [(0, DOWN), (3000, SETUP)]


def test_a_button_that_is_down_at_the_start_means_nothing_until_it_is_pressed() -> None:
    gestures = Gestures()
    assert gestures.edge(False, 5) == NOTHING
    assert gestures.turn(100) == NOTHING
    assert not gestures.under_way
    assert gestures.held(100) == 0
    assert gestures.edge(False, 110) == NOTHING
    assert gestures.edge(True, 115) == DOWN, "no bounce"


def test_what_is_told_of_a_touch_meanwhile() -> None:
    gestures = Gestures()
    assert (gestures.under_way, gestures.held(0), gestures.pressed_at, gestures.lasted) == (False, 0, 0, 0)
    assert gestures.released_at == 0
    gestures.edge(True, 100)
    assert (gestures.under_way, gestures.held(350), gestures.pressed_at) == (True, 250, 100)
    gestures.edge(False, 400)
    assert (gestures.under_way, gestures.held(410), gestures.released_at) == (True, 310, 400)
    assert gestures.turn(420) == PRESS
    assert (gestures.under_way, gestures.held(420), gestures.lasted) == (False, 0, 300)
    gestures.edge(True, 1000)
    gestures.spend()
    assert (gestures.under_way, gestures.held(1200)) == (False, 200)


def test_the_touch_after_a_spent_one_means_something_again() -> None:
    told = play([(0, True), (3500, False), (4000, True), (4100, False)], 5000)
    assert told == [(0, DOWN), (3000, SETUP), (3520, LET_GO), (4000, DOWN), (4120, PRESS)]


class Queues:
    """A board whose edges and keys have waited, in place of the platform that takes them from its pins."""

    def __init__(self, edges: list[tuple[bool, int]], keys: list[tuple[int, int]]) -> None:
        self._edges, self._keys = edges, keys
        self.noted = False

    def next_edge(self) -> tuple[bool, int] | None:
        return self._edges.pop(0) if self._edges else None

    def next_key(self) -> tuple[int, int] | None:
        return self._keys.pop(0) if self._keys else None

    def fell(self) -> bool:
        self.noted, noted = False, self.noted
        return noted

    def ticks(self) -> int:
        return 7777


class Told:
    """A mode that notes what it is handed."""

    def __init__(self) -> None:
        self.all: list[tuple[object, ...]] = []

    def down(self, touch: Gestures) -> None:
        self.all.append((DOWN, touch.pressed_at))

    def press(self, touch: Gestures) -> None:
        self.all.append((PRESS, touch.lasted))

    def hold(self, touch: Gestures) -> None:
        self.all.append((NEXT, touch.lasted))

    def key(self, number: int, at: int) -> None:
        self.all.append((KEY, number, at))


def touches(edges: list[tuple[bool, int]], keys: list[tuple[int, int]]) -> Touches:
    return Touches(cast("Platform", Queues(edges, keys)), 50)


def all_told(touched: Touches, now: int) -> list[tuple[object, ...]]:
    told = Told()
    while gesture := touched.next(now):
        touched.hand(gesture, told)
        told.all += [(LOST,)] * (gesture == LOST)
    return told.all


def test_touches_that_have_waited_come_one_after_the_other() -> None:
    touched = touches([(True, 100), (False, 180), (True, 300), (False, 1000), (True, 1200)], [])
    assert all_told(touched, 1250) == [(DOWN, 100), (PRESS, 80), (DOWN, 300), (NEXT, 700), (DOWN, 1200)]
    assert (touched.touched, touched.changed_at) == (1250, 1200)


def test_further_keys_come_after_the_button() -> None:
    touched = touches([(True, 100), (False, 180)], [(3, 90), (0, 95)])
    assert all_told(touched, 300) == [(DOWN, 100), (PRESS, 80), (KEY, 3, 90), (KEY, 0, 95)]
    assert touched.touched == 7777


def test_setup_and_the_end_of_its_touch_are_no_business_of_the_mode() -> None:
    touched = touches([(True, 100)], [])
    assert all_told(touched, 3200) == [(DOWN, 100)]
    later = touches([(True, 100), (False, 4000)], [])
    assert all_told(later, 4100) == [(DOWN, 100)]


def test_whether_there_was_a_touch() -> None:
    touched = touches([(True, 100)], [])
    assert (touched.fresh, touched.touched, touched.changed_at) == (True, 50, 50)
    touched.fresh = False
    assert touched.next(120) == DOWN
    assert (touched.fresh, touched.touched, touched.changed_at) == (True, 120, 100)
    touched.fresh = False
    assert touched.next(130) == NOTHING
    assert (touched.fresh, touched.touched) == (False, 120)
    assert touched.next(3100) == SETUP
    assert touched.fresh


def test_a_touch_that_only_the_pins_have_noted_is_told_after_work_that_takes_long() -> None:
    touched = touches([], [])
    queues = cast("Queues", touched._platform)
    queues.noted = True
    assert all_told(touched, 79) == [], "what it may hear of by itself yet"
    assert all_told(touched, 200) == [(LOST,)]
    queues.noted = True
    queues._edges += [(True, 300), (False, 380)]
    assert all_told(touched, 500) == [(DOWN, 300), (PRESS, 80)], "that is what was noted"
    assert not queues.noted
