"""What happens to each account of an export, by the table that command and page share; and to many."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.data import PLANS
from totpkey.accounts.account import Account
from totpkey.cli.keys.add_many import store_all
from totpkey.errors import DoneInPart, KeyRefused
from totpkey.importers import plan
from totpkey.importers.plan import Contents, Found, Plan
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount
from totpkey_protocol import limits
from totpkey_protocol.errors import CANNOT_TYPE
from totpkey_readers.records import names


def stored(number: int, row: dict[str, Any]) -> StoredAccount:
    return StoredAccount(str(number), *names.split(row["name"]), "SHA1", row.get("digits", 6), 30)


def exported(row: dict[str, Any]) -> Account:
    secret = row.get("secret", "a").encode() * 20
    return Account(*names.split(row["name"]), secret, digits=row.get("digits", 6))


def made(row: dict[str, Any]) -> tuple[Plan, list[StoredAccount]]:
    contents = Contents("table", [Found(str(n), exported(one)) for n, one in enumerate(row["export"])])
    key = [stored(number, one) for number, one in enumerate(row["key"])]
    return plan.make(contents, key), key


def does(planned: Plan) -> list[str]:
    """In the table's words: additions, then what is left out."""
    added = [f"add {addition.account.name}" for addition in planned.additions]
    left_out = [f"known {one.account}" if one.account else "twice" for one in planned.omissions]
    return added + left_out


@pytest.mark.parametrize("row", PLANS)
def test_each_row(row: str) -> None:
    planned, _ = made(PLANS[row])
    assert sorted(does(planned)) == sorted(PLANS[row]["does"])
    assert planned.lost == 0


@pytest.mark.parametrize("row", PLANS)
def test_an_import_that_was_done_has_nothing_left_to_do(row: str) -> None:
    planned, key = made(PLANS[row])
    for addition in planned.additions:
        account = addition.account
        key.append(
            StoredAccount(
                str(len(key)), account.issuer, account.label, "SHA1", account.digits, account.period
            )
        )
    contents = Contents("table", [Found("", exported(one)) for one in PLANS[row]["export"]])
    assert plan.make(contents, key).additions == ()


@pytest.mark.parametrize("row", PLANS)
def test_what_replaces_leaves_just_the_export(row: str) -> None:
    planned, key = made(PLANS[row])
    replacing, surplus = plan.replacing(planned, key)
    left = sorted(account.digits for account in key if account not in surplus)
    wanted = {exported(one) for one in PLANS[row]["export"]}
    digits = left + [addition.account.digits for addition in replacing.additions]
    assert sorted(digits) == sorted(account.digits for account in wanted)
    added = [addition.account.name for addition in replacing.additions]
    assert len({*added}) == len(added), "no name twice, also of those that become free"


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
