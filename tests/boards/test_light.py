"""The light tells apart all requests that wait for a touch, and each of 250 accounts, also on a plain LED.

Accounts are read as a person does: short or long by a limit, a digit by the pause after it, without any of
the firmware's own arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest

from light_pictures import MATRICES, Matrix, flashes, path, pictures, seen, times
from tests.boards.lamps import Lamp, Ticks, rhythm, told_apart
from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.led import Flash, is_plain, of_colour, watch
from totpkey.accounts.account import Account
from totpkey_firmware.panel import light
from totpkey_firmware.panel.light import (
    ACCOUNTS,
    ASKING,
    NOT_AGREED,
    READY,
    REFUSED,
    SETUP,
    TYPED,
    Light,
)
from totpkey_protocol import lights
from totpkey_protocol.consent import CLASSES


def test_a_plain_led_tells_not_agreed_from_the_steady_light_of_setup() -> None:
    assert list(flashes(SETUP, 2000)) == [(0, 2000)]
    assert list(flashes(NOT_AGREED, 10_000)) == [(300, 2300)]
    assert NOT_AGREED.steps[1] >= 300


def test_no_class_has_the_colour_of_another_or_of_an_account() -> None:
    colours = [pattern.colour for pattern in ASKING.values()]
    assert len({*colours, *ACCOUNTS}) == len(colours) + len(ACCOUNTS)


def test_the_pictures_are_up_to_date() -> None:
    for name, drawn in pictures().items():
        assert path(name).read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize("consent", list(CLASSES))
def test_within_two_seconds_each_has_shown_what_it_is(consent: str) -> None:
    assert sum(map(sum, rhythm(ASKING[consent]))) <= 2000


def test_a_moment_begins_when_it_is_shown_and_the_state_comes_back() -> None:
    lamp, ticks = Lamp(), Ticks()
    light = Light(lamp, ticks)  # type: ignore[arg-type]
    light.state(SETUP)
    ticks.now = 1200
    light.moment(TYPED)
    assert lamp.shown[-1] == TYPED.colour
    ticks.now += TYPED.steps[0] - 1
    light.turn()
    assert lamp.shown[-1] == TYPED.colour
    ticks.now += 1
    light.turn()
    assert lamp.shown[-1] == SETUP.colour


@pytest.mark.parametrize("stall", [100, 200, 400, 1000, 5000])
def test_whatever_keeps_the_key_busy_takes_no_flash_away(stall: int) -> None:
    lamp, ticks = Lamp(), Ticks()
    light = Light(lamp, ticks)  # type: ignore[arg-type]
    light.state(SETUP)
    light.moment(REFUSED)
    for turn in range(400):
        ticks.now += stall if turn % 7 == 3 else 8
        light.turn()
    assert lamp.shown.count(REFUSED.colour) == REFUSED.times


def test_it_blinks_from_power_on_and_while_the_ticks_wrap() -> None:
    # CircuitPython's ticks wrap 65 s after power-on, so that nobody forgets that they do.
    start = (1 << 29) - (1 << 16)
    lamp, ticks = Lamp(), Ticks(start)
    light = Light(lamp, ticks)  # type: ignore[arg-type]
    for now in range(start, start + 80 * sum(READY.steps), 10):
        ticks.now = now
        light.state(READY)
        light.turn()
    assert lamp.shown.count(READY.colour) == 80


MOST = 250
#: What is longer than this is a long flash; a longer dark ends a digit, or the number. In ms.
_LONG, _DIGIT, _END = 300, 450, 1400
#: From linear sRGB to CIE XYZ (IEC 61966-2-1).
_XYZ: Matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
#: Hues that differ by so much look different beyond doubt: twenty times what can just be seen (u', v').
_FAR = 0.08
#: An account's colour on a NeoPixel, when it was chosen and while the key is ready, from docs/guide/light.md.
VIOLET, DIM_VIOLET = (40, 0, 40), (10, 0, 10)
GREEN = (0, 60, 0)
THIRD = Account("Third", "me", b"the third secret of some", digits=7)


def hue(colour: Sequence[float]) -> tuple[float, float]:
    """Return the chromaticity u', v' (CIE 1976). Two that differ by some 0.004 can just be told apart."""
    x, y, z = times(_XYZ, colour)
    whole = x + 15 * y + 3 * z
    return 4 * x / whole, 9 * y / whole


def read(watched: list[Flash]) -> list[int]:
    """Return the numbers that a person reads, without one that was cut off at the end."""
    numbers, digits, count = [], "", 0
    for flash in watched if watched[-1].dark > _END else watched[:-1]:
        assert 100 <= flash.lit <= 800, "neither a flicker nor steady"
        count += 5 if flash.lit > _LONG else 1
        if flash.dark > _DIGIT:
            digits, count = digits + str(count % 10), 0
        if flash.dark > _END:
            numbers.append(int(digits))
            digits = ""
    return numbers


def played(pattern: light.Pattern, span: int) -> list[Flash]:
    """Return what the firmware's light shows in so many ms, looked after as by the loop."""
    lamp, ticks = Lamp(), Ticks()
    shown = light.Light(lamp, ticks)  # type: ignore[arg-type]
    shown.state(light.DARK)
    shown.moment(pattern) if pattern.times else shown.state(pattern)
    watched: list[Flash] = []
    for ticks.now in range(0, span, 8):
        shown.turn()
        lit = any(lamp.shown[-1])
        if lit and (not watched or watched[-1].dark):
            watched.append(Flash(lamp.shown[-1], 0, 0))
        if watched:
            last = watched[-1]
            watched[-1] = Flash(last.colour, last.lit + 8 * lit, last.dark + 8 * (not lit))
    return watched


