"""Finds the content of a key's drive, in the wheel or in a source tree's build folder."""

from __future__ import annotations

from pathlib import Path

from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import tr


class DriveMissing(TotpkeyError):
    """The drive's content was not built."""


def drive_folder() -> Path:
    """The complete content of a key's CIRCUITPY drive. Raises DriveMissing."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "data" / "drive", package.parent.parent / "build" / "drive"):
        if (folder / "boot.py").exists():
            return folder
    raise DriveMissing(tr("The key's files were not built."), tr("Run `make drive` in the source tree."))


def drive_files() -> dict[str, bytes]:
    """All files of `drive_folder`, by path with forward slashes. Raises DriveMissing."""
    from totpkey_volume import fat

    return fat.folder(drive_folder())
