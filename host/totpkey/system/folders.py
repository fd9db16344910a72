"""Where the system wants programs to keep what is theirs."""

from __future__ import annotations

from pathlib import Path


def cache() -> Path:
    """For what can be had again.

    `~/.cache/totpkey`, `~/Library/Caches/totpkey` or `%LOCALAPPDATA%\\totpkey\\Cache`.
    """
    import platformdirs

    return platformdirs.user_cache_path("totpkey", appauthor=False)
