"""No ordered pair of commands gives a program what the owner did not ask for."""

from __future__ import annotations

import pytest

from tests.attacks.pairs import AFTER, BEFORE, DURING, STATES, Pairs
from tests.attacks.stage import HOLD, LONG_HOLD, PRESS, Stage
from tests.support.cases import slow
from tests.support.desk import Desk
from tests.support.keys import MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_protocol.commands import COMMANDS, find
from totpkey_protocol.words import BLANK, LOCKED, NEVER, OPEN
from totpkey_virtual.simulator import SimulatedKey

#: How many commands want a touch there, at a key as it is set up here.
TOUCHED = {BLANK: 7, LOCKED: 4, OPEN: 19}


def pairs(state: str) -> Pairs:
    key = SimulatedKey(drive_folder(), alone=storage.FILES, unix_time=MORNING)
    stage = Stage(Desk(key))
    stage.desk.plug_in()
    return Pairs(stage, state)


@pytest.mark.parametrize("state", [slow(BLANK), LOCKED, slow(OPEN)])
def test_no_pair_gives_the_program_anything(state: str) -> None:
    tried = pairs(state)
    assert len(tried.touched) == TOUCHED[state], [command.name for command in tried.touched]
    for owners in tried.touched:
        assert list(tried.of(owners)) == [], owners.name
        assert tried.is_as_it_was(), owners.name


@pytest.mark.parametrize(
    ("state", "owners", "programs", "way", "gesture"),
    [
        (OPEN, "set_limit", "export", DURING, PRESS),
        (OPEN, "code", "set_passphrase", AFTER, PRESS),
        (OPEN, "set_pin", "export", AFTER, HOLD),
        (OPEN, "export", "set_pin", AFTER, LONG_HOLD),
        (LOCKED, "set_time", "unlock_pin", BEFORE, HOLD),
        (LOCKED, "unlock_pin", "wipe", AFTER, HOLD),
        (BLANK, "set_time", "batch", AFTER, PRESS),
        (BLANK, "batch", "update", DURING, PRESS),
    ],
)
def test_a_sample_of_pairs(
    stage: Stage, state: str, owners: str, programs: str, way: str, gesture: float
) -> None:
    one, other = find(owners), find(programs)
    assert one is not None
    assert other is not None
    tried = Pairs(stage, state)
    assert {owners, programs} <= {command.name for command in tried.touched}
    assert not tried.is_taken(one, other, way, gesture)
    assert tried.is_as_it_was()


def test_every_command_that_wants_a_touch_is_asked_for_in_some_state() -> None:
    asked = {command.name for state in STATES for command in pairs(state).touched}
    wanting = {command.name for command in COMMANDS if command.consent != NEVER}
    # These need another key, which has agreed to a clone.
    assert wanting - asked == {"clone_send", "clone_receive"}
