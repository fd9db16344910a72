"""Download a CircuitPython image for the chip tests into the user's cache and check its SHA-256.

    python tools/chip_image.py [VERSION [BOARD]]    (the pinned version, the Pico)

What has no row in the table has no checksum here. It goes into a folder of its own, where neither tests nor
releases look for images, and `make admit` judges it.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from totpkey.errors import TotpkeyError
from totpkey.install import download
from totpkey.system import own_files
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.chip.images import CACHE

_BOARD = "raspberry_pi_pico"
CANDIDATES = CACHE / "candidates"
_VERSION = re.compile(r"\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?")


def main(arguments: list[str]) -> int:
    """Put the image into the cache. Return 0 if it is there."""
    version, board = [*arguments, *("", _BOARD)[len(arguments) :]]
    version = version or download.VERSION
    if not _VERSION.fullmatch(version) or board not in BOARDS:
        print(f"{version!r} is no version of CircuitPython, or {board!r} no board.", file=sys.stderr)
        return 2
    known = download.KNOWN.get(board)
    pinned = bool(known and known.version == version)
    try:
        print(download.fetch(board, CACHE) if pinned else candidate(board, version, CANDIDATES))
    except TotpkeyError as problem:
        print(f"No image: {problem.cause}", file=sys.stderr)
        where = CACHE if pinned else CANDIDATES
        print(f"Fetch it on a machine with a network and put it into {where}.", file=sys.stderr)
        return 1
    return 0


def candidate(board: str, version: str, folder: Path) -> Path:
    """Download a version that nothing vouches for, and say what to do with it. Raise UnfitImage."""
    address = download.published_at(board, version)
    path = folder / address.rpartition("/")[2]
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        own_files.write(path, download.read(address))
    print(f"SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}, which nothing here vouches for.")
    print(f"Compare it with circuitpython.org's, then: make admit IMAGE={path}")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
