"""Copies files onto a board's drive, with a separate error for everything that can go wrong.

The accounts on it beforehand are kept on demand.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import storage
from totpkey_protocol.boards import BOARDS
from totpkey_volume import layout

#: Written last, in this order: only with boot.py does the board become a key. Those of an older key go before
#: all else, the other way round: boot.py without its modules would leave a board that shows nothing on USB.
_LAST = ("settings.toml", "safemode.py", "code-b.py", "code.py", "boot.py")
#: What would be found before our compiled modules.
_STALE = (
    *("lib/totpkey_firmware", "lib/totpkey_protocol", "lib/totpkey_test_face", "lib/adafruit_hid"),
    "code.txt",
)
#: How systems report a drive that goes away, as a boot loader's does once it has all of its file. Python
#: gives EACCES for Windows' "not ready", and EINVAL for its "not connected".
_GONE = (errno.EIO, errno.ENXIO, errno.ENODEV, errno.ENOENT, errno.ESTALE, errno.EACCES, errno.EINVAL)
_CHUNK = 64 * 1024

#: Called with how many of how many bytes are written.
Progress = Callable[[int, int], None]


def copy_image(image: bytes, folder: Path, progress: Progress) -> None:
    """Write a UF2 image onto a boot loader's drive. Raises CannotWrite.

    The board restarts as soon as it has the last block, and takes its drive away. Some systems then report
    an error for a copy that is complete (macOS does): an error at the very end is none, and who comes up
    then is the proof.
    """
    path = folder / "totpkey.uf2"
    written = 0
    try:
        with path.open("wb", buffering=0) as file:
            while written < len(image):
                written += file.write(image[written : written + _CHUNK])
                progress(written, len(image))
            os.fsync(file.fileno())
    except OSError as problem:
        at_the_end = written >= len(image) - _CHUNK and problem.errno in _GONE
        if not at_the_end:
            raise _cannot_write(folder, problem) from None


def copy_files(files: Mapping[str, bytes], folder: Path, progress: Progress) -> None:
    """Copy the drive's `files` onto a mounted CIRCUITPY, boot.py last, and read all back. Raises CannotWrite.

    Until the last file is there the board is one with CircuitPython, and no key, even if it was one before.
    """
    wanted = layout.on_a_key(files)
    _require_room(wanted, folder)
    done, total = 0, sum(map(len, wanted.values()))
    try:
        _make_plain(folder)
        for stale in _STALE:
            _remove(folder / stale)
        for path in sorted(wanted, key=_rank):
            _write(folder / path, wanted[path])
            done += len(wanted[path])
            progress(done, total)
        differing = [path for path, content in wanted.items() if (folder / path).read_bytes() != content]
    except OSError as problem:
        _undo(folder)
        raise _cannot_write(folder, problem) from None
    if differing:
        _undo(folder)
        raise errors.CannotWrite(
            tr(
                "Files on {folder} that differ from what was written: {differing}, for example"
                " {differing_2}.",
                differing=len(differing),
                folder=folder,
                differing_2=differing[0],
            ),
            tr("The board's flash or the cable may be bad. Try another cable or computer."),
        )


def same_board(board: str, place_board: str) -> None:
    """Raises UnfitImage unless both are one board, or one is not known."""
    if board and place_board and board != place_board:
        name = BOARDS[place_board].name if place_board in BOARDS else place_board
        raise errors.UnfitImage(
            tr(
                "The CircuitPython given is for board {board}, and the board there is {name}.",
                board=board,
                name=name,
            ),
            tr(
                "Download the one for it from https://circuitpython.org/board/{place_board}/.",
                place_board=place_board,
            ),
        )


def _make_plain(folder: Path) -> None:
    """Make a key a board with CircuitPython, on the disk before anything else changes.

    Not every system brings a removal there when asked, so each file is emptied first: an empty one does what
    none does.
    """
    for path in reversed(_LAST):
        if (folder / path).exists():
            _write(folder / path, b"")
            _remove(folder / path)


def _undo(folder: Path) -> None:
    """Without boot.py a board is no key; a drive that is gone has none."""
    with contextlib.suppress(OSError):
        (folder / _LAST[-1]).unlink(missing_ok=True)


def _rank(path: str) -> tuple[int, str]:
    return (_LAST.index(path) + 1 if path in _LAST else 0), path


def _require_room(files: Mapping[str, bytes], folder: Path) -> None:
    present = sum((folder / path).stat().st_size for path in files if (folder / path).is_file())
    free = shutil.disk_usage(folder).free + present
    needed = sum(map(len, files.values()))
    if needed > free:
        raise errors.CannotWrite(
            tr(
                "{folder} has room for {value} KB, and a key's files take {value_2}.",
                folder=folder,
                value=free // 1024,
                value_2=needed // 1024,
            ),
            tr("Delete your own files from it, or start the board in its boot loader and install there."),
        )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _cannot_write(folder: Path, problem: OSError) -> errors.CannotWrite:
    if problem.errno == errno.ENOSPC:
        return errors.CannotWrite(
            tr("{folder} is full.", folder=folder), tr("Delete your own files from it and try again.")
        )
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return errors.CannotWrite(
            tr("{folder} cannot be written to.", folder=folder),
            tr(
                "Its board's own program may have taken the drive: start the board in its boot loader "
                "and install there."
            ),
        )
    return errors.CannotWrite(
        tr(
            "{folder} went away, or failed, before all was written ({why}).",
            folder=folder,
            why=problem.strerror,
        ),
        tr(
            "The board is not a key until everything is written: plug it in again and run the command"
            " again. If this happens again, try another cable."
        ),
    )


def holds_accounts(files: Mapping[str, bytes], folder: Path) -> bool:
    """Whether a vault lies there that is not the blank one in `files`. Raises CannotWrite."""
    return any(_read(folder, path) not in (None, files[path]) for path in storage.FILES)


def without_accounts_there(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
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
