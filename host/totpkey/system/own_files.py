"""This program's own files: their folders, and writing them whole and for their owner alone."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: bytes, private: bool = False) -> None:
    """Replace the content of `path`. Readers see the old or the new file, even after a power cut.

    With `private`, only its owner can read it, from the first byte on, except on file systems without
    permissions (FAT, as on most sticks). Raises OSError.
    """
    # Independent of the file's name, which may have the maximum length.
    partial = path.with_name(f".totpkey-{os.urandom(4).hex()}.partial")
    try:
        with os.fdopen(_create(partial, private), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    _keep_name(path.parent)


def _create(path: Path, private: bool) -> int:
    """A descriptor of a new file, open for writing."""
    if private and sys.platform == "win32":
        from totpkey.system import windows

        return windows.create_private(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)


def _keep_name(folder: Path) -> None:
    """Flush the folder, which holds the file's name, to disk. Windows does that by itself."""
    if sys.platform == "win32":
        return
    # Some file systems do not support it.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
