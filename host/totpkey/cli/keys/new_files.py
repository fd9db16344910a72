"""Writes files that only their owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.system import whole_files


def write_file(path: Path, data: bytes) -> None:
    """Write a file atomically, readable only by its owner. Raise NotWritten."""
    try:
        whole_files.write(path, data, private=True)
    except OSError as problem:
        raise errors.NotWritten(
            tr("{path} cannot be written: {strerror}.", path=path, strerror=problem.strerror),
            tr("Choose another place."),
        ) from None


def refuse_existing(path: str, force: bool) -> None:
    """Raise AlreadyThere if a file would be overwritten."""
    if os.path.exists(path) and not force:
        raise errors.AlreadyThere(
            tr("{file} is there already.", file=path), tr("Choose another name, or use --force.")
        )
