"""What one press lets onto a key, and what is said of accounts that did not arrive."""

from __future__ import annotations

from typing import Any, cast

import pytest

from totpkey.accounts.account import Account
from totpkey.cli.keys.add_many import store_all
from totpkey.errors import DoneInPart, KeyRefused
from totpkey.link.client import KeyClient
from totpkey_protocol import limits
from totpkey_protocol.errors import CANNOT_TYPE


class Key:
    """What a key is asked for. It refuses the accounts of one name, and loses those of another."""

    def __init__(self, refuses: str = "", loses: str = "") -> None:
        self.allowed: list[int] = []
        self.stored: list[Account] = []
        self._refuses, self._loses = refuses, loses

    def batch(self, count: int) -> None:
        self.allowed.append(count)

    def add(self, account: Account) -> None:
        if account.label == self._refuses:
            raise KeyRefused(CANNOT_TYPE, "recipe")
        if account.label != self._loses:
            self.stored.append(account)

    def list(self) -> list[Account]:
        return self.stored


def store(key: Key, count: int) -> None:
    accounts = [Account("Shop", f"user{number}", b"12345678901234567890") for number in range(count)]
    store_all(cast(KeyClient, cast(Any, key)), accounts, lambda number: key.add(accounts[number]), "")


@pytest.mark.parametrize("count", [1, limits.BATCH, limits.BATCH + 1, 2 * limits.BATCH + 7])
def test_each_press_allows_no_more_than_is_left(count: int) -> None:
    key = Key()
    store(key, count)
    assert sum(key.allowed) == count == len(key.stored)
    assert max(key.allowed) <= limits.BATCH


@pytest.mark.parametrize(
    ("refuses", "loses", "told"),
    [
        ("user1", "", "user1"),
        ("", "user2", "1 account did not reach"),
        ("user1", "user2", "2 accounts did not reach"),
    ],
)
def test_what_did_not_arrive_is_told_also_after_a_refusal(refuses: str, loses: str, told: str) -> None:
    with pytest.raises(DoneInPart, match=told):
        store(Key(refuses, loses), 4)
