"""How long a gesture is not given again, and from when on a touch counts, to the millisecond (consent.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from totpkey_firmware.panel.gestures import HOLD
from totpkey_firmware.setup.asking import AGREED, COUNTED, DIGIT, NOTHING, WRONG, Asking, Told, every
from totpkey_protocol.words import CHANGE, EVERYTHING, USE

if TYPE_CHECKING:
    from totpkey_firmware.setup.request import Request, Steps

#: Near the end of CircuitPython's ticks, which begin anew after 2^29 ms.
BEGUN = (1 << 29) - 60_000
#: For how long a gesture is not given again: one that was made, and any other. In ms.
MADE, NOT_MADE = 30_000, 120_000
SECOND = 1000


def later(ms: int) -> int:
    return (BEGUN + ms) % (1 << 29)


def first_free() -> Told:
    """Gives the first gesture that is free."""
    return Told(bytearray)


def asking(gesture: str = "23", *, locked: bool = False) -> Asking:
    return Asking(cast("Request", None), cast("Steps", None), CHANGE, gesture, 0, locked)


def test_a_gesture_has_two_counts_from_two_to_four_or_three_for_everything() -> None:
    assert every(2) == ["22", "23", "24", "32", "33", "34", "42", "43", "44"]
    assert len(set(every(3))) == 27
    told = first_free()
    assert [told.draw(consent, BEGUN) for consent in (USE, USE, EVERYTHING)] == ["1", "1", "222"]


def test_gestures_are_drawn_by_both_random_bytes() -> None:
    def drawn(first: int) -> str:
        return Told(lambda _: bytearray((first, 2))).draw(CHANGE, BEGUN)

    assert {drawn(first) for first in range(9)} == set(every(2))


@pytest.mark.parametrize(("made", "blocked"), [(None, NOT_MADE), (False, NOT_MADE), (True, MADE)])
def test_a_gesture_is_not_given_again_for_as_long_as_the_page_says(made: bool | None, blocked: int) -> None:
    for after, free in ((blocked - 1, False), (blocked, True)):
        told = first_free()
        assert told.draw(CHANGE, BEGUN) == "22"
        ended = 0
        if made is not None:
            ended = 20_000
            told.settle("22", made, later(ended))
        assert (told.draw(CHANGE, later(ended + after)) == "22") is free


def test_the_end_of_one_gesture_is_not_that_of_another() -> None:
    told = first_free()
    assert [told.draw(CHANGE, BEGUN) for _ in range(2)] == ["22", "23"]
    told.settle("22", made=True, now=BEGUN)
    assert told.draw(CHANGE, later(MADE)) == "22"
    assert told.draw(CHANGE, later(MADE)) == "24"


def test_no_gesture_is_given_that_holds_or_is_held_by_one_of_those() -> None:
    told = first_free()
    drawn = [told.draw(CHANGE, BEGUN)]
    while gesture := told.draw(EVERYTHING if len(drawn) % 2 else CHANGE, BEGUN):
        drawn.append(gesture)
    assert not any(one in other for one in drawn for other in drawn if one is not other)
    assert told.draw(CHANGE, later(NOT_MADE - 1)) == ""
    assert told.draw(CHANGE, later(NOT_MADE)) == "22"


@pytest.mark.parametrize(("shown", "told"), [(SECOND - 1, WRONG), (SECOND, NOTHING)])
def test_a_touch_counts_once_its_request_was_announced_for_a_second(shown: int, told: str) -> None:
    one = asking()
    one.down(shown, 2000)
    assert (one.up(80, 2080) == WRONG) is (told == WRONG)


@pytest.mark.parametrize(("lasted", "told"), [(HOLD - 1, WRONG), (HOLD, DIGIT)])
def test_on_a_locked_key_a_hold_comes_first(lasted: int, told: str) -> None:
    one = asking(locked=True)
    one.down(SECOND, 2000)
    assert one.up(lasted, 2000 + lasted) == told
    assert one.wants_hold is False


def test_the_gesture_alone_agrees() -> None:
    def ends(*counts: int) -> str:
        one, at, told = asking(), 2000, NOTHING
        for count in counts:
            for _ in range(count):
                one.down(SECOND, at)
                told = one.up(80, at + 80)
                if told == WRONG:
                    return WRONG
                at += 200
            told = one.turn(at + 1200)
            at += 1500
        return told

    assert {(one, two): ends(one, two) for one in range(1, 6) for two in range(1, 6)} == {
        (one, two): AGREED if (one, two) == (2, 3) else WRONG for one in range(1, 6) for two in range(1, 6)
    }
    assert ends(2) == DIGIT


def test_a_press_too_many_ends_it_at_once() -> None:
    one = asking("23")
    told = []
    for at in (2000, 2200, 2400):
        one.down(SECOND, at)
        told.append(one.up(80, at + 80))
    assert told == [COUNTED, COUNTED, WRONG]


def test_a_pause_completes_a_count_once_and_in_the_end_forgets_it() -> None:
    one = asking()
    one.down(SECOND, 2000)
    one.up(80, 2080)
    one.down(SECOND, 2200)
    one.up(80, 2280)
    assert [one.turn(2280 + after) for after in (1199, 1200, 1201, 14_999, 15_000)] == [
        *(NOTHING, DIGIT, NOTHING, NOTHING, WRONG)
    ]


def test_a_hold_within_a_gesture_ends_it() -> None:
    one = asking()
    one.down(SECOND, 2000)
    assert one.up(HOLD, 2000 + HOLD) == WRONG


def test_a_touch_that_began_before_the_request_is_none() -> None:
    one = asking()
    assert one.up(80, 2080) == NOTHING
    assert not one.begun
    one.down(SECOND, 3000)
    one.up(80, 3080)
    assert one.begun
    assert one.up(80, 3160) == NOTHING
    assert one.presses == 1


def test_a_gesture_is_under_way_from_its_first_press_on() -> None:
    one = asking()
    assert not one.under_way
    one.down(SECOND, 2000)
    assert not one.under_way
    one.up(80, 2080)
    assert one.under_way
    one.turn(4000)
    assert (one.under_way, one.presses) == (True, 0)


@pytest.mark.parametrize(
    ("gesture", "pause", "told"),
    [("23", 1200, DIGIT), ("32", 1200, WRONG), ("2", 1200, AGREED), ("23", 1199, NOTHING)],
)
def test_a_press_tells_what_the_pause_before_it_completed(gesture: str, pause: int, told: str) -> None:
    """Also where the key was busy, and looks at all of it only then."""
    one = asking(gesture)
    for at in (2000, 2200):
        one.down(SECOND, at)
        one.up(80, at + 80)
    assert one.down(SECOND, 2280 + pause) == told
    assert one.counted == ("" if told == NOTHING else "2")


@pytest.mark.parametrize("ended", [AGREED, WRONG])
def test_a_touch_after_the_end_changes_nothing(ended: str) -> None:
    """The key may have been busy, and looks at all touches at once."""
    one = asking("23")
    for at in (2000, 2200):
        one.down(SECOND, at)
        one.up(80, at + 80)
    one.result = ended
    assert [one.down(SECOND, 4000), one.up(80, 4080), one.key(3, SECOND, 4200), one.turn(6000)] == [
        NOTHING
    ] * 4
    assert (one.counted, one.presses) == ("", 2)
