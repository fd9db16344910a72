"""Fixtures: the true time, a new key's vault file, and a computer whose clock is kept right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clock.bench import World
from tests.vault.bench import CutPlaces, fresh
from tests.vault.conftest import no_sync as no_sync
from totpkey.clock import host_clock


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def synchronised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine's system says of its clock."""
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.SYNCHRONISED)


@pytest.fixture
def flash(tmp_path: Path) -> CutPlaces:
    """Return the vault file of a new key."""
    return CutPlaces(fresh(tmp_path))
