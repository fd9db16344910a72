"""The release that this command is of, and what the file of an image would put into flash."""

from __future__ import annotations

from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.install import download, manifest
from totpkey.install.drive import drive_files
from totpkey.install.manifest import Content, Interpreter, Manifest
from totpkey.install.verifying import Read
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.version import __version__
from totpkey_volume import circuitpython, layout, uf2
from totpkey_volume.flash_map import DRIVE_START, MB, NVM_START

#: Nobody knows what a board held before. What a release needs is not there by chance.
_BEFORE = b"\x5a"


def own() -> Manifest:
    """What this command installs. Raises DriveMissing."""
    known = {
        board: Interpreter(Content(each.size, each.official), Content(each.size, each.sealed))
        for board, each in download.KNOWN.items()
    }
    return manifest.of(__version__, drive_files(), known)


def reader(path: Path) -> Read:
    """Gives what a UF2 file puts into flash. Raises UnfitImage."""
    try:
        content = written(path.read_bytes())
    except OSError as problem:
        raise errors.UnfitImage(
            tr("{path} cannot be read: {why}.", path=path, why=problem.strerror), tr("Check its name.")
        ) from None
    except uf2.BadUf2 as problem:
        raise errors.UnfitImage(
            tr("{path} is not a UF2 image for an RP2040: {why}", path=path, why=problem), tr("Make it again.")
        ) from None
    return lambda start, length: content[start : start + length]


def written(data: bytes) -> bytes:
    """What an image of ours leaves in flash, with `_BEFORE` where it writes nothing. Raises BadUf2."""
    content = bytes(uf2.flash_content(data, uf2.LARGEST_FLASH, _BEFORE))
    try:
        board = circuitpython.board_of(content)
    except circuitpython.UnknownBoard:
        return content
    pages = uf2.pages(data, BOARDS[board].flash * MB)
    start, end = layout.vault_range(board)
    if any(
        NVM_START <= at < DRIVE_START or (start <= at < end and page.strip(b"\x00\xff"))
        for at, page in pages.items()
    ):
        raise uf2.BadUf2("It writes accounts, or how often they were used.")
    return content[: BOARDS[board].flash * MB]
