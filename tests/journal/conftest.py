"""Fixtures: keys of both kinds and a test desk; a new key's vault file."""

from tests.support.keys import desk, drive_copy, make_desk, make_key
from tests.vault.conftest import no_sync

__all__ = ["desk", "drive_copy", "make_desk", "make_key", "no_sync"]
