"""What a release needs beside its sources: the set-up page, and CircuitPython for the images.

Both are the same on every machine or there is no release: neither what lies about in a cache nor whether npm
is there may decide what people download. So the page has to be built, and CircuitPython is only taken where
the project pins its checksum: one file for each board, downloaded if it is not at hand.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import build_page
from totpkey import errors
from totpkey.install import download
from totpkey_virtual.images import CACHE, VARIABLE, images


class Lacking(Exception):
    """A release cannot be made here: why, and what to do."""


def page() -> Path:
    """The set-up page, built. Raises Lacking."""
    try:
        return build_page.build()
    except build_page.CannotBuild as problem:
        raise Lacking(
            f"{problem}\nA release has the page in its wheel and its ZIP archive: install Node.js with npm,"
            " see that npm reaches its registry, and try again."
        ) from None


def interpreters() -> dict[str, Path]:
    """CircuitPython's image by board, for each board whose checksum is pinned. Raises Lacking."""
    at_hand = {path: _checksum(path) for path in images()}
    for path, checksum in at_hand.items():
        if checksum not in download.CHECKSUMS.values():
            print(
                f"Left out: {path}, whose checksum host/totpkey/install/download.py lacks.", file=sys.stderr
            )
    by_checksum = {checksum: path for path, checksum in at_hand.items()}
    return {
        board: by_checksum.get(checksum) or _downloaded(board)
        for board, checksum in sorted(download.CHECKSUMS.items())
    }


def _checksum(path: Path) -> str:
    """Empty where there is no such file: TOTPKEY_UF2 may name anything."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _downloaded(board: str) -> Path:
    try:
        return download.fetch(board, CACHE)
    except errors.UnfitImage as problem:
        raise Lacking(
            f"There is no image for {board}: {problem.cause}\nFetch CircuitPython {download.VERSION} for it"
            f" where there is a network, and put it into {CACHE} or name it in {VARIABLE}."
        ) from None
