"""Real export files of other projects are read as those projects' own tests expect, or refused by name."""

from __future__ import annotations

import base64
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from readers.tests.reading import confined
from readers.tests.real.samples import EXPECTED, FILES, data_of, needed, stated
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.importers.plan import Contents, fitting
from totpkey_readers.formats import files
from totpkey_readers.records.problem import Problem

# Some of the files ask for a gigabyte of Argon2.
pytestmark = [needed, pytest.mark.slow]

READ = [path for path, row in FILES.items() if "format" in row]
REFUSED = [path for path, row in FILES.items() if "refused" in row]
STATED = [path for path, row in FILES.items() if row.get("count") and row.get("differs") != ["*"]]


@cache
def read(path: str) -> Contents:
    row = FILES[path]

    def ask(app: str) -> str:
        assert "password" in row, f"asked for a password of {app}"
        return str(row["password"])

    with errors.in_words():
        return fitting(confined(data_of(path), ask))


def line(account: Account) -> str:
    """An account but for its secret, as the table has it."""
    last = f"counter {account.counter}" if account.type == "hotp" else f"{account.period} s"
    return f"{account.name} | {account.type} {account.algorithm} {account.digits} {last}"


@pytest.mark.parametrize("path", READ)
def test_what_is_in_a_file(path: str) -> None:
    row, contents = FILES[path], read(path)
    assert contents.format == row["format"]
    assert sorted(skipped.name for skipped in contents.skipped) == sorted(row.get("skipped", []))
    assert all(skipped.reason for skipped in contents.skipped)
    if "accounts" in row:
        found = sorted(line(found.account) for found in contents.found)
        assert found == sorted(EXPECTED["accounts"][row["accounts"]])
    else:
        assert len(contents.found) == row.get("count", 0)


@pytest.mark.parametrize("path", STATED)
def test_the_entries_that_its_own_project_states(path: str) -> None:
    """`differs` names the fields that this app's export cannot hold, or that are read otherwise here."""
    accounts = [found.account for found in read(path).found]
    entries = stated(path)
    if path.startswith("aegis"):
        # All its files are of the same accounts, and told apart by the secret, as its tests do.
        by_secret = {secret_of(entry): entry for entry in entries}
        entries = [by_secret[account.secret] for account in accounts]
    assert len(accounts) == len(entries)
    differing = {
        field
        for account, entry in zip(accounts, entries, strict=True)
        for field in entry
        if not same(field, entry, account)
    }
    assert differing == set(FILES[path].get("differs", []))


def secret_of(entry: dict[str, Any]) -> bytes:
    """The bits of a base32 text that make whole bytes, by another decoder than ours."""
    text = str(entry["secret"]).upper()
    text = text[: len(text) - (len(text) * 5 % 8) // 5]
    return base64.b32decode(text + "A" * (-len(text) % 8))[: len(entry["secret"]) * 5 // 8]


def same(field: str, entry: dict[str, Any], account: Account) -> bool:
    if field == "secret":
        return secret_of(entry) == account.secret
    if field == ("period" if account.type == "hotp" else "counter"):
        return True
    unnamed = field == "label" and not entry[field] and account.label.startswith("Unnamed ")
    return unnamed or bool(getattr(account, field) == entry[field])


@pytest.mark.parametrize("path", REFUSED)
def test_what_cannot_be_read_is_told_by_name(path: str) -> None:
    with pytest.raises((errors.Unreadable, errors.WrongFilePassword)) as raised:
        read(path)
    assert FILES[path]["refused"] in raised.value.cause


def test_files_of_the_same_accounts_have_the_same_secrets() -> None:
    """Plain and encrypted, and from one app into another: what one reader makes of them, the others make."""
    secrets: dict[str, set[frozenset[bytes]]] = defaultdict(set)
    for path in READ:
        if "accounts" in FILES[path]:
            contents = read(path)
            secrets[FILES[path]["accounts"]].add(frozenset(found.account.secret for found in contents.found))
    assert sum(map(len, secrets.values())) > 20
    assert [name for name, kinds in secrets.items() if len(kinds) > 1] == []


@pytest.mark.parametrize("path", FILES)
def test_no_two_readers_take_the_same_file(path: str) -> None:
    try:
        readers = [name for name, _ in files.recognising(data_of(path))]
    except Problem:
        readers = []
    assert len(readers) <= 1
