"""Presses at the edges of the key's life: when it starts, and when it leaves setup."""

from __future__ import annotations

import pytest

from tests.support.cases import sampled
from tests.support.desk import AMAZON, Desk
from tests.typing.typing_setups import ready


@pytest.mark.parametrize("after", [10, 20, 25, 30, 60])
def test_a_press_right_after_the_first_configuration_types_or_shows_red(desk: Desk, after: int) -> None:
    """The firmware starts later than that, and finds a finger on the button."""
    ready(desk)
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)
    before = len(desk.computer.text)
    desk.key.run(after / 1000)
    desk.key.press(0.08)
    lit = desk.blinks(1.2)
    typed = desk.computer.text[before:]
    assert typed == desk.code(AMAZON) or (typed == "" and lit >= 5)


@pytest.mark.parametrize("before", sampled(range(20), (3, 6, 9, 12)))
def test_a_press_at_the_moment_of_done_types_the_whole_code_or_nothing(desk: Desk, before: int) -> None:
    """`done` restarts the key, `before` ms after the finger is on the button."""
    ready(desk)
    with desk.setup_client() as client:
        desk.away_from_the_boundary(AMAZON, 12)
        shown = len(desk.computer.text)
        desk.key.set_button(True)
        desk.key.run(before / 1000)
        client.done()
        desk.key.set_button(False)
    desk.await_face(serial=False)
    assert desk.computer.text[shown:] in ("", desk.code(AMAZON))
