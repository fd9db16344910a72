"""The system's folders for programs' files."""

from __future__ import annotations

from pathlib import Path


def cache() -> Path:
    """The folder for cached files.

    `~/.cache/totpkey`, `~/Library/Caches/totpkey` or `%LOCALAPPDATA%\\totpkey\\Cache`.
    """
    import platformdirs

    return platformdirs.user_cache_path("totpkey", appauthor=False)


def state() -> Path:
    """The folder for what the command remembers from run to run.

    `~/.local/state/totpkey`, `~/Library/Application Support/totpkey` or `%LOCALAPPDATA%\\totpkey`.
    """
    import platformdirs

    return platformdirs.user_state_path("totpkey", appauthor=False)
