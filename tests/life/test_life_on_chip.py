"""A short life on the emulated chip beside the simulator: each event ends alike."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from tests.cuts.kinds import MORNING, Chip, Kind, Simulator
from tests.life.events import Event
from tests.life.life import Life
from tests.life.world import World
from totpkey.install.drive import drive_folder
from totpkey_virtual.simulator import SimulatedKey

#: Events that touch nothing that only a simulator has.
_EVENTS = (
    *("owner adds", "owner adds", "owner signs in", "owner renames", "owner goes on"),
    *(
        "owner chooses",
        "owner removes",
        "owner asks for a code",
        "owner signs in",
        "owner adds",
        "owner moves",
    ),
)
_DAYS, _SEED = 3.0, 12


def _plan() -> list[Event]:
    return [Event(_SEED, number, name, _DAYS * (number == 4)) for number, name in enumerate(_EVENTS)]


def _told(kind: Kind) -> list[str]:
    """What happened in each event, on a key of that kind."""
    # A chip has no part that these events use and a simulated key lacks.
    life = Life(World(drive_folder(), cast(SimulatedKey, kind.make())))
    outcome = life.play(_plan())
    assert outcome.broken is None, "\n".join([*outcome.story, str(outcome.broken)])
    assert life.world.key.true_time > MORNING
    return list(outcome.story)


@pytest.mark.chip
@pytest.mark.slow
def test_a_life_goes_alike_on_the_chip(image: Path) -> None:
    simulated = _told(Simulator())
    assert _told(Chip(image)) == simulated
    assert sum("typed a code of" in line for line in simulated) >= 3
