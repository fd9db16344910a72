"""The changes during which power is cut, and the allowed results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.cuts.content import Content, put, set_passphrase, set_typing, try_wrong_pin
from tests.cuts.kinds import MORNING
from tests.flash import attacker
from tests.life.expected import lending, moved, with_accounts, with_fields, without
from tests.life.lease import Lease
from tests.support.desk import AMAZON, DERIVED, GITHUB, Desk, phrase
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking, Typing
from totpkey_protocol import limits, storage
from totpkey_protocol.words import KEYPAD, TOP_ROW

FORGE = Account("Forge", "工作", b"a longer secret than most, of SHA-512", "SHA512", digits=8)
NEW_NAME = {"issuer": "GitHub, the one for work", "label": "someone else"}
BULK = tuple(Account("Bulk", f"number {number}", bytes((number,)) * 20) for number in range(20))
#: How many accounts of a batch may be present after a cut: a group has 16 or fills its bucket.
GROUPS = (0, 16, 17, 20)
PIN, OTHER_PIN = "2580", "13579"
LOCKING = Locking(90, True)
BY_TABLE, ON_TOP = Typing(KEYPAD, 0, 0, 3, "us"), Typing(TOP_ROW, 8, 0, 4, "uk")
#: Within so many s all pages of a few dozen accounts are sealed under a lock's new data key.
SEALED = 6
#: So many places may be left where a scenario begins near the end of the vault.
_CLOSE = 8
HOUR = 3600
DAY = 24 * HOUR

BLANK = Content()
TWO = Content((AMAZON, GITHUB), chosen=1, picked=True)
THREE = with_accounts((FORGE,))(TWO)
#: Their records fill several pages of flash completely.
MANY = Content(
    tuple(
        Account(
            f"Issuer {number} with a long name",
            f"account {number} " * 4,
            bytes(range(number, number + 64)),
            "SHA256",
        )
        for number in range(30)
    )
)
LOCKED = Content((AMAZON, GITHUB), pin=PIN)
#: Accounts of which the first is lent, until one day or another, or for some codes.
END, LATER = End(until=int(MORNING) + 30 * DAY), End(until=int(MORNING) + 60 * DAY, begins=0, ends=1439)
#: Of a clock that is an hour ahead. It has come when the clock is set back, and not by the time that is set.
PAST = End(until=int(MORNING) + HOUR + 900)


def lent(end: End) -> Content:
    """The first account has that end. Since one that has passed was given, the clock was set back."""
    setbacks = -1 if end == PAST else 0
    return lending(AMAZON, Lease(end, b"", setbacks, setbacks))(TWO)


@dataclass(frozen=True)
class Scenario:
    """A change of a key that holds the first of `outcomes` before and the last one afterwards.

    A cut must leave one of them and nothing else.
    """

    name: str
    outcomes: tuple[Content, ...]
    #: Carried out on a plugged key, after `approach`.
    change: Callable[[Desk], None]
    approach: Callable[[Desk], None] = Desk.hold_for_setup
    #: How many seconds the clock is ahead at set-up, and how long the key is then unused.
    clock_error: int = 0
    unused: float = 0
    #: Whether the power is cut a second time, while the key recovers from the first cut.
    twice: bool = False
    #: Whether the key's files were copied onto its drive, so that the vault is not aligned.
    copied: bool = False

    def prepare(self, desk: Desk) -> None:
        """Bring a new key into the state before the change, without power."""
        put(desk, self.outcomes[0], self.clock_error)
        if self.approach is up_to_the_last_place:
            # The simulator prepares keys for the chip, too, and writes some hundred pages sooner.
            desk.plug_in()
            write_up_to(desk, _CLOSE)
            desk.unplug()
        desk.key.wait_unplugged(self.unused)


def stay(desk: Desk) -> None:
    """Do nothing: the key already shows the right face."""


def unlocked(desk: Desk) -> None:
    with desk.setup_client() as client:
        client.unlock_pin(PIN)


def unlocked_by_passphrase(desk: Desk) -> None:
    with desk.setup_client() as client:
        client.unlock_passphrase(DERIVED)


def up_to_the_last_place(desk: Desk) -> None:
    """Enter setup with the next page going to the vault's last place; the first place holds the slots."""
    write_up_to(desk, 0)


def write_up_to(desk: Desk, free: int) -> None:
    """Enter setup, and write pages until so many places are free before the vault's last one."""
    desk.hold_for_setup()
    pages = sorted(attacker.pages(desk.key.flash), key=lambda page: page.sequence)
    assert (pages[0].address, pages[0].kind) == (min(page.address for page in pages), attacker.SLOTS)
    used = (pages[-1].address - pages[0].address) // storage.STRIDE + 1
    with desk.client() as client:
        for left in range(storage.PAGES - 2 - used, free - 1, -1):
            client.set_locking(Locking(60 + left % 2, True) if left > free else TWO.locking)


def command(call: Callable[[KeyClient], object]) -> Callable[[Desk], None]:
    """Return a change that consists of one call of the client."""

    def change(desk: Desk) -> None:
        with desk.client() as client:
            call(client)

    return change


def sealed(call: Callable[[KeyClient], object]) -> Callable[[Desk], None]:
    """Return a change of a lock, up to the last page that is sealed under its new data key."""

    def change(desk: Desk) -> None:
        command(call)(desk)
        assert any(slot.older for slot in attacker.slots(desk.key.flash))
        desk.key.run(SEALED)
        assert not any(slot.older for slot in attacker.slots(desk.key.flash))

    return change


def identifier(client: KeyClient, account: Account) -> str:
    return next(entry.account for entry in client.list() if entry.label == account.label)


