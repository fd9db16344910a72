"""Keys whose flash is read: what they hold, and which locks they have."""

from __future__ import annotations

import pytest

from tests.cuts.content import Content, put
from tests.cuts.kinds import Chip, Kind, Simulator, Snapshot
from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.images import sealed_images

PIN, OTHER_PIN = "2580", "13579"
ARGON2 = (bytes(range(16)), 65536, 3, 4)
SECRETS = {AMAZON.secret, GITHUB.secret}
BOTH = (AMAZON, GITHUB)
SIMULATOR = Simulator()


@pytest.fixture(params=["simulator", pytest.param("chip", marks=pytest.mark.chip)])
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param == "simulator":
        return SIMULATOR
    request.getfixturevalue("image")
    pico = [image for image in sealed_images() if "raspberry_pi_pico" in image.name]
    if not pico:
        pytest.skip("no image of the Raspberry Pi Pico")
    return Chip(pico[0])


def holding(content: Content, kind: Kind = SIMULATOR) -> Snapshot:
    """What a key holds that has lived up to `content`, and now lies in a thief's hands."""
    desk = Desk(SIMULATOR.make())
    put(desk, content)
    return kind.transplant(Snapshot.of(desk.key))


def in_setup(kind: Kind, snapshot: Snapshot) -> Desk:
    desk = Desk(kind.make(snapshot))
    desk.plug_in()
    desk.hold_for_setup()
    return desk
