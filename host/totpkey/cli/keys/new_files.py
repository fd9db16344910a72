"""Writes files that only their owner can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from totpkey import errors, journal
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr
from totpkey.system import own_files


def write_file(path: Path, data: bytes, private: bool = True) -> None:
    """Write a file atomically, readable only by its owner unless not `private`. Raise CannotWrite."""
    try:
        own_files.write(path, data, private)
    except OSError as problem:
        raise errors.CannotWrite(
            tr("{path} cannot be written: {strerror}.", path=path, strerror=problem.strerror),
            tr("Choose another place."),
        ) from None


def write_sheet(file: str, rows: Iterable[Sequence[str]]) -> None:
    """Write a table for spreadsheet programs; to standard output for `-`. Raise CannotWrite."""
    text = journal.as_csv(rows)
    if file == "-":
        sys.stdout.write(text.replace("\r\n", "\n"))
        return
    # With a mark of UTF-8, without which Excel takes it for another encoding.
    write_file(Path(file), text.encode("utf-8-sig"))
    say(tr("Written to {file}.", file=visible(file)))


def refuse_existing(path: str, force: bool) -> None:
    """Raise AlreadyThere if a file would be overwritten."""
    if os.path.exists(path) and not force:
        raise errors.AlreadyThere(
            tr("{file} is there already.", file=path), tr("Choose another name, or use --force.")
        )
