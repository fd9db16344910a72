"""Flash images that have lost accounts, and firmware with something broken in it."""

from __future__ import annotations

from pathlib import Path

import build_drive
from totpkey_firmware.store.format import MAGIC, RECORDS
from totpkey_virtual.flash import DRIVE_START

#: The FAT's sector size. A page may begin at any sector.
_SECTOR = 512


def damaged(flash: bytes, bucket: int) -> bytes:
    """Return `flash` with one bit flipped in every page of a bucket of accounts."""
    content = bytearray(flash)
    found = [
        at
        for at in range(DRIVE_START, len(content), _SECTOR)
        if content[at : at + 4] == MAGIC and content[at + 4] == RECORDS and content[at + 5] == bucket
    ]
    assert found
    for at in found:
        content[at + 40] ^= 1
    return bytes(content)


def broken(drive: Path, name: str, old: str, new: str) -> None:
    """Put a fault into one module of a drive."""
    text = (drive / "source" / "totpkey_firmware" / name).read_text(encoding="utf-8")
    assert old in text
    build_drive.change(drive, {f"totpkey_firmware/{name}": text.replace(old, new)})
