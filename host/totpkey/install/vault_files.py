"""The accounts on a drive before files are copied onto it: are there any, and do they stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import storage


def are_used(files: Mapping[str, bytes], folder: Path) -> bool:
    """Whether a vault lies there that is not the blank one in `files`. Raises CannotWrite."""
    return any(_read(folder, path) not in (None, files[path]) for path in storage.FILES)


def without_those_there(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """`files` less those of a vault that is there already. Raises CannotWrite where no key could use it."""
    there = {path: content for path in storage.FILES if (content := _read(folder, path)) is not None}
    for path, content in there.items():
        if len(content) != len(files[path]):
            raise errors.CannotWrite(
                tr("{path} on {folder} is not whole: a key could not read it.", path=path, folder=folder),
                tr("Without `--keep-vault` it is replaced by an empty one, and its accounts are lost."),
            )
    return {path: content for path, content in files.items() if path not in there}


def _read(folder: Path, path: str) -> bytes | None:
    """A file's content, None if there is none. Raises CannotWrite."""
    try:
        return (folder / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise errors.CannotWrite(
            tr("{path} on {folder} cannot be read ({why}).", path=path, folder=folder, why=problem.strerror),
            tr(
                "Plug the board in again, and run the command again. If this happens again, try another"
                " cable."
            ),
        ) from None
