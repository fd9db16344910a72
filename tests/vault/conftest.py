"""The vault on CPython: with the simulator's AES, and a file that is never flushed to a real disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.aesio import install

if TYPE_CHECKING:
    from totpkey_firmware.vault.vault import Vault


install()


@pytest.fixture(autouse=True, scope="session")
def no_sync() -> Iterator[None]:
    """Thousands of small writes shall not wait for this machine's disks."""
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "sync", lambda: None, raising=False)
    yield
    patch.undo()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A vault's file as it comes with the drive."""
    from tests.vault.bench import fresh

    return fresh(tmp_path)


@pytest.fixture
def empty_vault(path: str) -> Vault:
    """An open vault without accounts and without a lock."""
    from tests.vault.bench import start

    vault = start(path)
    vault.create()
    return vault


@pytest.fixture
def vault(empty_vault: Vault) -> Vault:
    """An open vault with one account and no lock."""
    from tests.vault.bench import account

    empty_vault.add(account(1))
    return empty_vault


@pytest.fixture
def with_pin(path: str, vault: Vault) -> str:
    """The file of a vault that a PIN opens."""
    vault.set_pin("1234")
    return path
