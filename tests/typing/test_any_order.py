"""A key that stays powered, on one computer after another, with what happens between codes in any order.

What may happen within a code is in test_within_a_code.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.support.cases import sampled
from tests.support.desk import AMAZON, Desk
from tests.typing.typing_setups import ready, sit_down
from totpkey_virtual.computer import LINUX, MACOS, Answer

#: How soon computers tell a change of their lock keys, in ms.
_ANSWERS = (0, 0.3, 4, 9, 50, 300)
_GAPS = ((8,), (1,), (12,), (8, 9, 7, 12, 3))
_STEPS = 14


class Story:
    """What happens to one key. After each step a code arrives right, or none does and the light says so."""

    def __init__(self, desk: Desk, source: random.Random) -> None:
        self._desk, self._source = desk, source
        self._told, self._platform = True, LINUX
        self.steps: list[str] = []
        self._keyboard = sit_down(desk, num_lock=True)
        ready(desk)

    def step(self) -> None:
        happens: Callable[[], None] = self._source.choice(
            [self._another_computer, self._reset, self._lock_key, self._sleep, self._gaps, self._press]
        )
        self.steps.append(happens.__name__)
        happens()
        self._press()

    def _another_computer(self) -> None:
        """It tells nothing by itself; one in four never tells anything."""
        source, desk = self._source, self._desk
        self._platform = platform = source.choice([LINUX, LINUX, MACOS])
        self._told = source.randrange(4) > 0
        answer = Answer(source.choice(_ANSWERS), source.random() < 0.5)
        num_lock = platform is MACOS or source.random() < 0.5
        desk.key.suspend()
        desk.key.run(source.uniform(0.1, 0.5))
        self._keyboard = sit_down(desk, num_lock, self._told, answer, platform)
        desk.key.run(0.02)
        desk.key.reset_port()
        desk.key.run(1)

    def _reset(self) -> None:
        self._desk.key.reset_port()
        self._desk.key.run(self._source.uniform(0.2, 1))

    def _lock_key(self) -> None:
        """Of another keyboard. A Mac has no NumLock."""
        if self._told and self._platform is LINUX:
            self._keyboard.num_lock = not self._keyboard.num_lock
            self._desk.computer.tell_leds()
            self._desk.key.run(0.5)

    def _sleep(self) -> None:
        self._desk.key.suspend()
        self._desk.key.run(self._source.uniform(0.1, 3))
        self._desk.key.resume()
        self._desk.key.run(1)

    def _gaps(self) -> None:
        self._desk.key.set_poll_gaps(self._source.choice(_GAPS))

    def _press(self) -> None:
        """Twice at once: the same code is typed again by two presses, and another by the first of them."""
        desk = self._desk
        desk.away_from_the_boundary(AMAZON, 9)
        locks = self._keyboard.num_lock, self._keyboard.caps_lock
        before = len(desk.computer.text)
        desk.key.press(0.05)
        desk.key.run(0.1)
        desk.key.press(0.05)
        lit = desk.blinks(3)
        typed = desk.computer.text[before:]
        if self._told:
            assert typed == desk.code(AMAZON), self.steps
        else:
            assert typed in ("", desk.code(AMAZON)), self.steps
            assert typed or lit >= 5, self.steps
        assert (self._keyboard.num_lock, self._keyboard.caps_lock) == locks, self.steps
        assert desk.key.wake_requests == 0, self.steps


@pytest.mark.parametrize("seed", range(3))
def test_right_digits_or_none_in_any_order(desk: Desk, seed: int) -> None:
    story = Story(desk, random.Random(seed))
    for _ in range(_STEPS):
        story.step()


@pytest.mark.simulator_only(reason="a sample of these runs on the chip")
@pytest.mark.parametrize("seed", sampled(range(3, 40), range(3, 6)))
def test_right_digits_or_none_in_any_order_on_the_simulator(desk: Desk, seed: int) -> None:
    story = Story(desk, random.Random(seed))
    for _ in range(_STEPS):
        story.step()
