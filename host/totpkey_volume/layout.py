"""The layout of a key's drive: two firmware slots and the vault have their own flash sectors.

A slot and the root get the files of the folder that `make drive` writes, except `source`: nobody can read the
drive of a key, and updates need the room.
"""

from __future__ import annotations

import hashlib
import struct
from binascii import crc32
from collections.abc import Mapping

from totpkey_protocol import slots, storage
from totpkey_protocol.boards import BOARDS
from totpkey_volume import circuitpython, fat, fat_format, fat_reader, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, NVM_START, SECTOR
from totpkey_volume.fat import Slot

_SOURCES = "source/"
_FIRST = slots.SLOTS[0][1] + "/"
#: Nobody knows what a board held before. What a release needs is not there by chance.
_BEFORE = b"\x5a"
_SEALS_SIZE = len(slots.SLOTS) * slots.STRIDE


def on_a_key(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The drive folder's files that go onto a key."""
    return {path: content for path, content in files.items() if not path.startswith(_SOURCES)}


def firmware(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that an update replaces, by their path below a slot's folder."""
    return {path.removeprefix(_FIRST): content for path, content in files.items() if path.startswith(_FIRST)}


def volume(files: Mapping[str, bytes], board: str, in_both: bool = False) -> bytes:
    """The volume of a new key: its firmware in the first slot, the second one empty. Raises VolumeFull.

    With `in_both` the second one holds it, too, as after an update.
    """
    around = {path: content for path, content in on_a_key(files).items() if not path.startswith(_FIRST)}
    content = slot_content(files, board, slots.SLOTS[0][0])
    around[slots.SEALS] = seal(1, content).ljust(_SEALS_SIZE, b"\xff")
    both = [_slot(0, firmware(files)), _slot(1, firmware(files) if in_both else {})]
    return fat.build(around, _size(board), (*storage.FILES, slots.SEALS), both)


def slot_content(files: Mapping[str, bytes], board: str, name: str) -> bytes:
    """The content of slot `name` on a key of that board, in whole pages. Raises VolumeFull."""
    geometry = fat_format.Geometry.of(_size(board))
    return fat.slot_content(_slot(slots.number(name), firmware(files)), geometry, _first_cluster(board, name))


def seal(sequence: int, content: bytes) -> bytes:
    """The page that makes the slot with that content the active one."""
    fields = struct.pack(slots.SEAL, slots.MAGIC, sequence, len(content), hashlib.sha256(content).digest())
    return (fields + crc32(fields).to_bytes(4, "little")).ljust(slots.PAGE, b"\xff")


def empty_slot(board: str, name: str) -> bytes:
    """What slot `name` of a new key of that board holds before its first update."""
    return slot_content({}, board, name)


def vault_range(board: str) -> tuple[int, int]:
    """The vault's range in flash: whole sectors that hold nothing else."""
    geometry = fat_format.Geometry.of(_size(board))
    start = DRIVE_START + geometry.offset(fat_reader.first_cluster(_empty(board), storage.FILES[0]))
    return start // SECTOR * SECTOR, -(-(start + storage.SIZE) // SECTOR) * SECTOR


def written(data: bytes) -> bytes:
    """What an image of ours leaves in flash, with `_BEFORE` where it writes nothing. Raises BadUf2."""
    content = bytes(uf2.flash_content(data, uf2.LARGEST_FLASH, _BEFORE))
    try:
        board = circuitpython.board_of(content)
    except circuitpython.UnknownBoard:
        return content
    pages = uf2.pages(data, BOARDS[board].flash * MB)
    start, end = vault_range(board)
    if any(
        NVM_START <= at < DRIVE_START or (start <= at < end and page.strip(b"\x00\xff"))
        for at, page in pages.items()
    ):
        raise uf2.BadUf2("It writes accounts, or how often they were used.")
    return content[: BOARDS[board].flash * MB]


def _size(board: str) -> int:
    return BOARDS[board].flash * MB - DRIVE_START


def _slot(number: int, contents: Mapping[str, bytes]) -> Slot:
    _, folder, file = slots.SLOTS[number]
    return Slot(folder, file, slots.SIZE, contents)


def _first_cluster(board: str, name: str) -> int:
    """The first cluster of a slot. It depends only on sizes, so it is found on an empty drive."""
    return fat_reader.first_cluster(_empty(board), slots.SLOTS[slots.number(name)][2])


def _empty(board: str) -> bytes:
    sizes = {slots.SEALS: _SEALS_SIZE} | dict.fromkeys(storage.FILES, storage.SIZE)
    files = {path: bytes(size) for path, size in sizes.items()}
    both = [_slot(number, {}) for number in range(len(slots.SLOTS))]
    return fat.build(files, _size(board), tuple(files), both)
