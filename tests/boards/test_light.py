"""The light distinguishes all requests that wait for a touch, also on a plain LED."""

from __future__ import annotations

from itertools import combinations

import pytest

from light_pictures import flashes, path, pictures
from tests.boards.lamps import Lamp, Ticks, rhythm, told_apart
from totpkey_firmware.panel.light import (
    ACCOUNTS,
    ASKING,
    BLANK,
    NOT_AGREED,
    READY,
    REFUSED,
    SETUP,
    TYPED,
    Light,
)
from totpkey_protocol.consent import CLASSES


@pytest.mark.parametrize(("one", "other"), list(combinations(CLASSES, 2)))
def test_a_plain_led_tells_each_two_classes_apart(one: str, other: str) -> None:
    assert told_apart(rhythm(ASKING[one]), rhythm(ASKING[other]))


@pytest.mark.parametrize("consent", list(CLASSES))
def test_a_plain_led_tells_a_request_from_what_setup_shows_else(consent: str) -> None:
    assert told_apart(rhythm(ASKING[consent]), rhythm(BLANK))
    assert list(flashes(SETUP, 2000)) == [(0, 2000)]
    assert rhythm(ASKING[consent])


def test_a_plain_led_tells_not_agreed_from_the_steady_light_of_setup() -> None:
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
