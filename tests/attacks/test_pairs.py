"""No ordered pair of commands gives a program more than the owner asked for, and no wrong gesture works."""

from __future__ import annotations

from functools import cache

import pytest

from tests.attacks.pairs import BESIDE, DROPPED, MID, STATES, Pairs
from tests.attacks.stage import REACTION, Stage
from tests.support.cases import sampled, slow
from tests.support.keys import simulated
from totpkey_firmware.setup.asking import PRESS, every
from totpkey_protocol.commands import COMMANDS, find
from totpkey_protocol.words import BLANK, LOCKED, NEVER, OPEN

#: How many commands want a touch there, at a key as it is set up here.
TOUCHED = {BLANK: 8, LOCKED: 4, OPEN: 25}
OWNERS = [(state, number) for state, count in TOUCHED.items() for number in range(count)]
#: Those of them that `make test` tries, and those that are tried without `make test-whole`.
QUICK = [(LOCKED, 1)]
REST = [(BLANK, 2), (OPEN, 3), (OPEN, 12)]
#: All gestures that there are, and holds before them.
GESTURES = [PRESS, *every(2), *every(3)]
OTHERS = [*((gesture, 0.0) for gesture in GESTURES), ("", 0.7), ("2", 2.3), ("", 5.3)]


def pairs(state: str) -> Pairs:
    # Nobody reads its light, and a gesture that has to come free takes two minutes.
    return Pairs(Stage.plugged_in(simulated(dozes=True)), state)


@cache
def names(state: str) -> list[str]:
    return [command.name for command in pairs(state).touched]


@pytest.mark.parametrize("state", STATES)
def test_how_many_there_are(state: str) -> None:
    assert len(names(state)) == TOUCHED[state], names(state)


@pytest.mark.parametrize("one", sampled(OWNERS, QUICK, REST), ids=lambda one: f"{one[0]}-{one[1]}")
def test_no_pair_gives_the_program_anything(one: tuple[str, int]) -> None:
    """Each is the owner's command with that number, and all commands of a program beside it."""
    state, number = one
    tried = pairs(state)
    owners = tried.touched[number]
    assert list(tried.of(owners)) == [], owners.name
    assert tried.is_as_it_was(), owners.name


@pytest.mark.parametrize("state", [slow(state) for state in STATES])
def test_no_other_gesture_serves(state: str) -> None:
    tried = pairs(state)
    for command in tried.touched:
        served = [other for other in OTHERS if tried.serves(command, *other)]
        assert served == [], command.name
        assert tried.is_as_it_was(), command.name


@pytest.mark.parametrize(
    ("state", "owners", "programs", "way", "moment", "delay"),
    [
        (OPEN, "set_limit", "export", DROPPED, 2.0, REACTION),
        (OPEN, "export", "wipe", BESIDE, 2.0, REACTION),
        (LOCKED, "unlock_pin", "wipe", BESIDE, 1.05, 0.05),
        (BLANK, "update", "batch", DROPPED, MID, 0.05),
    ],
)
def test_a_sample_of_pairs(
    stage: Stage, state: str, owners: str, programs: str, way: str, moment: float, delay: float
) -> None:
    one, other = find(owners), find(programs)
    assert one is not None
    assert other is not None
    tried = Pairs(stage, state, (owners, programs))
    assert tried.touched == [command for command in COMMANDS if command in (one, other)]
    assert not tried.is_taken(one, other, way, moment, delay)
    assert tried.is_as_it_was()


@pytest.mark.parametrize(("gesture", "hold"), [(PRESS, 0.0), ("", 5.3)])
def test_a_sample_of_gestures(stage: Stage, gesture: str, hold: float) -> None:
    tried = Pairs(stage, OPEN, ("export", "set_pin"))
    for name in ("export", "set_pin"):
        command = find(name)
        assert command is not None
        assert not tried.serves(command, gesture, hold), name
    assert tried.is_as_it_was()


def test_every_command_that_wants_a_touch_is_asked_for_in_some_state() -> None:
    asked = {name for state in STATES for name in names(state)}
    wanting = {command.name for command in COMMANDS if command.consent != NEVER}
    # These need another key, which has agreed to a clone.
    assert wanting - asked == {"clone_send", "clone_receive"}
