"""A board with twelve keys: one of them enters a whole count, under the same rules as the button."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.stage import REACTION, Stage
from tests.faults.breaking import broken
from tests.support.keys import MACROPAD, simulated
from tests.typing.typing_setups import touch
from totpkey_protocol.errors import NOT_AGREED


@pytest.fixture
def stage() -> Stage:
    return Stage.plugged_in(simulated(MACROPAD))


def count(stage: Stage, number: int) -> None:
    """Press the key for that count."""
    assert touch(stage.desk, f"KEY{number}", seconds=0.1) == ""


def test_its_keys_make_the_gesture(stage: Stage) -> None:
    told = stage.asks_to_remove()
    stage.key.run(REACTION)
    for digit in str(told["gesture"]):
        count(stage, int(digit))
    assert "ok" in stage.ended(told)


def test_before_the_request_was_shown_they_end_it(stage: Stage) -> None:
    told = stage.asks_to_remove()
    stage.key.run(0.3)
    for digit in str(told["gesture"]):
        count(stage, int(digit))
    assert stage.ended(told).get("error") == NOT_AGREED


def test_within_a_count_of_the_button_they_end_it(stage: Stage) -> None:
    told = stage.asks_to_remove()
    stage.key.run(REACTION)
    stage.touch()
    for digit in str(told["gesture"]):
        count(stage, int(digit))
    assert stage.ended(told).get("error") == NOT_AGREED


def test_a_key_after_the_gesture_types_nothing_though_both_are_seen_at_once(drive_copy: Path) -> None:
    look = "        gesture = touches.next(now)\n        while gesture:\n"
    asked = "since(self._session.pending.at, self._key.platform.ticks())"
    busy = f"while self._session and self._session.pending and 3000 < {asked} < 4000:"
    broken(drive_copy, "loop.py", look, f"        {busy}\n            pass\n{look}")
    stage = Stage.plugged_in(simulated(MACROPAD, drive_copy))
    told = stage.asks_to_remove()
    stage.key.run(3.1)
    shown = len(stage.desk.computer.text)
    for digit in str(told["gesture"]) + "1":
        count(stage, int(digit))
    assert "ok" in stage.ended(told)
    assert len(stage.desk.computer.text) == shown
