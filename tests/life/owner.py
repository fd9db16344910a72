"""The owner: all that they do with their key."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.cuts.content import set_passphrase
from tests.life import dumps, faces
from tests.life import expected as model
from tests.life.failure import require
from tests.life.signing import let_the_code_end, sign_in
from tests.life.world import World
from totpkey.accounts.account import Account
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount
from totpkey_protocol import errors, limits
from totpkey_protocol.words import (
    ACCESS,
    ALGORITHMS,
    BLANK,
    CHANGE,
    DOUBTFUL,
    EVERYTHING,
    HOTP,
    KEYPAD,
    PASSPHRASE,
    PIN,
    TOTP,
    TRUSTED,
    USE,
)

#: More accounts than these are removed again, so that lives stay quick.
MANY = 9
#: How often an owner does not set a clock that is lost, also after a wipe; how often a thief comes after they
#: removed an account.
_NO_TIME, _NO_TIME_AGAIN, _STOLEN = 0.15, 0.5, 0.4
#: How often a code is about to end when its owner presses, and for how long it lasts then at most, in s.
_ENDING, _END = 0.4, 4.0
ISSUERS = "Amazon", "GitHub", "Bank", "Forge", "Mail", "公司", ""


def signs_in(world: World) -> None:
    """A press at a site; and one more, which gets the next code."""
    if not faces.everyday(world):
        world.say("nothing to sign in with")
        return
    if world.dice.random() < _ENDING:
        let_the_code_end(world, world.dice.uniform(0, _END))
    if sign_in(world) and world.dice.random() < 0.15:
        sign_in(world)


def adds(world: World) -> None:
    account = new_account(world.dice)
    with faces.setup(world) as client:
        if len(world.expected.state.accounts) >= MANY:
            world.say("no more accounts")
            return
        set_perhaps(world, client)
        add(world, client, account)
    world.say(f"added {account.name} ({account.type}, {account.algorithm}, {account.digits} digits)")


def set_perhaps(world: World, client: KeyClient, forgets: float = _NO_TIME) -> None:
    """The same, unless its owner forgets it. The key must then type nothing."""
    if not world.expected.clock.lost or world.dice.random() > forgets:
        set_first_time(world, client)


def set_first_time(world: World, client: KeyClient) -> None:
    """A key that has no time gets it. A blank one keeps it only with its first account."""
    clock = world.expected.clock
    if not clock.absent and (clock.lost or not world.expected.state.accounts):
        set_clock(world, client)


def new_account(dice: random.Random) -> Account:
    return Account(
        dice.choice(ISSUERS),
        f"seller{dice.randrange(10_000)}",
        dice.randbytes(dice.choice((16, 20, 20, 32, 64))),
        dice.choice((*ALGORITHMS, ALGORITHMS[0])),
        dice.choice((6, 6, 6, 8)),
        dice.choice((30, 30, 60)),
        dice.choice((TOTP, TOTP, TOTP, HOTP)),
        recipe=dice.choice(("", "", "", "{code}{ENTER}")),
    )


def add(world: World, client: KeyClient, account: Account) -> None:
    world.expected.keep_secret(account)
    with world.expected.change(model.with_account(account)):
        client.add(account)
    if account.recipe:
        world.require_asked(CHANGE)


def look(world: World, client: KeyClient) -> tuple[StoredAccount, ...]:
    """The list of accounts, which must be as expected."""
    entries = client.list()
    model.expect_entries(world.expected, entries)
    if entries:
        faces.expect_element(world, client)
    typing, locking = client.typing(), client.locking() if entries else None
    world.expected.observe(lambda state: state.typing == typing, "Kept", f"it types by {typing}")
    if locking:
        world.expected.observe(lambda state: state.locking == locking, "Kept", f"it locks by {locking}")
    _check_ends(world, entries)
    return entries


def _check_ends(world: World, entries: tuple[StoredAccount, ...]) -> None:
    """The key says of no end that it is to come once it has come, nor the other way round."""
    expected, now = world.expected, world.key.true_time
    for place, entry in enumerate(entries):
        seen = f"{entry.name} {'is over: ' + entry.over if entry.over else 'gives codes'}"
        state = expected.state
        came = model.is_over(expected, state, state.accounts[place], now)
        require(bool(entry.over) or not came, "Lent", seen)
        trusts = expected.clock.must_be_trusted(now)
        given = trusts and model.must_give(expected, state, state.accounts[place], now)
        require(not entry.over or not given, "Lent", seen)


def looks(world: World) -> None:
    """At everything that the key says of itself."""
    with faces.setup(world) as client:
        set_first_time(world, client)
        entries = look(world, client)
        _check_uses(world, client, entries)
    world.say(f"looked at {len(entries)} accounts")


def _check_uses(world: World, client: KeyClient, entries: tuple[StoredAccount, ...]) -> None:
    if entries:
        uses = client.uses(world.dice.choice(entries).account)
        require(uses.last <= world.key.true_time + 400, "On time", f"an account was used at {uses.last}")


def _one(world: World, client: KeyClient) -> tuple[int, StoredAccount] | None:
    """The place and entry of any account."""
    entries = look(world, client)
    if not entries:
        world.say("no account")
        return None
    place = world.dice.randrange(len(entries))
    return place, entries[place]


def renames(world: World) -> None:
    # A number that stood alone might be somebody's PIN, which the search for leaks would find.
    issuer, label = world.dice.choice(ISSUERS), f"renamed-{world.dice.randrange(10_000)}"
    with faces.setup(world) as client:
        if found := _one(world, client):
            place, entry = found
            with world.expected.change(model.with_fields(place, issuer=issuer, label=label)):
                client.rename(entry.account, issuer, label)
            world.require_asked(CHANGE)
            world.say(f"renamed number {place + 1}")


def removes(world: World) -> None:
    with faces.setup(world) as client:
        found = _one(world, client)
        if not found:
            return
        remove(world, client, *found)
    if world.dice.random() < _STOLEN:
        world.unplug()
        dumps.look_for_removed(world)
        world.say("a thief read the flash at once")


def remove(world: World, client: KeyClient, place: int, entry: StoredAccount) -> None:
    world.asked.clear()
    (account,) = {
        state.accounts[place].secret: state.accounts[place] for state in world.expected.possible
    }.values()
    world.expected.forget(account)
    with world.expected.change(model.without(place)):
        client.remove(entry.account)
    world.require_asked(CHANGE)
    world.say(f"removed number {place + 1}, {entry.name}")


def moves(world: World) -> None:
    with faces.setup(world) as client:
        if found := _one(world, client):
            place, entry = found
            to = world.dice.randrange(len(world.expected.state.accounts))
            with world.expected.change(model.moved(place, to)):
                client.move(entry.account, to)
            world.require_asked(CHANGE)
            world.say(f"moved number {place + 1} to {to + 1}")


def chooses(world: World) -> None:
    """With the command."""
    with faces.setup(world) as client:
        if found := _one(world, client):
            place, entry = found
            with world.expected.change(model.choosing(place)):
                client.choose(entry.account)
            world.require_asked(CHANGE)
            world.say(f"chose number {place + 1}")


def goes_on(world: World) -> None:
    """Choose the next account with the button, and sign in with it."""
    if not faces.everyday(world):
        world.say("nothing to choose from")
        return
    if any(len(state.accounts) == 1 for state in world.expected.possible):
        # Its touch types at once.
        sign_in(world)
        return
    with world.expected.change(model.next_chosen):
        world.key.press(0.8)
        world.need_power()
        world.key.run(0.6)
        world.need_power()
    world.listen()
    world.say("chose the next account with the button")
    sign_in(world)


def asks_for_a_code(world: World) -> None:
    """Read a code by the command."""
    with faces.setup(world) as client:
        set_first_time(world, client)
        if not (found := _one(world, client)):
            return
        place, entry = found
        account = world.expected.state.accounts[place]
        if account.type != HOTP and not world.expected.clock.must_be_trusted(world.key.true_time):
            world.say("no time to give a code for")
            return
        if entry.over:
            refuse_code(world, client, entry)
            return
        with world.expected.change(model.counted(place)):
            given = client.code(entry.account)
        world.require_asked(USE)
        right = given.code == model.code(account, given.time)
        require(right, "Right", f"the command shows a wrong code of {account.name}")
        world.say(f"read a code of {account.name}")


def refuse_code(world: World, client: KeyClient, entry: StoredAccount) -> None:
    """An account whose end has come gives none, even with a touch."""
    try:
        client.code(entry.account)
    except KeyRefused as refusal:
        if refusal.code in (errors.BUSY, errors.CALM):
            raise
        world.say(f"got no code of {entry.name}")
        return
    require(False, "Lent", f"{entry.name} is over, and gives a code")


def sets_the_clock(world: World) -> None:
    with faces.setup(world) as client:
        if world.expected.clock.absent:
            world.say("no clock to set")
            return
        set_clock(world, client)


def set_clock(world: World, client: KeyClient) -> None:
    world.asked.clear()
    world.key.run(1 - world.key.true_time % 1)
    world.need_power()
    world.expected.clock.setting = True
    clock = client.set_time(round(world.key.true_time), 60)
    # A clock that went back by no more than its drift has to catch up first.
    require(clock.clock in (TRUSTED, DOUBTFUL), "On time", f"the key was set and says {clock.clock}")
    off = world.key.clock.unix_time - world.key.true_time
    require(abs(off) < model.SETTING, "On time", f"a clock that was set just now is off by {off:.1f} s")
    world.expected.clock.set(world.key.true_time, bool(world.asked), clock.trusted)
    world.expected.clock.is_kept = client.hello().state != BLANK
    world.say("set the clock" + (" and agreed to it" if world.asked else ""))


def sets_a_pin(world: World) -> None:
    # No number in a reply begins with 0, or one might be taken for a leaked PIN.
    pin = "0" + "".join(world.dice.choices("1234567890", k=world.dice.choice((3, 5, 5, 7))))
    world.expected.pins.add(pin)
    with faces.setup(world) as client:
        if not look(world, client):
            world.say("nothing to lock")
            return
        world.asked.clear()
        with world.expected.change(model.with_settings(pin=pin, tries=limits.TRIES, bound=False)):
            client.set_pin(pin)
        world.require_asked(ACCESS)
        world.open = True
        world.say("set a PIN")


def sets_a_passphrase(world: World) -> None:
    derived = world.dice.randbytes(32)
    world.expected.secrets[derived] = "a derived key"
    with faces.setup(world) as client:
        if not look(world, client):
            world.say("nothing to lock")
            return
        world.asked.clear()
        with world.expected.change(model.with_settings(derived=derived)):
            set_passphrase(client, derived)
        world.require_asked(ACCESS)
        world.open = True
        world.say("set a passphrase")


def takes_a_lock_away(world: World) -> None:
    with faces.setup(world) as client:
        look(world, client)
        state = world.expected.state
        have = [slot for slot, lock in ((PIN, state.pin), (PASSPHRASE, state.derived)) if lock is not None]
        if not have:
            world.say("no lock to take away")
            return
        slot = world.dice.choice(have)
        gone = {"pin": None, "tries": limits.TRIES, "bound": False} if slot == PIN else {"derived": None}
        world.asked.clear()
        with world.expected.change(model.with_settings(**gone)):
            client.remove_slot(slot)
        world.require_asked(ACCESS)
        world.say(f"took the {slot} away")


def types_otherwise(world: World) -> None:
    with faces.setup(world) as client:
        if not look(world, client):
            world.say("nothing to type")
            return
        typing = replace(client.typing(), mode=KEYPAD, pace=world.dice.choice((0, 0, 16, 40)))
        with world.expected.change(model.with_settings(typing=typing)):
            client.set_typing(typing)
        world.require_asked(CHANGE)
        world.say(f"set the pace to {typing.pace} ms")


def backs_up(world: World) -> None:
    """Export everything, and open it by another implementation."""
    derived = world.dice.randbytes(32)
    world.expected.secrets[derived] = "a derived key"
    with faces.setup(world) as client:
        if not look(world, client):
            world.say("nothing to back up")
            return
        world.asked.clear()
        sealed = list(client.export(derived))
        world.require_asked(EVERYTHING)
        client.note_backup(derived, len(world.expected.state.accounts))
    secrets = {account.secret for account in world.expected.state.free}
    require(len(sealed) == len(secrets), "Kept", f"a backup has {len(sealed)} accounts of {len(secrets)}")
    world.say(f"backed {len(sealed)} accounts up")


def wipes_and_restores(world: World) -> None:
    """Start again, with the same accounts under one touch."""
    with faces.setup(world) as client:
        accounts = world.expected.state.free
        faces.wipe(world, client)
    with faces.at_port(world) as client:
        client.hello()
        set_perhaps(world, client, _NO_TIME_AGAIN)
        world.asked.clear()
        client.batch(max(1, len(accounts)))
        world.require_asked(CHANGE)
        world.expected.removed -= {account.secret for account in accounts}
        # A batch is written in groups: a cut leaves any beginning of it.
        parts = [model.with_accounts(accounts[:count]) for count in range(1, len(accounts))]
        with world.expected.change(model.with_accounts(accounts), *parts):
            for account in accounts:
                client.add(account)
            client.list()
        look(world, client)
    world.say(f"restored {len(accounts)} accounts")
    if world.expected.clock.lost:
        # The clock chip runs, but this key did not set it since.
        signs_in(world)


def finds_it_locked(world: World) -> None:
    """A key that was plugged in a moment ago and has a lock types nothing."""
    world.unplug()
    world.plug_in()
    if world.in_setup or not all(state.lockable for state in world.expected.possible):
        world.say("no lock")
        return
    world.key.press()
    world.need_power()
    world.key.run(2)
    world.need_power()
    world.listen()
    world.unplug()
    world.say("pressed a locked key, and nothing came")
