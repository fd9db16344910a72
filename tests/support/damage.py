"""Flash images that have lost accounts."""

from __future__ import annotations

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
