"""The owner lends an account to another key by a file (docs/concepts/lend-file.md)."""

from __future__ import annotations

from dataclasses import replace

from tests.life import expected as model
from tests.life import faces, lending, owner
from tests.life.failure import require
from tests.life.lease import Lease
from tests.life.spare import beside
from tests.life.world import World
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card
from totpkey_protocol import errors
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, HOTP, STEAM

_LENDER = "the shop"


def lends(world: World) -> None:
    """The second key shows its card; the first seals an account for it, which it accepts once."""
    with beside(world) as borrower:
        with faces.setup(borrower) as client:
            owner.prepare(borrower, client)
            lending.set_the_clock(borrower, client)
            card = _card(borrower, client)
        with faces.setup(world) as client:
            lending.set_the_clock(world, client)
            lent = _lend(world, client, borrower, card)
        if lent:
            account, lease, sealed = lent
            with faces.setup(borrower) as client:
                _accept(borrower, client, account, lease, sealed)
            world.say(f"lent {account.name} by a file: {lease.end}")


def _card(borrower: World, client: KeyClient) -> Card:
    """Its card. One that was made before opens files until a lock is changed; a new one now and then."""
    try:
        if borrower.dice.random() < 0.7:
            return client.card()
    except KeyRefused as refusal:
        require(refusal.code == errors.NOT_FOUND, "Lent", f"no card, because of {refusal.code}")
    card = client.make_card("Anna")
    borrower.require_asked(ACCESS)
    return card


def _lend(
    world: World, client: KeyClient, borrower: World, card: Card
) -> tuple[Account, Lease, bytes] | None:
    entries = owner.look(world, client)
    there = {account.secret for state in borrower.expected.possible for account in state.accounts}
    now = world.key.true_time
    places = [
        place
        for place, account in enumerate(world.expected.state.accounts)
        if account.type not in (HOTP, STEAM) and not entries[place].end and account.secret not in there
    ]
    if not places or not world.expected.clock.must_be_trusted(now):
        return None
    place = world.dice.choice(places)
    clock = borrower.expected.clock
    end = End(int(now) + world.dice.choice((7, 40)) * lending.DAY, world.dice.choice((None, 5)))
    lease = Lease(end, b"", clock.setbacks, clock.doubts)

    def asked() -> bytes:
        return client.lend(entries[place].account, card, end.pack(), _LENDER)

    if not world.expected.state.exports:
        require(lending.refusal(asked) == errors.EXPORT_OFF, "Agreed", "a key without exports lends")
        return None
    sealed = asked()
    world.require_asked(EVERYTHING)
    return world.expected.state.accounts[place], lease, sealed


def _accept(borrower: World, client: KeyClient, account: Account, lease: Lease, sealed: bytes) -> None:
    bare = replace(account, recipe="")
    borrower.expected.removed.discard(bare.secret)

    def lent(state: model.State) -> model.State:
        return model.lending(bare, lease)(model.with_accounts((bare,))(state))

    if not borrower.expected.clock.must_be_trusted(borrower.key.true_time):
        return
    with borrower.asking(CHANGE, lent):
        client.accept(sealed)
    again = lending.refusal(lambda: client.accept(sealed))
    require(again == errors.FILE_USED, "Lent", f"a file is accepted twice: {again or 'yes'}")
    entries = owner.look(borrower, client)
    require(entries[-1].lender == _LENDER, "Lent", f"{account.name} was lent by {entries[-1].lender!r}")
