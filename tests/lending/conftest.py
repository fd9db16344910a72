"""Fixtures: the owner's key and the staff's, the true time, and a new key's vault file.

Each key is in setup with a program that has its session.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clock.conftest import flash, world
from tests.lending.envelope import Letter, record, seal
from tests.support.desk import Desk
from tests.support.keys import MakeKey
from tests.vault.conftest import no_sync
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey.errors import KeyRefused
from totpkey.install.drive import drive_folder
from totpkey.link.replies import Card

__all__ = ["flash", "no_sync", "world"]


FIVE, SIX = End(codes=5).pack(), End(codes=6).pack()
SECRET = b"a secret of the shop"

on_simulator = pytest.mark.simulator_only(reason="a sample of these runs on the chip")


class Key:
    """A key in setup, with a program that has its session."""

    def __init__(self, desk: Desk, stack: ExitStack, *accounts: Account) -> None:
        self.desk = desk
        self._stack = stack
        self.reopen()
        self.client.set_time(round(desk.key.true_time))
        for account in accounts:
            self.client.add(account)

    def reopen(self) -> None:
        """The program begins another session. What a touch is for is noted from then on."""
        self.client, self.asked = self._stack.enter_context(self.desk.noting())

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(entry.account for entry in self.client.list())

    def lend(self, card: Card, end: bytes = FIVE, place: int = 0, lender: str = "the shop") -> bytes:
        self.desk.key.run(1.1)
        return self.client.lend(self.accounts[place], card, end, lender)

    def seal(self, card: Card, *, ago: float = 0, end: bytes = FIVE, **parts: Any) -> bytes:
        """What another lender's key seals for this card, so many seconds ago."""
        made = round(self.desk.key.true_time - ago)
        return seal(card.public, Letter(made, end, "Otto", record(SECRET, **parts)).pack())


@pytest.fixture
def keys(make_key: MakeKey) -> Callable[..., Key]:
    """Makes keys in setup, whose ports are closed at the end."""
    stack = ExitStack()

    def make(*accounts: Account) -> Key:
        return Key(Desk(make_key(drive_folder())), stack, *accounts)

    return make


def refusal(call: Callable[..., object], *arguments: object) -> tuple[str, str]:
    with pytest.raises(KeyRefused) as raised:
        call(*arguments)
    return raised.value.code, raised.value.field


Keys = Callable[..., Key]
