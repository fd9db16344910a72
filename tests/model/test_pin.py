"""The PIN as a model: all its states keep the rules, and a simulated key does what it does."""

from __future__ import annotations

from functools import cache

import pytest

from tests.model.explore import Step, every_step
from tests.model.pin import State
from tests.model.pin_replay import PINS, walk
from totpkey.install.drive import drive_folder

#: Events of a walk.
_LENGTH = 30


@cache
def steps() -> list[Step[State]]:
    return list(every_step(PINS))


def test_no_thief_has_more_than_eight_tries_or_three_at_once() -> None:
    assert max(step.after.wrong for step in steps()) == 8
    assert max(step.after.here for step in steps()) == 3


def test_only_the_right_pin_opens() -> None:
    assert {step.event for step in steps() if step.after.open and not step.before.open} == {("right",)}


def test_wrong_tries_are_forgotten_by_the_right_pin_alone() -> None:
    fewer = {step.event for step in steps() if step.after.wrong < step.before.wrong}
    assert fewer == {("right",)}


def test_what_is_blocked_stays_so() -> None:
    blocked = [step for step in steps() if step.before.wrong == 8]
    assert blocked
    assert all(step.after.wrong == 8 and not step.after.open for step in blocked)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 12))
def test_a_key_does_what_the_model_does(seed: int) -> None:
    assert walk(drive_folder(), _LENGTH, seed) == []
