"""A board with twelve keys: one of them enters a whole count, under the same rules as the button."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.stage import PIN, REACTION, Stage, done, waits
from tests.support.cases import sampled
from tests.support.damage import broken
from tests.support.keys import MACROPAD, simulated
from tests.typing.bench import touch
from totpkey_protocol.errors import BUSY, NOT_AGREED
from totpkey_protocol.words import OPEN
from totpkey_virtual.simulator import SimulatedKey


@pytest.fixture
def stage() -> Stage:
    return Stage.plugged_in(simulated(MACROPAD))


def make(stage: Stage, counts: str) -> None:
    """Press the key of each count."""
    for count in counts:
        assert touch(stage.desk, f"KEY{count}", seconds=0.1) == ""


@pytest.mark.parametrize(
    ("after", "button", "error"),
    [(REACTION, 0, None), (0.3, 0, NOT_AGREED), (REACTION, 1, NOT_AGREED)],
    ids=["gesture", "before the request was shown", "within a count of the button"],
)
def test_its_keys_make_the_gesture_or_end_it(
    after: float, button: int, error: str | None, stage: Stage
) -> None:
    told = stage.asks_to_remove()
    stage.key.run(after)
    for _ in range(button):
        stage.touch()
    make(stage, str(told["gesture"]))
    answer = stage.ended(told)
    assert ("ok" in answer, answer.get("error")) == (error is None, error)


def test_a_key_after_the_gesture_types_nothing_though_both_are_seen_at_once(drive_copy: Path) -> None:
    look = "        gesture = touches.next(now)\n        while gesture:\n"
    asked = "since(self._session.pending.at, self._key.platform.ticks())"
    busy = f"while self._session and self._session.pending and 3000 < {asked} < 4000:"
    broken(drive_copy, "loop.py", look, f"        {busy}\n            pass\n{look}")
    stage = Stage.plugged_in(simulated(MACROPAD, drive_copy))
    told = stage.asks_to_remove()
    stage.key.run(3.1)
    shown = len(stage.desk.computer.text)
    make(stage, str(told["gesture"]) + "1")
    assert "ok" in stage.ended(told)
    assert len(stage.desk.computer.text) == shown


def test_on_a_locked_board_keys_are_a_pin_s_until_a_hold_begins_the_gesture(stage: Stage) -> None:
    stage.set_up_locked()
    told = stage.port.ask("wipe")
    assert (waits(told), told["hold"]) == (True, 1)
    stage.key.run(REACTION)
    assert touch(stage.desk, f"KEY{PIN[0]}") == ""
    assert stage.ended(told, 1).get("error") == BUSY
    # As on a telephone, 0 is the eleventh key, and the twelfth ends the PIN.
    for number in (*PIN[1:].replace("0", ""), "11", "12"):
        assert touch(stage.desk, f"KEY{number}") == ""
    stage.key.run(3)
    assert done(stage.port.ask("hello"))["state"] == OPEN


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.parametrize("lasts", sampled(range(84, 104, 2), (88, 98)))
def test_a_key_of_a_pin_that_has_just_come_up_is_not_taken_for_a_missed_touch(
    drive_copy: Path, lasts: int
) -> None:
    """The key looks at its touches after 80 ms of other work, when `keypad` may not know of the release."""
    look = "        touches = self._touches\n        self._notice"
    busy = "        while since(self._touches.touched, self._key.platform.ticks()) < 80:\n            pass\n"
    broken(drive_copy, "loop.py", look, busy + look)
    stage = Stage.plugged_in(simulated(MACROPAD, drive_copy))
    stage.set_up_locked()
    desk, key = stage.desk, stage.desk.key
    assert isinstance(key, SimulatedKey)
    desk.replug()
    for number in (*PIN.replace("0", ""), "11", "12"):
        key.wiring.touch(f"KEY{number}", True)
        key.run(lasts / 1000)
        key.wiring.touch(f"KEY{number}", False)
        key.run(0.3)
    key.run(3)
    assert len(desk.press(33)) == 6
