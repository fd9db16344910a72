"""Images, the resulting flash contents, and a release, for the tests of `totpkey verify`."""

from __future__ import annotations

import random
from functools import cache

from tests.install.boot_rom import written
from tests.install.interpreters import interpreter
from tests.install.keys import BOARD
from totpkey.install import image, manifest, verifying
from totpkey.install.drive import drive_files
from totpkey.install.manifest import Manifest
from totpkey.install.verifying import BOOT_SECTOR, CIRCUITPYTHON, ROOT, TABLE, Report
from totpkey_protocol import slots, storage
from totpkey_protocol.version import __version__
from totpkey_volume import fat_reader, layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB
from totpkey_volume.circuitpython import SECTOR as FLASH_SECTOR
from totpkey_volume.fat_format import Geometry

INTERPRETER = bytes(uf2.flash_content(interpreter(), 3 * FLASH_SECTOR))
KNOWN = {BOARD: manifest.Interpreter.of(INTERPRETER)}
RELEASE = manifest.of(__version__, drive_files(), KNOWN)


def made(board: str = BOARD, uid: str = "", keep_vault: bool = False) -> bytes:
    """Return a UF2 image with a minimal CircuitPython."""
    content = image.sealed(bytes(uf2.flash_content(interpreter(board), 3 * FLASH_SECTOR)), board)
    return image.build(content, drive_files(), board, keep_vault, uid)


def flash_of(uf2_image: bytes) -> bytearray:
    """Return the contents of a flash of random bytes after the boot ROM has written the image."""
    return bytearray(written(uf2_image, random.Random(5).randbytes(2 * MB)))


def compared(flash: bytes | bytearray, *releases: Manifest) -> Report:
    return verifying.compare(lambda at, size: bytes(flash[at : at + size]), releases or (RELEASE,), None)


@cache
def places() -> dict[str, list[int]]:
    """Return offsets in flash by part: one or more in each part that runs or leads to what runs.

    The part has the name that a report must give it.
    """
    volume = layout.volume(drive_files(), BOARD)
    geometry = Geometry.of(len(volume))
    found = {CIRCUITPYTHON: [0, KNOWN[BOARD].official.size - 1, FLASH_SECTOR - 1]}
    starts = {BOOT_SECTOR: (0, 512), TABLE: fat_reader.table(geometry), ROOT: fat_reader.root(geometry)}
    found |= {name: [DRIVE_START + at, DRIVE_START + end - 1] for name, (at, end) in starts.items()}
    for each in fat_reader.extents_of(volume):
        in_slot = each.path.split("/")[0] in [folder for _, folder, _ in slots.SLOTS]
        if each.size and each.path not in storage.FILES and not (in_slot and each.is_directory):
            found[each.path] = [DRIVE_START + each.start, DRIVE_START + each.start + each.size - 1]
    for at, (_, folder, file) in enumerate(slots.SLOTS):
        # The end of a slot follows its firmware. In the first slot, a byte of a folder belongs to no file.
        start = found[file][0]
        found[file] = [start, start + 40] if at else [start + 3]
        assert any(path.startswith(folder) for path in found) == (at == 0)
    found[slots.SEALS] = [found[slots.SEALS][0] + at for at in (0, 20, 60, slots.STRIDE)]
    return found


def changed(flash: bytes, at: int) -> bytes:
    return flash[:at] + bytes((flash[at] ^ 1,)) + flash[at + 1 :]
