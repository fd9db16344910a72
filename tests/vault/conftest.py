"""Fixtures: the vault on CPython with the simulator's AES, in a file that is never flushed to disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.firmware import install

install()

from tests.vault.bench import account, fresh, start  # noqa: E402
from totpkey_firmware.vault.vault import Vault  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def no_sync() -> Iterator[None]:
    """Thousands of small writes must not wait for this machine's disks."""
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "sync", lambda: None, raising=False)
    yield
    patch.undo()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a vault file as it is on a new drive."""
    return fresh(tmp_path)


@pytest.fixture
def empty_vault(path: str) -> Vault:
    """Return an open vault without accounts and without a lock."""
    vault = start(path)
    vault.create()
    return vault


@pytest.fixture
def vault(empty_vault: Vault) -> Vault:
    """Return an open vault with one account and no lock."""
    empty_vault.changes.add(account(1))
    return empty_vault


@pytest.fixture
def with_pin(path: str, vault: Vault) -> str:
    """Return the file of a vault with a PIN."""
    vault.set_pin("1234")
    vault.finish_sealing()
    return path


@pytest.fixture
def another(tmp_path: Path) -> str:
    """The file of another key's vault, to which the same happened."""
    (tmp_path / "other").mkdir()
    other = fresh(tmp_path / "other")
    vault = start(other)
    vault.create()
    vault.changes.add(account(1))
    return other
