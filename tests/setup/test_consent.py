"""A touch is for one command, which was asked for before it, in the state in which it was asked for.

How long a gesture is not given again, and from when on it counts, is told to the millisecond (consent.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.support.cases import sampled
from tests.support.consent import make
from tests.support.desk import AMAZON, DERIVED, Desk
from tests.support.records import message
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking
from totpkey_firmware.panel.gestures import HOLD
from totpkey_firmware.setup.asking import AGREED, COUNTED, DIGIT, NOTHING, WRONG, Asking, Told, every
from totpkey_protocol import errors, limits, words
from totpkey_protocol.words import CHANGE, EVERYTHING, USE

PIN = "2580"
EXPORT: dict[str, str | int] = {"derived": DERIVED.hex(), "start": 0}


def said(desk: Desk, seconds: float = 0.3) -> list[dict[str, object]]:
    """What the key says within that time."""
    desk.key.run(seconds)
    return [message(line) for line in desk.key.read_serial().splitlines() if line]


def with_a_lock(desk: Desk, client: KeyClient, idle: int) -> None:
    client.set_time(round(desk.key.true_time))
    client.add(AMAZON)
    client.set_pin(PIN)
    client.set_locking(Locking(idle, False))


def test_what_was_asked_of_an_open_key_is_not_done_by_a_locked_one(desk: Desk) -> None:
    with desk.client() as client:
        with_a_lock(desk, client, idle=5)
        for name, given in (
            ("set_limit", {"limit": 0}),
            ("export", EXPORT),
            ("sample", {"text": "digits", "mode": words.KEYPAD, "pace": 0, "table": ""}),
        ):
            before = len(desk.key.usb.reports)
            client.send(name, **given)
            messages = said(desk, 7)
            assert messages[0]["notice"] == "touch"
            assert messages[-1]["error"] == errors.NOT_ALLOWED
            make(desk.key, str(messages[0]["gesture"]))
            assert said(desk, 0.5) == []
            assert desk.reports_since(before) == []
            assert client.hello().state == words.LOCKED
            # An entry that is left alone is forgotten.
            desk.key.run(16)
            client.unlock_pin(PIN)


@pytest.mark.simulator_only(reason="ten minutes of device time are too long on the emulated chip")
@pytest.mark.parametrize("phase", sampled(range(4), [1]))
def test_a_key_that_is_due_to_lock_itself_as_setup_ends_is_locked_then(desk: Desk, phase: int) -> None:
    """Whether the lock has its turn before the session differs by the millisecond."""
    with desk.client() as client:
        with_a_lock(desk, client, idle=limits.SETUP_IDLE)
        desk.key.run(phase * 0.002)
        client.hello()
    desk.key.run(limits.SETUP_IDLE - 1)
    desk.await_face(serial=False)
    desk.settle()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ""


@pytest.mark.slow
@pytest.mark.simulator_only(reason="an hour of device time is too long on the emulated chip")
def test_a_program_that_keeps_talking_keeps_setup_and_an_open_key_for_an_hour(desk: Desk) -> None:
    with desk.client() as client:
        with_a_lock(desk, client, idle=400)
        opened = desk.key.true_time
        while (shown := desk.key.usb.enumeration) and shown.has_serial:
            assert desk.key.true_time - opened < 2 * limits.SETUP_UNTOUCHED
            assert client.hello().state == words.OPEN
            desk.key.run(30)
    assert desk.key.true_time - opened == pytest.approx(limits.SETUP_UNTOUCHED, abs=40)
    desk.settle()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ""


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


def pressed(one: Asking, *moments: int) -> list[str]:
    """What each of these short presses tells as it ends."""
    told = []
    for at in moments:
        one.down(SECOND, at)
        told.append(one.up(80, at + 80))
    return told


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
    assert pressed(asking("23"), 2000, 2200, 2400) == [COUNTED, COUNTED, WRONG]


def test_a_pause_completes_a_count_once_and_in_the_end_forgets_it() -> None:
    one = asking()
    pressed(one, 2000, 2200)
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
    pressed(one, 3000)
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
    pressed(one, 2000, 2200)
    assert one.down(SECOND, 2280 + pause) == told
    assert one.counted == ("" if told == NOTHING else "2")


@pytest.mark.parametrize("ended", [AGREED, WRONG])
def test_a_touch_after_the_end_changes_nothing(ended: str) -> None:
    """The key may have been busy, and looks at all touches at once."""
    one = asking("23")
    pressed(one, 2000, 2200)
    one.result = ended
    assert [one.down(SECOND, 4000), one.up(80, 4080), one.key(3, SECOND, 4200), one.turn(6000)] == [
        NOTHING
    ] * 4
    assert (one.counted, one.presses) == ("", 2)
