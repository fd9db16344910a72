"""Whether a key holds one of several contents, judged as in a life, and can be changed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from tests.cuts.content import Content
from tests.life import expected as model
from tests.life import faces, owner
from tests.life.expected import require
from tests.life.world import World
from tests.support.desk import code_at
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount
from totpkey_protocol.words import TRUSTED
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey

#: An account that is added after a cut, to test that changes work again.
NEXT = Account("After the cut", "next", b"the next change works")
#: With up to this many accounts, all codes are read. With more, only about this many: the
#: first, the last, and some at equal distances in between.
_FEW = 4


def check(key: VirtualKey, outcomes: Sequence[Content]) -> None:
    """Plug in a key that must hold one of `outcomes` completely. Raise Broken, or an error of the session."""
    # Nothing here uses a part that only a simulated key has.
    world = World(drive_folder(), cast(SimulatedKey, key))
    world.expected.possible = list(outcomes)
    world.expected.clock.lost = False
    world.plug_in()
    world.expected.observe(lambda state: world.in_setup != bool(state.accounts), "Kept", "it came up")
    if not world.in_setup:
        _press(world, silent=[state for state in outcomes if state.lockable])
    with faces.setup(world) as client:
        entries = owner.look(world, client)
        require(not entries or client.hello().clock == TRUSTED, "On time", "the key does not trust its clock")
        _read(world, client, entries)
        if not entries:
            client.set_time(round(key.true_time))
        owner.add(world, client, NEXT)
        owner.look(world, client)
        client.done()
    world.await_face(serial=False)
    _press(world)


def _press(world: World, silent: Sequence[Content] = ()) -> None:
    """Press when the key need not wait for the next code. Those that are locked are silent."""
    world.desk.away_from_the_boundary(NEXT, 8)
    # A press may lie within an erase of slow flash, or the key asks for NumLock first.
    typed = world.desk.press(2) or world.desk.press(2)
    world.listen(lambda _text: True)
    given = _codes(world)
    world.expected.observe(
        lambda state: typed == "" if state in silent else typed in given(state.typed), "Right", repr(typed)
    )


def _codes(world: World) -> Callable[[Account], set[str]]:
    """What the key may show by its own clock: up to 1 s behind until it has seen its seconds change."""
    now = world.key.clock.unix_time
    return lambda account: {code_at(account, moment) for moment in (now - 2, now + 0.5)}


def _read(world: World, client: KeyClient, entries: Sequence[StoredAccount]) -> None:
    """The codes of some accounts, but of those whose end has come."""
    few = {*range(0, len(entries), max(1, len(entries) // _FEW)), len(entries) - 1}
    for place in sorted(few & set(range(len(entries)))):
        if not entries[place].over:
            with world.expected.change(model.counted(place)):
                given = client.code(entries[place].account).code
            account = world.expected.state.accounts[place]
            require(given in _codes(world)(account), "Right", f"{account.name} gave a wrong code")
