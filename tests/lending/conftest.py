"""Fixtures: the true time, and a new key's vault file."""

from tests.clock.conftest import flash, world
from tests.vault.conftest import no_sync

__all__ = ["flash", "no_sync", "world"]
