"""CircuitPython from its own download host, taken only if it is the very file that we know."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.system import own_files
from totpkey_volume import circuitpython

#: What releases contain, unless a board's row says otherwise.
VERSION = "10.1.3"
_ADDRESS = (
    "https://downloads.circuitpython.org/bin/{board}/en_US/adafruit-circuitpython-{board}-en_US-{version}.uf2"
)


@dataclass(frozen=True)
class Known:
    """A board's row in `TABLE`, which says what each field is."""

    version: str
    file: str
    size: int
    official: str
    sealed: str
    absent: tuple[str, ...] = ()


TABLE = Path(__file__).with_name("circuitpython.toml")


def rows(table: Path = TABLE) -> dict[str, Known]:
    """The table, by board."""
    listed = tomllib.loads(table.read_text(encoding="utf-8"))
    return {board: Known(**{**row, "absent": tuple(row.get("absent", ()))}) for board, row in listed.items()}


class Standing(Enum):
    """Whether a CircuitPython is the one that a release has for its board and version."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    DIFFERS = "differs from the known one"


def standing(board: str, content: bytes) -> Standing:
    """That of what a CircuitPython puts into flash."""
    known = KNOWN.get(board)
    version = circuitpython.version_of(content)
    if not known or not version or ".".join(map(str, version)) != known.version:
        return Standing.UNKNOWN
    used = content.rstrip(b"\xff")
    is_it = (len(used), hashlib.sha256(used).hexdigest()) == (known.size, known.official)
    return Standing.KNOWN if is_it else Standing.DIFFERS


def absent(board: str, content: bytes) -> tuple[str, ...]:
    """The doors that a CircuitPython is known not to have."""
    return KNOWN[board].absent if standing(board, content) is Standing.KNOWN else ()


#: By board. One that is not here was not seen by us: it can be given as a file.
KNOWN = rows()
_WAIT = 60.0


def published_at(board: str, version: str = "") -> str:
    """Where a board's CircuitPython is published."""
    return _ADDRESS.format(board=board, version=version or KNOWN[board].version)


def fetch(board: str, folder: Path) -> Path:
    """The image for a board, downloaded into `folder` unless it is there already. Raises UnfitImage."""
    if board not in KNOWN:
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
    address = published_at(board)
    path = folder / address.rpartition("/")[2]
    if not (path.is_file() and _fits(path.read_bytes(), board)):
        content = read(address)
        if not _fits(content, board):
            raise errors.UnfitImage(
                tr(
                    "The downloaded file is not the CircuitPython {version} that is known here.",
                    version=KNOWN[board].version,
                ),
                tr("Try again later, or give a file with --circuitpython."),
            )
        folder.mkdir(parents=True, exist_ok=True)
        own_files.write(path, content)
    return path


def _fits(content: bytes, board: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(content).hexdigest(), KNOWN[board].file)


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
