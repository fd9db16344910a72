"""The vault on CPython: with the simulator's AES, and a file that is never flushed to a real disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from totpkey_virtual.simulator.standins import aes

if TYPE_CHECKING:
    from totpkey_firmware.vault.vault import Vault


class _NoTime:
    """In the place of a simulated chip, whose time would go by."""

    def spend(self, nanoseconds: int) -> None: ...


def _aesio() -> ModuleType:
    made: Any = ModuleType("aesio")
    made.AES = type("AES", (aes.AES,), {"_machine": _NoTime()})
    made.MODE_ECB, made.MODE_CBC, made.MODE_CTR = aes.MODE_ECB, aes.MODE_CBC, aes.MODE_CTR
    module: ModuleType = made
    return module


sys.modules.setdefault("aesio", _aesio())


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
