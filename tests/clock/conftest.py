"""Fixtures: the true time, and a new key's vault file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clock.bench import World
from tests.vault.bench import CutPlaces, fresh
from tests.vault.conftest import no_sync as no_sync


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def flash(tmp_path: Path) -> CutPlaces:
    """Return the vault file of a new key."""
    return CutPlaces(fresh(tmp_path))
