"""What waits for a touch is told apart by the light, also by a plain LED."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from light_pictures import flashes, path, picture
from totpkey_firmware.panel.light import (
    ACCOUNTS,
    ASKING,
    BLANK,
    NOT_AGREED,
    READY,
    REFUSED,
    SETUP,
    Light,
    Pattern,
)
from totpkey_protocol.consent import CLASSES

#: A person tells lengths apart that differ by so much, and counts.
_APART = 1.5


def rhythm(pattern: Pattern) -> list[tuple[int, int]]:
    """One turn of it: for how long each flash lasts, and the dark after it. In ms."""
    seen = list(flashes(pattern, 20_000))
    lengths = [(off - on, later - off) for (on, off), (later, _) in pairwise(seen)]
    turn = next((n for n in range(1, len(lengths) // 2) if lengths[:n] == lengths[n : 2 * n]), 1)
    return lengths[:turn]


def told_apart(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    """Whether a person sees that these are two."""
    if len(one) != len(other):
        return True
    pairs = zip(sum(one, ()), sum(other, ()), strict=True)
    return any(max(a, b) >= _APART * min(a, b) for a, b in pairs)


@pytest.mark.parametrize(("one", "other"), list(combinations(CLASSES, 2)))
def test_a_plain_led_tells_each_two_classes_apart(one: str, other: str) -> None:
    assert told_apart(rhythm(ASKING[one]), rhythm(ASKING[other]))


@pytest.mark.parametrize("consent", list(CLASSES))
def test_a_plain_led_tells_a_request_from_what_setup_shows_else(consent: str) -> None:
    assert told_apart(rhythm(ASKING[consent]), rhythm(BLANK))
    for steady in (SETUP, NOT_AGREED):
        assert list(flashes(steady, 2000)) == [(0, 2000)]
    assert rhythm(ASKING[consent])


def test_no_class_has_the_colour_of_another_or_of_an_account() -> None:
    colours = [pattern.colour for pattern in ASKING.values()]
    assert len({*colours, *ACCOUNTS}) == len(colours) + len(ACCOUNTS)


@pytest.mark.parametrize("consent", list(CLASSES))
def test_the_pictures_are_up_to_date(consent: str) -> None:
    assert path(consent).read_text(encoding="utf-8") == picture(consent)


@pytest.mark.parametrize("consent", list(CLASSES))
def test_within_two_seconds_each_has_shown_what_it_is(consent: str) -> None:
    assert sum(map(sum, rhythm(ASKING[consent]))) <= 2000


class Lamp:
    """Keeps the colours that it was told to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int, int]] = []

    def show(self, red: int, green: int, blue: int) -> None:
        self.shown.append((red, green, blue))


def test_a_moment_may_begin_later_than_the_round_that_shows_it() -> None:
    lamp = Lamp()
    light = Light(lamp, 0)  # type: ignore[arg-type]
    light.state(SETUP, 100)
    light.moment(REFUSED, 105)
    light.state(SETUP, 100)
    light.turn(100)
    assert lamp.shown[-1] == REFUSED.colour
    light.turn(105 + REFUSED.lasts)
    assert lamp.shown[-1] == SETUP.colour


def test_it_blinks_from_power_on_and_while_the_ticks_wrap() -> None:
    # CircuitPython's ticks wrap 65 s after power-on, so that nobody forgets that they do.
    wrap, start = 1 << 29, (1 << 29) - (1 << 16)
    lamp = Lamp()
    light = Light(lamp, start)  # type: ignore[arg-type]
    for now in range(start, start + 80 * READY.cycle, 10):
        light.state(READY, now % wrap)
        light.turn(now % wrap)
    assert lamp.shown.count(READY.colour) == 80
