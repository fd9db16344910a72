"""The owner's second key, onto which they copy the accounts of the first one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.life import dumps, faces, owner
from tests.life.besides import cut
from tests.life.expected import require
from tests.life.signing import is_beginning
from tests.life.world import POWERLESS, World
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount
from totpkey_protocol import errors
from totpkey_protocol.words import EVERYTHING

#: How often the second key loses its power within a clone.
_CUT = 0.35
#: What becomes of the first key: it stays in use; it is put aside; it is wiped; it is lost.
_STAYS, _ASIDE, _WIPED, _LOST = range(4)
_FATES = (_STAYS,) * 4 + (_ASIDE,) * 3 + (_WIPED, _LOST, _LOST)


def clones(world: World) -> None:
    """Copy what the second key lacks, as `totpkey clone` does; perhaps use that key from then on."""
    with beside(world) as spare:
        if world.dice.random() < _CUT:
            spare.arm(cut(world.dice))
        if _was_cut_short(world, spare):
            world.say("the second key lost its power")
            _copy(world, spare)
        _check(world, spare)
    fate = world.dice.choice(_FATES) if spare.expected.state.accounts else _STAYS
    if fate == _WIPED:
        with faces.setup(world) as client:
            faces.wipe(world, client)
    if fate != _STAYS:
        world.unplug()
        world.say("the second key is used from now on" + (", the first one is lost" if fate == _LOST else ""))
        world.hand_over(lost=fate == _LOST)


@contextmanager
def beside(world: World) -> Iterator[World]:
    """The second key, bought if there is none. It is put away again, whatever happens."""
    spare = world.second_key()
    try:
        yield spare
    except Exception:
        # The first key may have lost its power while the second one was writing.
        spare.expected.interrupt()
        world.spare_is_spent = spare.gestures.are_spent(spare.key.true_time)
        raise
    finally:
        spare.disarm()
        if spare.was_cut:
            _come_to(spare)
        spare.unplug()
        spare.expected.refuse()
        if world.key.plugged:
            world.unplug()
            world.catch_up(spare)


def _was_cut_short(world: World, spare: World) -> bool:
    """Copy. Whether the second key lost its power meanwhile."""
    try:
        _copy(world, spare)
    except POWERLESS:
        if not spare.was_cut:
            raise
    spare.disarm()
    if not spare.was_cut:
        return False
    _come_to(spare)
    return True


def _come_to(spare: World) -> None:
    """Go on after a cut. A hold for setup may have typed a code of its only account."""
    spare.listen(lambda text: is_beginning(spare, text))
    spare.after_shock()


def _copy(world: World, spare: World) -> None:
    with faces.setup(world) as source:
        wanted = owner.look(world, source)
        with faces.setup(spare) as target:
            there = owner.look(spare, target)
            if len(there) > 2 * spare.habits.accounts:
                faces.wipe(spare, target)
        with faces.setup(spare) as target:
            places = _lacking(world, wanted, spare, owner.look(spare, target))
            _carry(world, source, spare, target, places)


def _lacking(
    world: World, ours: tuple[StoredAccount, ...], spare: World, theirs: tuple[StoredAccount, ...]
) -> list[int]:
    """The places of accounts that the other key lacks, and whose names are there once; without what was
    renamed since it was copied, for in a life a secret stands for one account.
    """
    there, names = {entry.name for entry in theirs}, Counter(entry.name for entry in ours)
    known = {account.secret for state in spare.expected.possible for account in state.accounts}
    return [
        place
        for place, (entry, account) in enumerate(zip(ours, world.expected.state.accounts, strict=True))
        if not (entry.name in there or entry.end or account.secret in known) and names[entry.name] == 1
    ]


def _carry(world: World, source: KeyClient, spare: World, target: KeyClient, places: list[int]) -> None:
    """Hand each account on, sealed by one key for the other."""
    if not places:
        return
    owner.prepare(spare, target)
    owner.set_perhaps(spare, target)
    entries, accounts = source.list(), tuple(world.expected.state.accounts[place] for place in places)
    peer = target.clone_key(source.clone_key())
    world.asked.clear()
    if not world.expected.state.exports:
        refused = faces.refusal(lambda: source.clone_send(peer, entries[places[0]].account))
        require(
            refused == errors.EXPORT_OFF, "Agreed", f"cloning without exports gets {refused or 'through'}"
        )
        return
    _refuse_lent(world, source, peer, entries)
    sealed = source.clone_send(peer, entries[places[0]].account)
    world.require_asked(EVERYTHING)
    coming = itertools.chain((sealed,), (source.clone_send(peer, entries[at].account) for at in places[1:]))
    owner.bring(spare, target, accounts, lambda _account: target.clone_receive(next(coming)))


def _refuse_lent(world: World, source: KeyClient, peer: bytes, entries: tuple[StoredAccount, ...]) -> None:
    """On another key they would have no end. The owner is asked for no touch that leads nowhere."""
    for entry in entries:
        if entry.end:
            refused = faces.refusal(lambda account=entry.account: source.clone_send(peer, account))  # type: ignore[misc]
            seen = f"cloning {entry.name} gets {refused or 'through'}, after the touches {world.asked}"
            require(refused == errors.NOT_ALLOWED and not world.asked, "Lent", seen)


def _check(world: World, spare: World) -> None:
    """The second key has what it should, and types the right codes."""
    with faces.setup(spare) as client:
        entries = owner.look(spare, client)
    if entries:
        owner.signs_in(spare)
        owner.asks_for_a_code(spare)
    spare.unplug()
    if len(spare.expected.possible) == 1:
        dumps.look(spare)
