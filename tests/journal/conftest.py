"""A new key's vault file is never flushed to disk."""

from tests.vault.conftest import no_sync

__all__ = ["no_sync"]
