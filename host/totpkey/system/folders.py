"""The system's folders for programs' files."""

from __future__ import annotations

from pathlib import Path


def cache() -> Path:
    """The folder for cached files.

    `~/.cache/totpkey`, `~/Library/Caches/totpkey` or `%LOCALAPPDATA%\\totpkey\\Cache`.
    """
    import platformdirs

    return platformdirs.user_cache_path("totpkey", appauthor=False)
