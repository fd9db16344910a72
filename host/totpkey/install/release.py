"""The release that this command is of, and what the file of an image would put into flash."""

from __future__ import annotations

from pathlib import Path

from totpkey.i18n.translation import tr
from totpkey.install import download, image, manifest
from totpkey.install.drive import drive_files
from totpkey.install.manifest import Content, Interpreter, Manifest
from totpkey.install.verifying import Read
from totpkey_protocol.version import __version__
from totpkey_volume import layout


def own() -> Manifest:
    """What this command installs. Raises DriveMissing."""
    known = {
        board: Interpreter(Content(each.size, each.official), Content(each.size, each.sealed))
        for board, each in download.KNOWN.items()
    }
    return manifest.of(__version__, drive_files(), known)


def reader(path: Path) -> Read:
    """Gives what a UF2 file puts into flash. Raises UnfitImage."""
    with image.reading(path, tr("Make it again.")):
        content = layout.written(path.read_bytes())
    return lambda start, length: content[start : start + length]
