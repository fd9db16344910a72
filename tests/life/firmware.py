"""The firmware of keys in a life: two releases, and some that does not start."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from totpkey_virtual.simulator import sources
from totpkey_volume import fat, layout
from totpkey_volume.circuitpython import DRIVE_START

#: The module that starts the loop.
_LOOP = "lib/totpkey_firmware/loop.mpy"


@functools.cache
def release(drive: Path, number: int) -> dict[str, bytes]:
    """The drive's files in a release. They differ in one that nothing reads, so nothing is compiled here."""
    return fat.folder(drive) | {"lib/release.mpy": bytes((number,))}


@functools.cache
def image(drive: Path, board: str) -> bytes:
    """The flash of a new key."""
    return b"\xff" * DRIVE_START + layout.volume(release(drive, 0), board)


@functools.cache
def broken(drive: Path, source: bytes) -> dict[str, bytes]:
    """Firmware with that source where its loop should be."""
    compiled = b"compiled " + source
    sources.know({hashlib.sha256(compiled).digest(): ("loop.py", source)})
    return release(drive, 0) | {_LOOP: compiled}


@functools.cache
def digest(drive: Path, board: str, number: int, slot: str) -> str:
    """The SHA-256 of a release in that slot."""
    return hashlib.sha256(layout.slot_content(release(drive, number), board, slot)).hexdigest()