def rename(client: KeyClient, account: Account) -> None:
    client.rename(identifier(client, account), **NEW_NAME)


def remove(client: KeyClient, account: Account) -> None:
    client.remove(identifier(client, account))


def set_end(client: KeyClient, end: End | None) -> None:
    client.set_end(identifier(client, AMAZON), end.pack() if end else b"", phrase)


def set_up(desk: Desk) -> None:
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        client.add(AMAZON)


def add_bulk(client: KeyClient) -> None:
    for account in BULK:
        client.add(account)


def add_batch(client: KeyClient) -> None:
    client.batch(len(BULK))
    add_bulk(client)


def set_true_time(desk: Desk) -> None:
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))


def choose_next(desk: Desk) -> None:
    desk.key.press(0.8)
    desk.key.run(0.5)


def type_a_code(desk: Desk) -> None:
    # Near the end of a code the key waits for the next one.
    desk.away_from_the_boundary(AMAZON)
    desk.press()


SCENARIOS = (
    Scenario("first set-up", (BLANK, Content((AMAZON,))), set_up, stay),
    Scenario(
        "add",
        (TWO, THREE),
        command(lambda c: c.add(FORGE)),
        twice=True,
    ),
    Scenario(
        "rename",
        (TWO, with_fields(1, **NEW_NAME)(TWO)),
        command(lambda c: rename(c, GITHUB)),
    ),
    Scenario(
        "remove",
        (THREE, without(2)(THREE)),
        command(lambda c: remove(c, FORGE)),
    ),
    Scenario(
        "move",
        (THREE, moved(2, 0)(THREE)),
        command(lambda c: c.move(identifier(c, FORGE), 0)),
    ),
    Scenario("choose", (TWO, replace(TWO, chosen=0)), choose_next, stay),
    Scenario(
        "set PIN, and seal all anew",
        (replace(MANY, typing=BY_TABLE), replace(MANY, typing=BY_TABLE, pin=PIN)),
        sealed(lambda c: c.set_pin(PIN)),
    ),
    Scenario(
        "change PIN, and seal all anew",
        (replace(LOCKED, typing=BY_TABLE), replace(LOCKED, typing=BY_TABLE, pin=OTHER_PIN)),
        sealed(lambda c: c.set_pin(OTHER_PIN)),
        unlocked,
        twice=True,
    ),
    Scenario(
        "remove PIN", (LOCKED, replace(LOCKED, pin=None)), command(lambda c: c.remove_slot("pin")), unlocked
    ),
    Scenario(
        "set passphrase", (TWO, replace(TWO, derived=DERIVED)), command(lambda c: set_passphrase(c, DERIVED))
    ),
    Scenario(
        "remove passphrase",
        (replace(TWO, derived=DERIVED), TWO),
        command(lambda c: c.remove_slot("passphrase")),
        unlocked_by_passphrase,
    ),
    Scenario("set locking", (TWO, replace(TWO, locking=LOCKING)), command(lambda c: c.set_locking(LOCKING))),
    Scenario(
        "set typing",
        (replace(LOCKED, typing=BY_TABLE), replace(LOCKED, typing=ON_TOP)),
        command(lambda c: set_typing(c, ON_TOP)),
        unlocked,
    ),
    Scenario("wrong PIN", (LOCKED, replace(LOCKED, tries=limits.TRIES - 1)), try_wrong_pin),
    Scenario("last wrong PIN", (replace(LOCKED, tries=1), replace(LOCKED, tries=0)), try_wrong_pin),
    Scenario(
        "unlock",
        (replace(LOCKED, tries=limits.TRIES - 2), replace(LOCKED, tries=limits.TRIES - 3), LOCKED),
        command(lambda c: c.unlock_pin(PIN)),
    ),
    Scenario("lend", (TWO, lent(END)), command(lambda c: set_end(c, END))),
    Scenario("renew", (lent(END), lent(LATER)), command(lambda c: set_end(c, LATER)), twice=True),
    Scenario("take an end away", (lent(END), TWO), command(lambda c: set_end(c, None))),
    Scenario(
        "a code that is counted",
        (lent(End(codes=9)), lent(End(codes=8))),
        command(lambda c: c.code(identifier(c, AMAZON))),
    ),
    Scenario(
        "clock back, after an end", (lent(PAST), lent(PAST)), set_true_time, clock_error=HOUR, unused=HOUR / 2
    ),
    Scenario("wipe", (THREE, BLANK), command(lambda c: c.wipe()), twice=True),
    Scenario("clock forward", (TWO, TWO), set_true_time, clock_error=-HOUR),
    Scenario("clock back", (TWO, TWO), set_true_time, clock_error=HOUR),
    Scenario("a day's floor", (TWO, TWO), type_a_code, stay, unused=2 * DAY),
    Scenario(
        "rename one of 30",
        (MANY, with_fields(7, **NEW_NAME)(MANY)),
        command(lambda c: rename(c, MANY.accounts[7])),
    ),
    Scenario("remove one of 30", (MANY, without(7)(MANY)), command(lambda c: remove(c, MANY.accounts[7]))),
    Scenario(
        "add 20",
        tuple(with_accounts(BULK[:count])(TWO) for count in range(len(BULK) + 1)),
        command(add_bulk),
    ),
    Scenario(
        "batch of 20",
        tuple(with_accounts(BULK[:count])(TWO) for count in GROUPS),
        command(add_batch),
    ),
    Scenario(
        "set PIN, files copied",
        (TWO, replace(TWO, pin=PIN)),
        command(lambda c: c.set_pin(PIN)),
        up_to_the_last_place,
        copied=True,
    ),
)
