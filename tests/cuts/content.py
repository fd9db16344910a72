"""The content of a key as its owner knows it, and how to put it onto a key."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.life.lease import Lease
from tests.support.desk import Desk, phrase
from totpkey.accounts.account import Account
from totpkey.errors import KeyRefused
from totpkey.keyboard.layouts import layouts
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking, Typing
from totpkey_protocol import errors, limits, words

#: The setting of a new key.
NEVER_LOCKED = Locking(0, False)
KEYPAD_ALONE = Typing(words.KEYPAD, 0, 0, 3, "")
#: A PIN that no key in these tests has.
WRONG_PIN = "9999"


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
    #: Whether somebody chose the account that is typed. Otherwise it is the first one.
    picked: bool = False
    #: Which firmware runs.
    release: int = 0
    #: The ends of accounts, by their secrets.
    leases: tuple[tuple[bytes, Lease], ...] = ()
    #: Whether a secure element checks the PIN.
    bound: bool = False
    #: Whether accounts may leave the key.
    exports: bool = True

    @property
    def lockable(self) -> bool:
        return self.pin is not None or self.derived is not None

    @property
    def blocked(self) -> bool:
        return self.pin is not None and not self.tries

    def lease(self, account: Account) -> Lease | None:
        """The end of an account that is lent."""
        return dict(self.leases).get(account.secret)

    @property
    def typed(self) -> Account:
        """The account whose code a press types."""
        return self.accounts[self.chosen]

    @property
    def free(self) -> tuple[Account, ...]:
        """The accounts without an end, which may leave the key."""
        return tuple(account for account in self.accounts if not self.lease(account))


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
        for entry, account in zip(client.list(), content.accounts, strict=True):
            if lease := content.lease(account):
                client.set_end(entry.account, lease.end.pack(), phrase)
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
        with pytest.raises(KeyRefused) as refused:
            client.unlock_pin(WRONG_PIN)
        assert refused.value.code == errors.WRONG_PIN
