"""The button's edges become gestures, including bounces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.panel.gestures import DOWN, HOLD, LET_GO, LONG_HOLD, NEXT, PRESS, SETUP, Gestures


def play(edges: list[tuple[int, bool]], until: int) -> list[tuple[int, str]]:
    """Gestures and when they were told, with a turn each millisecond."""
    gestures, told, waiting = Gestures(), [], list(edges)
    for now in range(until):
        while waiting and waiting[0][0] <= now:
            at, pressed = waiting.pop(0)
            told.append((now, gestures.edge(pressed, at)))
        told.append((now, gestures.turn(now)))
    return [(now, gesture) for now, gesture in told if gesture]


def test_a_short_touch_is_a_press_and_told_down_at_its_edge() -> None:
    assert play([(100, True), (180, False)], 1000) == [(100, DOWN), (200, PRESS)]


def test_a_hold_is_the_next_account() -> None:
    assert [name for _, name in play([(0, True), (HOLD + 50, False)], 4000)] == [DOWN, NEXT]


def test_a_long_hold_is_setup_while_still_held_and_its_release_says_no_more() -> None:
    told = play([(0, True), (5000, False)], 6000)
    assert told == [(0, DOWN), (LONG_HOLD, SETUP), (5020, LET_GO)]


def test_a_long_hold_that_nobody_looked_at_is_setup_at_its_release() -> None:
    gestures = Gestures()
    assert gestures.edge(True, 0) == DOWN
    assert gestures.edge(False, LONG_HOLD + 100) == ""
    assert gestures.turn(LONG_HOLD + 500) == SETUP
    assert gestures.turn(LONG_HOLD + 600) == ""


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
