"""The owner updates the key's firmware: `totpkey update`, also with firmware that does not start."""

from __future__ import annotations

from tests.life import expected as model
from tests.life import faces, owner
from tests.life.besides import cut
from tests.life.expected import require
from tests.life.firmware import broken, release
from tests.life.world import World
from totpkey.install import updating
from totpkey_protocol import slots
from totpkey_protocol.words import EVERYTHING
from totpkey_virtual.flash import PAGE, SECTOR, PowerCut
from totpkey_volume import layout

#: How often an update is cut, and how often among its last flash operations; how many these are.
_CUT, _LATE, _LAST = 0.5, 0.5, 40
#: How often the firmware does not start, and how often good firmware is not kept.
_BAD, _GIVEN_UP = 0.25, 0.15
#: How long the owner waits for firmware that does not start, in s.
_WAIT = 20
#: How it fails: it stops, or hangs.
_FAILURES = b"raise ValueError\n", b"while True:\n    pass\n"


def updates(world: World) -> None:
    """To the other release, or the same again. It is tried once, and kept when it has answered."""
    number, good = world.dice.randrange(2), world.dice.random() >= _BAD
    new = release(world.drive, number) if good else broken(world.drive, world.dice.choice(_FAILURES))
    _look(world)
    if world.dice.random() < _CUT:
        world.arm(_cut(world, new))
    _send(world, new)
    if good:
        _try(world, number, new)
    else:
        # It may say why it failed, and the watchdog may end it.
        world.run(_WAIT)
        world.pull_out()
        world.say("sent firmware that does not start")
    _look(world)


def _cut(world: World, new: dict[str, bytes]) -> PowerCut:
    size = len(layout.slot_content(new, world.habits.board, slots.SLOTS[1][0]))
    operations = size // PAGE + size // SECTOR
    least = operations - _LAST if world.dice.random() < _LATE else 0
    return cut(world.dice, operations + _LAST, least)


def _send(world: World, new: dict[str, bytes]) -> None:
    with faces.setup(world) as client:
        world.asked.clear()
        updating.send(client, client.hello(), new, lambda *_: None)
        world.require_asked(EVERYTHING)
        world.key.run_until(lambda: world.key.usb.enumeration is None, 3)


def _try(world: World, number: int, new: dict[str, bytes]) -> None:
    """The new firmware runs, and is kept unless its owner gives up."""
    world.await_face(serial=True)
    if world.dice.random() < _GIVEN_UP:
        world.unplug()
        world.say("unplugged new firmware before it was kept")
        return
    with faces.at_port(world) as client, world.expected.change(model.with_settings(release=number)):
        updating.keep(client, client.hello(), new)
    world.say(f"updated to release {number}")


def _look(world: World) -> None:
    """The firmware is whole and one that was kept, and the accounts are as before."""
    if any(state.bound for state in world.expected.possible):
        # An update ends in setup, where the PIN that an element checks cannot be entered.
        world.unplug()
    with faces.setup(world) as client:
        owner.look(world, client)
        faces.expect_firmware(world, client)
        require(client.health().intact, "Updated", "the firmware does not match its seal")