def test_each_is_read_as_its_number() -> None:
    for place in range(MOST):
        assert read(played(light.chosen(place), 12_000)) == [place + 1]
        again = read(played(light.ready_at(place, False), 24_000))
        assert set(again) == {place + 1}
        assert len(again) >= 2, "every few seconds"


def test_each_is_told_as_people_read_of_it() -> None:
    for place in range(MOST):
        colour, digits = lights.of_place(place)
        shown = played(light.chosen(place), 12_000)
        signs = "".join(lights.LONG if flash.lit > _LONG else lights.SHORT for flash in shown)
        assert signs == "".join(digits)
        assert light.ACCOUNTS.index(shown[0].colour) == lights.COLOURS.index(colour)


def test_it_is_told_within_a_few_seconds() -> None:
    for place in range(MOST):
        most = {1: 2500, 2: 5500, 3: 7000}[len(str(place + 1))]
        assert max(end for _, end in flashes(light.chosen(place), 9000) if end < 9000) <= most


def test_a_plain_led_tells_all_of_them_from_each_other_and_from_all_else() -> None:
    """From a key with one account, trouble and requests, too."""
    numbers = [rhythm(light.ready_at(place, False)) for place in range(MOST)]
    others = [rhythm(ASKING[consent]) for consent in CLASSES] + [
        rhythm(pattern)
        for pattern in vars(light).values()
        if isinstance(pattern, light.Pattern) and len(pattern.steps) > 1 and not pattern.times
    ]
    assert len(others) >= 13
    everything = numbers + others
    assert [pair for pair in combinations(everything, 2) if not told_apart(*pair)] == []


def test_a_clock_that_is_due_shows_and_changes_no_number() -> None:
    for place in range(MOST):
        plain, due = (played(light.ready_at(place, due), 9000) for due in (False, True))
        count = sum(map(len, lights.of_place(place)[1]))
        assert [flash.lit > _LONG for flash in due[:count]] == [flash.lit > _LONG for flash in plain[:count]]
        assert all(flash.lit < 100 for flash in due[count : count + 4]), "a flicker, which counts nothing"


@pytest.mark.parametrize("eye", MATRICES)
def test_no_two_neighbours_have_colours_that_look_alike(eye: str) -> None:
    around = (*light.ACCOUNTS, light.ACCOUNTS[0])
    for one, other in pairwise(around):
        assert math.dist(hue(seen(one, eye)), hue(seen(other, eye))) >= _FAR


def test_nor_on_three_leds_that_are_on_or_off() -> None:
    around = [tuple(part > 0 for part in colour) for colour in (*light.ACCOUNTS, light.ACCOUNTS[0])]
    assert all(one != other for one, other in pairwise(around))


def test_typed_looks_like_no_account() -> None:
    ((on, off),) = flashes(light.TYPED)
    longest = max(end - begin for place in range(MOST) for begin, end in flashes(light.chosen(place), 9000))
    assert off - on >= 1.5 * longest


# The whole key


def test_a_ready_key_tells_which_account_a_press_types(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB, THIRD)
    desk.key.press(0.8)
    assert read(of_colour(desk.key, watch(desk.key, 3), VIOLET))[:1] == [2]
    desk.replug()
    seen_there = of_colour(desk.key, watch(desk.key, 16), DIM_VIOLET)
    # The first may have been under way already.
    numbers = read(seen_there)[1:]
    assert len(numbers) >= 2
    assert set(numbers) == {2}
    desk.expect_code(GITHUB)


def test_it_is_told_once_on_plugging_in(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB, THIRD)
    desk.unplug()
    desk.key.plug()
    # In the first second CircuitPython itself blinks a plain LED.
    desk.key.run(1.05)
    assert read(watch(desk.key, 6))[0] == 1


def test_a_code_that_was_typed_is_answered_by_a_light_that_counts_nothing(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB, THIRD)
    desk.away_from_the_boundary(AMAZON, 12)
    assert desk.press(0.1) == desk.code(AMAZON)
    first = next(flash for flash in watch(desk.key, 3) if flash.lit > 20)
    assert is_plain(desk.key) or first.colour == GREEN
    assert first.lit > 1000


def test_a_finger_on_the_button_stops_the_count_so_that_the_next_is_read_alone(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB, THIRD)
    for after in (0, 0.5, 0.05, 1, 0.4):
        desk.key.run(after)
        desk.key.set_button(True)
        desk.key.run(0.05)
        assert watch(desk.key, 0.75) == []
        desk.key.set_button(False)
    assert read(watch(desk.key, 3.2))[:1] == [3]
