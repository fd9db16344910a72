"""The inputs of a release besides its sources: the set-up page, and CircuitPython for the images.

Both must be the same on every machine, since neither a stale cache nor a missing npm may decide what people
download. The page must therefore be built, and CircuitPython is only used if the project pins its checksum:
one file for each board, downloaded if it is not in the cache.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import build_page
from totpkey import errors
from totpkey.install import download
from totpkey_virtual.chip.images import CACHE, VARIABLE, images


class MissingInput(Exception):
    """A release cannot be built here; the message gives the reason and a remedy."""


def page() -> Path:
    """Build the set-up page and return its path. Raise MissingInput."""
    try:
        return build_page.build()
    except build_page.CannotBuild as problem:
        raise MissingInput(
            f"{problem}\nA release has the page in its wheel and its ZIP archive: install Node.js with npm,"
            " see that npm reaches its registry, and try again."
        ) from None


def interpreters() -> dict[str, Path]:
    """Return CircuitPython's image for each board whose checksum is pinned. Raise MissingInput."""
    pinned = {board: known.file for board, known in sorted(download.KNOWN.items())}
    at_hand = {path: _checksum(path) for path in images()}
    for path, checksum in at_hand.items():
        if checksum not in pinned.values():
            print(f"Left out: {path}, whose checksum {download.TABLE.name} lacks.", file=sys.stderr)
    by_checksum = {checksum: path for path, checksum in at_hand.items()}
    return {board: by_checksum.get(checksum) or _downloaded(board) for board, checksum in pinned.items()}


def _checksum(path: Path) -> str:
    """Return a file's checksum, or an empty string if there is no file: TOTPKEY_UF2 may name anything."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _downloaded(board: str) -> Path:
    try:
        return download.fetch(board, CACHE)
    except errors.UnfitImage as problem:
        raise MissingInput(
            f"There is no image for {board}: {problem.cause}\n"
            f"Fetch CircuitPython {download.KNOWN[board].version} for it"
            f" where there is a network, and put it into {CACHE} or name it in {VARIABLE}."
        ) from None
