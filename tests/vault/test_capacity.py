"""How many accounts fit, and what happens with more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vault.bench import (
    CutPlaces,
    account,
    as_tuple,
    contents,
    packed,
    refused,
    start,
)
from totpkey_firmware.accounts import Account
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.changes import BUCKETS
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, limits

#: Four bytes in UTF-8.
FACE = "\N{GRINNING FACE}"


@pytest.fixture
def vault(empty_vault: Vault) -> Vault:
    return empty_vault


def test_250_accounts_of_usual_size_leave_pages_for_more(path: str, vault: Vault) -> None:
    numbers = range(1, 251)
    for number in numbers:
        one = account(number)
        one.label = one.label.ljust(limits.NAME - 10, "x")
        assert vault.changes.add(one) == number - 1
        assert number > 1 or len(packed(one)) <= 128
    again = start(path)
    assert [again.account(index).identifier for index in range(len(again))] == list(numbers)
    assert len(Pool(CutPlaces(path))) <= 2 + 30


def test_a_full_index_refuses_and_keeps_all(path: str, vault: Vault) -> None:
    fill(vault, size=1, label=1)
    before = contents(vault)
    assert len(before) == (4096 - 16 - 16 - 1) // 5
    refuse_one_more(vault, path, before)


def test_full_buckets_refuse_and_keep_all(path: str, vault: Vault) -> None:
    fill(vault, size=limits.SECRET, label=20)
    before = contents(vault)
    assert len(Pool(CutPlaces(path))) == 2 + BUCKETS
    refuse_one_more(vault, path, before)
    # An account that has no room to grow stays as it was.
    grown = vault.account(0)
    grown.issuer = FACE * limits.NAME
    with refused(errors.FULL):
        vault.replace(0, grown)
    assert contents(start(path)) == before
    vault.changes.remove(5)
    vault.changes.add(account(9999))
    assert contents(start(path)) == before[:5] + before[6:] + [as_tuple(account(9999))]


def fill(vault: Vault, size: int, label: int) -> None:
    """Add accounts, with names of many bytes, until one is refused."""

    def add_all() -> None:
        for number in range(10_000):
            vault.changes.add(Account(number, FACE * (label - 1), FACE * label, b"s" * size))

    with refused(errors.FULL):
        add_all()


def refuse_one_more(vault: Vault, path: str, before: list[tuple[object, ...]]) -> None:
    content = Path(path).read_bytes()
    with refused(errors.FULL):
        vault.changes.add(Account(0xFFFFFFFF, FACE * 63, FACE * 64, b"s" * 128))
    assert Path(path).read_bytes() == content
    assert contents(start(path)) == before
