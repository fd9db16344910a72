"""CircuitPython from its own download host, taken only if it is the very file that we know."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.system import whole_files

VERSION = "10.1.3"
_ADDRESS = (
    "https://downloads.circuitpython.org/bin/{board}/en_US/adafruit-circuitpython-{board}-en_US-{version}.uf2"
)
#: SHA-256 by board. One that is not here was not seen by us: it can be given as a file.
CHECKSUMS = {
    "raspberry_pi_pico": "017d25586c17d0dbd5cd08f5035a52635c7db9a71d9e8b840fc8b84dae1d513c",
}
#: What those files put into flash, without the erased bytes at the end, by board: how many bytes, and their
#: SHA-256 as published and sealed.
CONTENTS = {
    "raspberry_pi_pico": (
        925184,
        "73c28eb8ecf8bfbf3d14aa384e423d192de241e45312e1cd470b7607acd0597a",
        "fb7dd59136eb9410ca1f28edd8bbc500273064f3b0dca8d652b832f46aa517df",
    ),
}
_WAIT = 60.0


def published_at(board: str, version: str = VERSION) -> str:
    """Where a board's CircuitPython is published."""
    return _ADDRESS.format(board=board, version=version)


def fetch(board: str, folder: Path, address: str = _ADDRESS) -> Path:
    """The image for a board, downloaded into `folder` unless it is there already. Raises UnfitImage."""
    if board not in CHECKSUMS:
        raise errors.UnfitImage(
            tr(
                "There is no checksum here for CircuitPython {version} on {board}, so it is not downloaded.",
                version=VERSION,
                board=board,
            ),
            tr(
                "Download it from https://circuitpython.org/board/{board}/ and give it with --circuitpython.",
                board=board,
            ),
        )
    path = folder / f"adafruit-circuitpython-{board}-en_US-{VERSION}.uf2"
    if not (path.is_file() and _fits(path.read_bytes(), board)):
        content = read(address.format(board=board, version=VERSION))
        if not _fits(content, board):
            raise errors.UnfitImage(
                tr(
                    "The downloaded file is not the CircuitPython {version} that is known here.",
                    version=VERSION,
                ),
                tr("Try again later, or give a file with --circuitpython."),
            )
        folder.mkdir(parents=True, exist_ok=True)
        whole_files.write(path, content)
    return path


def _fits(content: bytes, board: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(content).hexdigest(), CHECKSUMS[board])


def read(address: str) -> bytes:
    """What is at an address. Raises UnfitImage."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(address, timeout=_WAIT) as reply:  # noqa: S310 - the address is ours
            return bytes(reply.read())
    except (urllib.error.URLError, TimeoutError) as problem:
        raise errors.UnfitImage(
            tr("CircuitPython could not be downloaded ({problem}).", problem=problem),
            tr("Download it on another computer and give it with --circuitpython."),
        ) from None
