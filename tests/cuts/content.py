"""The content of a key as its owner knows it: how to put it onto a key, and how to check for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.desk import CDC, CDC_DATA, HID, Desk, code_at, phrase
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End, unpack
from totpkey.errors import KeyRefused
from totpkey.keyboard.layouts import layouts
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking, Typing
from totpkey_protocol import errors, limits, words

#: An account that is added after a cut, to test that changes work again.
NEXT = Account("After the cut", "next", b"the next change works")
#: The setting of a new key.
NEVER_LOCKED = Locking(0, False)
KEYPAD_ALONE = Typing(words.KEYPAD, 0, 0, 3, "")
#: A PIN that no key in these tests has.
WRONG_PIN = "9999"
#: With up to this many accounts, all codes are read. With more, only about this many: the
#: first, the last, and some at equal distances in between.
_FEW = 4


class NotIntact(Exception):
    """A key is not in a correct state after a power cut."""


def require(condition: bool, what: str) -> None:
    if not condition:
        raise NotIntact(what)


@dataclass(frozen=True)
class Content:
    """Accounts in order, which of them is typed, how, and what unlocks the key."""

    accounts: tuple[Account, ...] = ()
    chosen: int = 0
    pin: str | None = None
    #: How many wrong PINs are still allowed. At zero the PIN is destroyed and nothing unlocks the key.
    tries: int = limits.TRIES
    #: The key that the host derived from the passphrase.
    derived: bytes | None = None
    locking: Locking = NEVER_LOCKED
    typing: Typing = KEYPAD_ALONE
    #: The end of each account, where any has one; and whether those that have one give no code.
    ends: tuple[End | None, ...] = ()
    over: bool = False

    @property
    def lockable(self) -> bool:
        return self.pin is not None or self.derived is not None

    @property
    def blocked(self) -> bool:
        return self.pin is not None and not self.tries

    @property
    def all_ends(self) -> list[End | None]:
        """The end of each account."""
        return [*self.ends] or [None] * len(self.accounts)

    @property
    def names(self) -> list[tuple[str, str]]:
        return [(account.issuer, account.label) for account in self.accounts]


def put(desk: Desk, content: Content, clock_error: int = 0) -> None:
    """Put `content` onto a new key whose clock is `clock_error` s ahead, and unplug it."""
    desk.plug_in()
    if content.accounts:
        _provision(desk, content, clock_error)
    for _ in range(content.chosen):
        desk.key.press(0.8)
        desk.key.run(0.5)
    desk.key.unplug()


def _provision(desk: Desk, content: Content, clock_error: int) -> None:
    with desk.until_done(desk.client()) as client:
        for account in content.accounts:
            client.add(account)
        # Before this there is nothing that a minimum time could protect.
        client.set_time(round(desk.key.true_time) + clock_error)
        for entry, end in zip(client.list(), content.all_ends, strict=True):
            if end:
                client.set_end(entry.account, end.pack(), phrase)
        if content.typing != KEYPAD_ALONE:
            set_typing(client, content.typing)
        if content.pin:
            client.set_pin(content.pin)
        if content.derived:
            set_passphrase(client, content.derived)
    use_tries(desk, limits.TRIES - content.tries)


def use_tries(desk: Desk, count: int = limits.TRIES) -> None:
    """Enter so many wrong PINs."""
    for number in range(count):
        if number % limits.TRIES_A_POWER_UP == 0:
            desk.replug_for_setup()
        try_wrong_pin(desk)


def set_typing(client: KeyClient, typing: Typing) -> None:
    client.set_typing(typing, layouts()[typing.layout].table if typing.layout else b"")


def set_passphrase(client: KeyClient, derived: bytes) -> None:
    client.set_passphrase(derived, bytes(16), 65536, 3, 1)


def try_wrong_pin(desk: Desk) -> None:
    with desk.client() as client:
        desk.wait_for_the_next_try(client)
        try:
            client.unlock_pin(WRONG_PIN)
        except KeyRefused as refusal:
            require(refusal.code == errors.WRONG_PIN, f"a wrong PIN was answered with {refusal.code}")
        else:
            raise NotIntact("a wrong PIN opened the key")


def codes_now(desk: Desk, account: Account) -> set[str]:
    """Return the codes that the key may show by its own clock.

    Until it has seen the seconds of its clock chip change, the key is up to 1 s behind.
    """
    now = desk.key.clock.unix_time
    return {code_at(account, moment) for moment in (now - 2, now + 0.5)}


def check(desk: Desk, outcomes: Sequence[Content]) -> Content:
    """Plug in a key that must hold one of `outcomes` completely, and return that one.

    Raise NotIntact, or an error of the session.
    """
    desk.plug_in()
    require(set(desk.classes()) <= {HID, CDC, CDC_DATA}, "the key came up with drive or console")
    typed = ""
    expected: dict[Account, set[str]] = {}
    in_setup = CDC in desk.classes()
    if not in_setup:
        typed = _press(desk)
        expected = {account: codes_now(desk, account) for content in outcomes for account in content.accounts}
        desk.hold_for_setup()
    with desk.client() as client:
        contents = _read(desk, client, outcomes)
        content = _typed(contents, "" if in_setup else typed, expected)
        require(in_setup == (not content.accounts), "the key came up in the wrong face")
        if content.blocked:
            client.wipe()
        else:
            _change_again(desk, client, content)
    return content


def _press(desk: Desk) -> str:
    """Press when the key need not wait for the next code."""
    desk.away_from_the_boundary(NEXT, 8)
    # A key that was busy since it last checked the computer asks for NumLock first.
    before = len(desk.computer.text)
    if not desk.press():
        desk.key.run(2)
    return desk.computer.text[before:]


def _typed(contents: Sequence[Content], typed: str, expected: dict[Account, set[str]]) -> Content:
    """Return the one of `contents` that matches what the button typed."""
    for content in contents:
        silent = content.lockable or not content.accounts
        if typed == "" if silent else typed in expected[content.accounts[content.chosen]]:
            return content
    raise NotIntact("the button typed no right code")


def _read(desk: Desk, client: KeyClient, outcomes: Sequence[Content]) -> list[Content]:
    """Return those of `outcomes` that the key may hold, and leave it unlocked."""
    hello = client.hello()
    if hello.state == words.BLOCKED:
        return _some([content for content in outcomes if content.blocked])
    left = [content for content in outcomes if not content.blocked]
    locked = hello.state == words.LOCKED
    left = [content for content in left if content.lockable == locked]
    if locked:
        left = _opened(desk, client, left)
    if hello.state != words.BLANK:
        now = client.locking(), client.typing()
        left = [content for content in left if (content.locking, content.typing) == now]
    stored = client.list()
    names = [(entry.issuer, entry.label) for entry in stored]
    ends = [unpack(entry.end) for entry in stored]
    left = _some([content for content in left if (content.names, content.all_ends) == (names, ends)])
    if stored:
        require(client.hello().clock == words.TRUSTED, "the key does not trust its clock")
    for index in _sampled(len(stored)):
        if left[0].over and stored[index].end:
            require(stored[index].over != "", "an account gives codes after its end")
            continue
        given = client.code(stored[index].account).code
        require(given in codes_now(desk, left[0].accounts[index]), "an account gave a wrong code")
    return left


def _some(contents: list[Content]) -> list[Content]:
    require(len(contents) > 0, "the key holds neither what it held before nor what it was to hold")
    return contents


def _opened(desk: Desk, client: KeyClient, contents: list[Content]) -> list[Content]:
    """Unlock a locked key. Return those of `contents` that it may hold, given what unlocked it."""
    slots = client.slots()
    left = [
        content
        for content in contents
        if ((content.pin is not None), (content.derived is not None)) == (slots.pin, slots.passphrase)
    ]
    if slots.passphrase:
        require(bool(left), "the key has a passphrase that it should not have")
        client.unlock_passphrase(left[0].derived or b"")
        return left
    pin = _unlock(desk, client, [content.pin for content in left if content.pin])
    return [content for content in left if content.tries == slots.tries and content.pin == pin]


def _unlock(desk: Desk, client: KeyClient, pins: Sequence[str]) -> str:
    for pin in dict.fromkeys(reversed(pins)):
        desk.wait_for_the_next_try(client)
        try:
            client.unlock_pin(pin)
        except KeyRefused as refusal:
            require(refusal.code == errors.WRONG_PIN, f"the PIN was answered with {refusal.code}")
        else:
            return pin
    raise NotIntact("no PIN that could be right opens the key")


def _sampled(count: int) -> list[int]:
    return sorted({*range(0, count, max(1, count // _FEW)), count - 1} & set(range(count)))


def _change_again(desk: Desk, client: KeyClient, content: Content) -> None:
    """Check that the next change works and survives a restart."""
    if not content.accounts:
        client.set_time(round(desk.key.true_time))
    client.add(NEXT)
    names = [(entry.issuer, entry.label) for entry in client.list()]
    require(names == [*content.names, (NEXT.issuer, NEXT.label)], "the next account was not added")
    client.done()
    desk.await_face(serial=False)
    # The first may lie within an erase of slow flash, which the light tells.
    typed = _press(desk) or _press(desk)
    chosen = (*content.accounts, NEXT)[content.chosen]
    require(typed in codes_now(desk, chosen), "after the next change the button typed no right code")
