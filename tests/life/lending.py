"""Accounts that are lent: the owner gives them ends or seals them for another key; a holder wants more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.life import expected as model
from tests.life import faces, owner
from tests.life.expected import require
from tests.life.lease import Lease
from tests.life.spare import beside
from tests.life.world import World
from totpkey import lending
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card, StoredAccount
from totpkey_protocol import errors
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, HOTP, STEAM

#: So many accounts are lent at once; how often an end is renewed, and how often it is taken away then.
_MANY, _AGAIN, _FOREVER = 2, 0.6, 0.3
#: How often somebody tries another passphrase before.
_STRANGER = 0.6
DAY = 86400
#: Who lends by a file, and how often they take the account back at once.
_LENDER, _BACK = "the shop", 0.3
#: For how long all gestures may be used up, in s.
_BUSY = 31


def lends(world: World) -> None:
    """Give an account an end, renew it, or take it away."""
    with faces.setup(world) as client:
        set_the_clock(world, client)
        entries = owner.look(world, client)
        if all(entry.lender for entry in entries):
            return
        place = world.dice.choice(_some(entries, world.dice.random() < _AGAIN))
        account = world.expected.state.accounts[place]
        lease = world.expected.state.lease(account)
        if lease and world.dice.random() < _STRANGER:
            _refuse_a_stranger(world, client, entries[place])
        new = None if lease and world.dice.random() < _FOREVER else _lease(world, lease)
        owners = (new or lease or _lease(world, None)).owner
        world.expected.secrets[owners] = "an owner's passphrase"
        with world.asking(ACCESS, model.lending(account, new)):
            client.set_end(entries[place].account, new.end.pack() if new else b"", lambda salt: owners)
        world.say(f"lent {account.name}: {new.end if new else 'for ever'}")
        owner.look(world, client)


def set_the_clock(world: World, client: KeyClient) -> None:
    """A date and hours need it."""
    clock = world.expected.clock
    if not clock.absent and not clock.must_be_trusted(world.key.true_time):
        owner.set_clock(world, client)


def _some(entries: tuple[StoredAccount, ...], again: bool) -> list[int]:
    """The places of those that may be lent; of those that are lent, if `again`."""
    own = [place for place, entry in enumerate(entries) if not entry.lender]
    lent = [place for place in own if entries[place].end]
    return lent if len(lent) >= _MANY or (lent and again) else own


def _lease(world: World, old: Lease | None) -> Lease:
    """A new end, by the passphrase of the old one. Without the time it is a number of codes."""
    dice, clock, now = world.dice, world.expected.clock, world.key.true_time
    owners, zone = old.owner if old else dice.randbytes(32), dice.choice((-210, 0, 480))
    until = int(now) + dice.choice((3600, DAY, 7 * DAY, 40 * DAY))
    begins = dice.randrange(1440)
    drawn = (
        End(until, zone=zone),
        End(until, dice.randrange(1, 6), zone=zone),
        End(begins=begins, ends=(begins + 480) % 1440, zone=zone),
        End(codes=dice.randrange(1, 6)),
    )
    end = dice.choice(drawn) if clock.must_be_trusted(now) else drawn[-1]
    return Lease(end, owners, clock.setbacks, clock.doubts)


def _refuse_a_stranger(world: World, client: KeyClient, entry: StoredAccount) -> None:
    """Another passphrase renews nothing, even with the touch."""
    end, others = End(codes=9).pack(), world.dice.randbytes(32)
    refused = faces.refusal(lambda: client.set_end(entry.account, end, lambda salt: others))
    require(refused == errors.WRONG_PASSPHRASE, "Lent", f"another passphrase gets {refused or 'the end'}")
    world.say("tried another passphrase")


def turns_the_clock_back(world: World) -> None:
    """The holder sets the clock back by a touch, so that an end is still to come, and then right again."""
    clock = world.expected.clock
    if clock.lost or clock.absent:
        return
    with faces.setup(world) as client:
        timed = [lease for _, lease in _lent(world, owner.look(world, client)) if lease.timed]
        if not timed:
            return
        wanted = world.dice.choice(timed).earlier(world.key.true_time)
        # Without a cut, after which the clock would be wrong and believed.
        world.disarm()
        _surely(world, lambda: _turn_back(world, client, wanted))
        _ask_for_codes(world, client)
        _surely(world, lambda: owner.set_clock(world, client))
        owner.look(world, client)
    world.say("the holder turned the clock back for a while")


def _lent(world: World, entries: tuple[StoredAccount, ...]) -> list[tuple[StoredAccount, Lease]]:
    leases = [world.expected.state.lease(account) for account in world.expected.state.accounts]
    return [(entry, lease) for entry, lease in zip(entries, leases, strict=True) if lease]


def _surely(world: World, act: Callable[[], None]) -> None:
    """Do it, if need be after a while in which the key takes no gesture."""
    try:
        act()
    except KeyRefused as refusal:
        if refusal.code not in (errors.BUSY, errors.CALM):
            raise
        world.key.run(_BUSY)
        act()


def _turn_back(world: World, client: KeyClient, wanted: float) -> None:
    world.asked.clear()
    client.set_time(round(wanted), 60)
    world.require_asked(ACCESS)
    now = world.key.true_time
    world.expected.clock.set_back(now - wanted, now)


def _ask_for_codes(world: World, client: KeyClient) -> None:
    """A touch has set the clock back, so no date and no hour is believed."""
    for entry, lease in _lent(world, client.list()):
        if lease.timed:
            refused = faces.refusal(lambda account=entry.account: client.code(account))  # type: ignore[misc]
            require(bool(refused), "Lent", f"{entry.name} gives a code on a clock that was set back")


def lends_by_file(world: World) -> None:
    """The second key shows its card; the first seals an account for it, which it accepts once."""
    with beside(world) as borrower:
        with faces.setup(borrower) as client:
            owner.prepare(borrower, client)
            set_the_clock(borrower, client)
            card = _show_card(borrower, client)
        with faces.setup(world) as client:
            set_the_clock(world, client)
            lent = _lend(world, client, borrower, card)
        if lent:
            account, lease, sealed = lent
            with faces.setup(borrower) as client:
                _accept(borrower, client, account, lease, sealed)
            world.say(f"lent {account.name} by a file: {lease.end}")


def _show_card(borrower: World, client: KeyClient) -> Card:
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
    end = End(int(now) + world.dice.choice((7, 40)) * DAY, world.dice.choice((None, 5)))
    lease = Lease(end, b"", clock.setbacks, clock.doubts)

    def asked() -> bytes:
        return client.lend(entries[place].account, card, end.pack(), _LENDER)

    if not world.expected.state.exports:
        require(faces.refusal(asked) == errors.EXPORT_OFF, "Agreed", "a key without exports lends")
        return None
    sealed = asked()
    world.require_asked(EVERYTHING)
    _look_into_the_book(world, client, entries[place].account)
    return world.expected.state.accounts[place], lease, sealed


def _look_into_the_book(world: World, client: KeyClient, account: str) -> None:
    """The last loan is this one. Its owner may take it back, and then it is so."""
    loan = lending.read_book(client.loans()).loans[-1]
    require(loan.account == account and not loan.back, "Lent", f"the book says {loan}")
    if world.dice.random() < _BACK:
        world.asked.clear()
        client.loan_back(loan.number)
        world.require_asked(CHANGE)
        require(
            lending.read_book(client.loans()).loans[-1].back > 0, "Lent", "a loan that is back is not noted"
        )


def _accept(borrower: World, client: KeyClient, account: Account, lease: Lease, sealed: bytes) -> None:
    bare = replace(account, recipe="")
    borrower.expected.removed.discard(bare.secret)

    def lent(state: model.State) -> model.State:
        return model.lending(bare, lease)(model.with_accounts((bare,))(state))

    if not borrower.expected.clock.must_be_trusted(borrower.key.true_time):
        return
    with borrower.asking(CHANGE, lent):
        client.accept(sealed)
    again = faces.refusal(lambda: client.accept(sealed))
    require(again == errors.FILE_USED, "Lent", f"a file is accepted twice: {again or 'yes'}")
    entries = owner.look(borrower, client)
    require(entries[-1].lender == _LENDER, "Lent", f"{account.name} was lent by {entries[-1].lender!r}")
