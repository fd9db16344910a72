"""The owner: all that they do with their key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.cuts.content import set_passphrase, set_typing
from tests.journal import reading
from tests.journal.reading import TOLD
from tests.life import computers, dumps, faces, nature
from tests.life import expected as model
from tests.life.expected import require
from tests.life.signing import DOUBLE, is_explained, let_the_code_end, sign_in
from tests.life.world import World
from tests.support.desk import code_at
from totpkey.accounts.account import Account
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking, StoredAccount, Typing
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
    LOCKED,
    PASSPHRASE,
    PIN,
    STEAM,
    TOP_ROW,
    TOTP,
    TRUSTED,
    USE,
)

#: How often an owner does not set a clock that is lost, also after a wipe; how often a thief comes after they
#: removed an account.
_NO_TIME, _NO_TIME_AGAIN, _STOLEN = 0.15, 0.5, 0.4
#: How often a code is about to end when its owner presses, and for how long it lasts then at most, in s.
_ENDING, _END = 0.4, 4.0
#: For how long an owner does something else between two codes of a sitting, in s; and how many they sign in
#: for, at most.
_BETWEEN, _SITTING = 8, 12
#: How often they try something else if no code comes.
_TRIES_MORE = 0.6
ISSUERS = "Amazon", "GitHub", "Bank", "Forge", "Mail", "公司", ""
DIGITS_ALONE = "", "", "", "{code}{ENTER}", "{SLOW}{code}{TAB}"
#: How long a key for one account takes to type, in s.
_KEY_TYPES = 4
_LAYOUT = "us"
#: How often they change what is typed, not the name; and as far as a clock may ever be ahead, in s.
_RECIPE, _YEAR = 0.3, 366 * 86_400
LETTERS = "{user}{TAB}{code}{ENTER}", "{code}", "{user}{SLOW}{code}"


def signs_in(world: World) -> None:
    """A press at a site, and perhaps at others; soon after the last it waits for the next code.

    If none comes, a clock that is set may help, or another account, or another computer.
    """
    if not faces.everyday(world):
        adds(world)
        if not faces.everyday(world):
            return
    if world.dice.random() < _ENDING:
        let_the_code_end(world, world.dice.uniform(0, _END))
    for _ in range(_SITTING):
        if not sign_in(world) and not _helps(world):
            break
        if world.dice.random() < 1 / world.habits.sitting:
            break
        world.run(world.dice.uniform(0, _BETWEEN))


def _helps(world: World) -> bool:
    """Do something about a key that types nothing. Whether its owner tries again afterwards."""
    clock = world.expected.clock
    if clock.must_not_be_trusted and not clock.absent and world.dice.random() > _NO_TIME:
        sets_the_clock(world)
        return faces.everyday(world)
    if world.dice.random() < _TRIES_MORE:
        world.dice.choice((goes_on, looks, computers.another_computer))(world)
    return False


def presses_a_key(world: World) -> None:
    """On a board with a key for each account."""
    keys = world.key.wiring.board.keys
    if not keys or not faces.everyday(world) or len(world.expected.possible) > 1:
        return
    number = world.dice.randrange(min(len(keys), len(world.expected.state.accounts)))
    before = world.expected.possible
    # A key does not note again what is chosen.
    chosen = number == world.expected.state.chosen
    choice = (lambda state: state) if chosen else model.choosing(number)
    # A cut may come after its code was counted.
    with world.by_hand(choice, lambda state: model.code_given(choice(state))):
        world.key.run(DOUBLE)
        world.touch_keys(number)
        world.run(_KEY_TYPES)
    expected, counts = world.expected, model.counts(world.expected.state, number)
    text = world.listen(lambda text: is_explained(world, expected.possible, text))
    if text and not counts and world.key.usb.enumeration:
        world.say(f"pressed key {number + 1}, which typed")
    if not text:
        # Flash may have kept the key from looking at it, which it shows in red.
        expected.possible = [*before, *expected.possible]
    expected.may_have(model.code_given)
    world.given.sure = False
    world.unplug()


def adds(world: World) -> None:
    if len(world.expected.state.accounts) >= world.habits.accounts:
        removes(world)
        return
    with faces.setup(world) as client:
        prepare(world, client)
        set_perhaps(world, client)
        account = new_account(world)
        add(world, client, account)
    world.say(f"added {account.name} ({account.type}, {account.algorithm}, {account.digits} digits)")


def imports(world: World) -> None:
    """Many at once."""
    with faces.setup(world) as client:
        free = world.habits.accounts - len(world.expected.state.accounts)
        if free <= 0:
            return
        prepare(world, client)
        set_perhaps(world, client)
        bring(world, client, tuple(new_account(world) for _ in range(world.dice.randint(1, free))))


def bring(
    world: World,
    client: KeyClient,
    accounts: tuple[Account, ...],
    send: Callable[[Account], object] | None = None,
) -> None:
    """Add them under one touch, but those that type more than digits; or `send` each."""
    for account in accounts:
        world.expected.keep_secret(account)
    world.asked.clear()
    client.batch(max(1, len(accounts)))
    # It begins the vault of a blank key.
    world.expected.clock.is_kept = True
    world.require_asked(CHANGE)
    world.expected.removed -= {account.secret for account in accounts}
    # A batch is written in groups: a cut leaves any beginning of it.
    parts = [model.with_accounts(accounts[:count]) for count in range(1, len(accounts))]
    with world.expected.change(model.with_accounts(accounts), *parts):
        for account in accounts:
            (send or client.add)(account)
        client.list()
    look(world, client)
    world.say(f"brought {len(accounts)} accounts")


def prepare(world: World, client: KeyClient) -> None:
    """Decide whether accounts may leave a blank key, and give one its layout."""
    habits, expected = world.habits, world.expected
    if client.hello().state == BLANK and (habits.letters or not habits.exports):
        world.asked.clear()
        with expected.change(model.with_settings(exports=habits.exports)):
            client.init(habits.exports)
        require(bool(world.asked) != habits.exports, "Agreed", f"exports were settled with {world.asked}")
    if habits.letters and not any(state.typing.layout for state in expected.possible):
        typing = replace(client.typing(), layout=_LAYOUT)
        with expected.change(model.with_settings(typing=typing)):
            set_typing(client, typing)


def set_perhaps(world: World, client: KeyClient, forgets: float = _NO_TIME) -> None:
    """The same, unless its owner forgets it. The key must then type nothing."""
    if not world.expected.clock.lost or world.dice.random() > forgets:
        set_first_time(world, client)


def set_first_time(world: World, client: KeyClient) -> None:
    """A key that has no time gets it. A blank one keeps it only with its first account."""
    clock = world.expected.clock
    if not clock.absent and (clock.lost or not world.expected.state.accounts):
        set_clock(world, client)


def new_account(world: World) -> Account:
    dice = world.dice
    if world.habits.letters and dice.random() < 0.4 and all(s.typing.layout for s in world.expected.possible):
        steam, secret = dice.random() < 0.3, dice.randbytes(20)
        names = dice.choice(ISSUERS), f"me.{dice.randrange(10_000)}@mail"
        if steam:
            return Account(*names, secret, digits=5, type=STEAM)
        return Account(*names, secret, recipe=dice.choice(LETTERS))
    return Account(
        dice.choice(ISSUERS),
        f"seller{dice.randrange(10_000)}",
        dice.randbytes(dice.choice((16, 20, 20, 32, 64, 80))),
        dice.choice((*ALGORITHMS, *ALGORITHMS[:1] * 3)),
        dice.choice((6, 6, 6, 8)),
        dice.choice((30, 30, 60)),
        dice.choice((TOTP, TOTP, TOTP, HOTP)),
        recipe=dice.choice(DIGITS_ALONE),
    )


def add(world: World, client: KeyClient, account: Account) -> None:
    world.expected.keep_secret(account)
    with _typing(world, account.type, account.recipe, model.with_accounts((account,))):
        client.add(account)


@contextmanager
def _typing(world: World, kind: str, recipe: str, change: model.Change) -> Iterator[None]:
    """What types more than digits needs a touch for that account."""
    world.asked.clear()
    with world.expected.change(change):
        yield
    if kind == STEAM or any(part in recipe for part in ("{user}", "{TAB}", "{ENTER}")):
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
    world.ids |= {
        account.secret: entry.account
        for state in world.expected.possible
        for account, entry in zip(state.accounts, entries, strict=True)
    }
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
        for change in client.clock_changes():
            seen = f"the clock was set to {change.after}"
            require(change.after <= world.key.true_time + _YEAR, "On time", seen)
    world.say(f"looked at {len(entries)} accounts")


def reads_the_journal(world: World) -> None:
    with faces.setup(world) as client:
        if not look(world, client):
            return
        told = reading.told(client)
        if nature.is_worn(world):
            world.given.sure = False
        world.given.compare(told)
    world.say(f"read a journal of {told.count} codes")


def _check_uses(world: World, client: KeyClient, entries: tuple[StoredAccount, ...]) -> None:
    if entries:
        uses = client.uses(world.dice.choice(entries).account)
        require(uses.last <= world.key.true_time + 400, "On time", f"an account was used at {uses.last}")


def _one(world: World, client: KeyClient) -> tuple[int, StoredAccount] | None:
    """The place and entry of any account."""
    entries = look(world, client)
    if not entries:
        return None
    place = world.dice.randrange(len(entries))
    return place, entries[place]


def renames(world: World) -> None:
    # A number that stood alone might be somebody's PIN, which the search for leaks would find.
    issuer, label = world.dice.choice(ISSUERS), f"renamed-{world.dice.randrange(10_000)}"
    with faces.setup(world) as client:
        if found := _one(world, client):
            place, entry = found
            if world.dice.random() < _RECIPE:
                recipe = world.dice.choice(DIGITS_ALONE)
                with _typing(world, entry.type, recipe, model.with_fields(place, recipe=recipe)):
                    client.recipe(entry.account, recipe)
            else:
                with world.asking(CHANGE, model.with_fields(place, issuer=issuer, label=label)):
                    client.rename(entry.account, issuer, label)
            world.say(f"renamed number {place + 1}, or what it types")


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
    (account,) = {
        state.accounts[place].secret: state.accounts[place] for state in world.expected.possible
    }.values()
    world.expected.forget(account)
    with world.asking(CHANGE, model.without(place)):
        client.remove(entry.account)
    world.say(f"removed number {place + 1}, {entry.name}")


def moves(world: World) -> None:
    with faces.setup(world) as client:
        if found := _one(world, client):
            place, entry = found
            to = world.dice.randrange(len(world.expected.state.accounts))
            with world.asking(CHANGE, model.moved(place, to)):
                client.move(entry.account, to)
            world.say(f"moved number {place + 1} to {to + 1}")


def chooses(world: World) -> None:
    """With the command."""
    with faces.setup(world) as client:
        if found := _one(world, client):
            place, entry = found
            with world.asking(CHANGE, model.choosing(place)):
                client.choose(entry.account)
            world.say(f"chose number {place + 1}")


def goes_on(world: World) -> None:
    """Choose the next account with the button, and sign in with it."""
    if not faces.everyday(world):
        return
    if any(len(state.accounts) == 1 for state in world.expected.possible):
        # Its touch types at once.
        sign_in(world)
        return
    with world.by_hand(model.next_chosen):
        world.key.press(0.8)
        world.run(0.6)
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
            return
        if entry.over:
            refused = faces.refusal(lambda: client.code(entry.account))
            require(bool(refused), "Lent", f"{entry.name} is over, and gives a code")
            return
        with world.asking(USE, model.counted(place)):
            given = client.code(entry.account)
        world.given.note(world.ids.get(account.secret), TOLD, given.time, given.time)
        right = given.code == code_at(account, given.time)
        require(right, "Right", f"the command shows a wrong code of {account.name}")
        world.say(f"read a code of {account.name}")


def sets_it_by_codes(world: World) -> None:
    """Of another authenticator, which shows the second of two for a while."""
    with faces.setup(world) as client:
        found = _one(world, client)
        account = world.expected.state.accounts[found[0]] if found else None
        if not found or account is None or account.type == HOTP or world.expected.clock.absent:
            return
        now = world.key.true_time
        codes = code_at(account, now - account.period), code_at(account, now)
        world.expected.clock.setting = True
        begun = now - now % account.period
        set_to = client.time_from_codes(
            found[1].account, codes, round(now) + 200, lambda: round(1000 * (world.key.true_time - begun))
        )
        world.require_asked(ACCESS)
        note_set(world, client, set_to.trusted)
        world.say("set the clock by codes")


def limits_the_clock(world: World) -> None:
    with faces.setup(world) as client:
        if look(world, client):
            limit = world.dice.choice((0, 0, 60, 3600))
            # A cut may leave it.
            world.expected.clock.limited |= limit > 0
            client.set_limit(limit)
            world.expected.clock.limited = limit > 0
            world.say(f"limited the clock's error to {limit} s")


def sets_when_it_locks(world: World) -> None:
    with faces.setup(world) as client:
        if look(world, client):
            locking = Locking(world.dice.choice((0, 300, 3600, 36_000)), world.dice.random() < 0.3)
            with world.asking(ACCESS, model.with_settings(locking=locking)):
                client.set_locking(locking)
            world.say(f"locks by {locking}")
            if all(state.lockable for state in world.expected.possible):
                client.lock()
                require(client.hello().state == LOCKED, "Closed", "a key that was locked is open")
                world.open = False
    world.unplug()


def sets_the_clock(world: World) -> None:
    with faces.setup(world) as client:
        if not world.expected.clock.absent:
            set_clock(world, client)


def set_clock(world: World, client: KeyClient) -> None:
    world.asked.clear()
    world.run(1 - world.key.true_time % 1)
    world.expected.clock.setting = True
    clock = client.set_time(round(world.key.true_time), 60)
    # A clock that went back by no more than its drift has to catch up first.
    require(clock.clock in (TRUSTED, DOUBTFUL), "On time", f"the key was set and says {clock.clock}")
    note_set(world, client, clock.trusted)
    world.say("set the clock" + (" and agreed to it" if world.asked else ""))


def note_set(world: World, client: KeyClient, trusted: bool) -> None:
    """The clock was set just now."""
    off = world.key.clock.unix_time - world.key.true_time
    require(abs(off) < model.SETTING, "On time", f"a clock that was set just now is off by {off:.2f} s")
    world.expected.clock.set(world.key.true_time, bool(world.asked), trusted)
    world.expected.clock.is_kept = client.hello().state != BLANK


def sets_a_pin(world: World) -> None:
    # No number in a reply begins with 0, or one might be taken for a leaked PIN.
    # A small digit takes its owner few presses.
    pin = "0" + "".join(world.dice.choices("1234567890", range(10, 0, -1), k=world.dice.choice((3, 3, 5, 7))))
    world.expected.pins.add(pin)
    with faces.setup(world) as client:
        if look(world, client):
            with world.asking(ACCESS, model.with_settings(pin=pin, tries=limits.TRIES, bound=False)):
                client.set_pin(pin)
            world.open = True
            world.say("set a PIN")


def sets_a_passphrase(world: World) -> None:
    derived = world.dice.randbytes(32)
    world.expected.secrets[derived] = "a derived key"
    with faces.setup(world) as client:
        if look(world, client):
            with world.asking(ACCESS, model.with_settings(derived=derived)):
                set_passphrase(client, derived)
            world.open = True
            world.say("set a passphrase")


def takes_a_lock_away(world: World) -> None:
    with faces.setup(world) as client:
        look(world, client)
        state = world.expected.state
        have = [slot for slot, lock in ((PIN, state.pin), (PASSPHRASE, state.derived)) if lock is not None]
        if have:
            slot = world.dice.choice(have)
            gone = {"pin": None, "tries": limits.TRIES, "bound": False} if slot == PIN else {"derived": None}
            with world.asking(ACCESS, model.with_settings(**gone)):
                client.remove_slot(slot)
            world.say(f"took the {slot} away")


def types_otherwise(world: World) -> None:
    with faces.setup(world) as client:
        if not look(world, client):
            return
        dice, layout = world.dice, _LAYOUT if world.habits.letters else ""
        mode = dice.choice((KEYPAD, TOP_ROW)) if layout else KEYPAD
        typing = Typing(mode, dice.choice((0, 0, 16, 40, 160)), dice.choice((0, 0, 400)), 3, layout)
        typing = replace(typing, margin=dice.choice((3, 3, 0, 10)))
        with world.asking(CHANGE, model.with_settings(typing=typing)):
            set_typing(client, typing)
        world.say(f"types by {typing}")


def backs_up(world: World) -> None:
    """Export everything, and open it by another implementation."""
    derived = world.dice.randbytes(32)
    world.expected.secrets[derived] = "a derived key"
    with faces.setup(world) as client:
        if look(world, client) and export(world, client, derived):
            client.note_backup(derived, len(world.expected.state.accounts))
            require(not client.backup().changed, "Kept", "a backup was noted, and is none of these accounts")


def export(world: World, client: KeyClient, derived: bytes) -> tuple[Account, ...]:
    """The accounts in a backup, opened by another implementation. None, if they may not leave the key."""
    world.asked.clear()
    if not world.expected.state.exports:
        refused = faces.refusal(lambda: list(client.export(derived)))
        # Of lent accounts alone there is nothing to export.
        due = errors.EXPORT_OFF if world.expected.state.free else ""
        require(refused == due, "Agreed", f"an export that is off gets {refused or 'through'}")
        return ()
    sealed = list(client.export(derived))
    world.require_asked(EVERYTHING)
    found = tuple(dumps.opened(each, derived) for each in sealed)
    world.expected.observe(
        lambda state: _bare(state.free) == _bare(found), "Kept", f"a backup of {len(found)}"
    )
    world.say(f"backed {len(found)} accounts up")
    return found


def _bare(accounts: tuple[Account, ...]) -> list[dict[str, object]]:
    return [vars(account) for account in accounts]


def wipes_and_restores(world: World) -> None:
    """Start again, with the accounts of a backup. Without exports their owner has them on paper."""
    derived = world.dice.randbytes(32)
    world.expected.secrets[derived] = "a derived key"
    with faces.setup(world) as client:
        accounts = export(world, client, derived) if look(world, client) else ()
        accounts = accounts or world.expected.state.free
        faces.wipe(world, client)
    with faces.at_port(world) as client:
        client.hello()
        prepare(world, client)
        set_perhaps(world, client, _NO_TIME_AGAIN)
        bring(world, client, accounts)
    if world.expected.clock.lost:
        # The clock chip runs, but this key did not set it since.
        signs_in(world)


def finds_it_locked(world: World) -> None:
    """A key that was plugged in a moment ago and has a lock types nothing."""
    world.unplug()
    world.plug_in()
    if world.in_setup or not all(state.lockable for state in world.expected.possible):
        return
    world.key.press()
    world.run(2)
    world.listen()
    world.unplug()
    world.say("pressed a locked key, and nothing came")
