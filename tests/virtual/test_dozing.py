"""A key that dozes does what another does, in fewer rounds of its loop."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.support.desk import AMAZON, GITHUB, Desk
from totpkey.install.drive import drive_folder
from totpkey_virtual.simulator import SimulatedKey


@dataclass
class Day:
    """What a key typed, how often it looked at its button, and how far its choice went."""

    text: str
    looks: int
    chosen: str


def _spent(dozes: bool) -> Day:
    """A press, one that waits for the next code, a choice with the button, and setup again."""
    key = SimulatedKey(drive_folder(), entropy=random.Random(1).randbytes)
    desk = Desk(key)
    key.plug()
    key.dozes = dozes
    desk.settle()
    desk.provision(AMAZON, GITHUB)
    desk.press()
    desk.press(65)
    key.press(0.8)
    key.run(2)
    desk.press()
    assert key._chip is not None
    looks = key._chip.machine.looks
    with desk.setup_client() as client:
        (chosen,) = (entry.name for entry in client.list() if entry.chosen)
    return Day(desk.computer.text, looks, chosen)


def test_a_key_that_dozes_does_the_same_in_fewer_rounds() -> None:
    awake, dozing = _spent(dozes=False), _spent(dozes=True)
    assert (dozing.text, dozing.chosen) == (awake.text, awake.chosen)
    assert dozing.chosen == GITHUB.name
    assert len(dozing.text) == 6 + 6 + 8
    assert dozing.looks < awake.looks / 3
