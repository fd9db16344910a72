"""Converts between UF2 files and flash content (https://github.com/microsoft/uf2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from totpkey_volume.flash_map import PAGE, SECTOR

BLOCK = 512
FLASH_BASE = 0x10000000
RP2040_FAMILY = 0xE48BFF56

_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_END_MAGIC = 0x0AB16F30
_NOT_MAIN_FLASH, _HAS_FAMILY = 0x00000001, 0x00002000
_PAYLOAD_MAX = 476


class BadUf2(ValueError):
    """The file is not a UF2 image for the RP2040. The message says what is wrong and where."""


def flash_content(data: bytes, size: int) -> bytearray:
    """The content of a flash of `size` bytes after copying the image `data`, 0xFF where the image has
    nothing.

    Raises BadUf2.
    """
    if not data or len(data) % BLOCK:
        raise BadUf2(f"A UF2 file is a whole number of {BLOCK}-byte blocks; this one has {len(data)} bytes.")
    flash = bytearray(b"\xff" * size)
    total = len(data) // BLOCK
    seen: set[int] = set()
    for number in range(total):
        seen.add(_place(flash, data[number * BLOCK : (number + 1) * BLOCK], number, total))
    if len(seen) != total:
        raise BadUf2("A block is missing and another is there twice. Download the image again.")
    return flash


def covered(data: bytes) -> int:
    """How many bytes of flash the image `data` covers, from the start. `flash_content` has checked it."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
    headers = [_HEADER.unpack_from(block) for block in blocks]
    ends = (header[3] - FLASH_BASE + header[4] for header in headers if not header[2] & _NOT_MAIN_FLASH)
    return int(max(ends))


def encode(content: Mapping[int, bytes]) -> bytes:
    """A UF2 image that writes `content`, whole sectors by their offset in flash.

    The boot ROM erases a sector when the first of 16 blocks comes whose numbers differ in their lowest four
    bits only (`_write_uf2_page` of its virtual_disk.c), so each sector has a group of its own. It starts
    nothing while the first page of flash is not whole (RP2040 datasheet 2.8.1.3.1): that page's block comes
    last in the file, and the rest of its sector first. So a board whose power fails in between shows its
    boot loader's drive, ready for the file again.

    Raises ValueError for pieces that are not whole sectors.
    """
    pages: list[tuple[int, bytes]] = []
    for start, piece in sorted(content.items()):
        if start % SECTOR or len(piece) % SECTOR:
            raise ValueError(f"{len(piece)} bytes at {start:#x} are not whole sectors")
        pages += [(start + at, piece[at : at + PAGE]) for at in range(0, len(piece), PAGE)]
    blocks = [_block(*page, number, len(pages)) for number, page in enumerate(pages)]
    return b"".join([*blocks[1:], *blocks[:1]])


def _block(offset: int, page: bytes, number: int, total: int) -> bytes:
    place = FLASH_BASE + offset, len(page), number, total
    header = _HEADER.pack(*_MAGIC, _HAS_FAMILY, *place, RP2040_FAMILY)
    return (header + page).ljust(BLOCK - 4, b"\x00") + _END_MAGIC.to_bytes(4, "little")


def _place(flash: bytearray, block: bytes, number: int, total: int) -> int:
    """Put one block into flash. Returns its number, since blocks may come in any order."""
    first, second, flags, address, length, index, count, family = _HEADER.unpack_from(block)
    if (first, second) != _MAGIC or block[-4:] != _END_MAGIC.to_bytes(4, "little"):
        raise BadUf2(f"Block {number} lacks the magic numbers of UF2. Download the image again.")
    if index >= total or count != total:
        raise BadUf2(f"Block {number} of {total} calls itself {index} of {count}. Download the image again.")
    if flags & _NOT_MAIN_FLASH:
        return int(index)
    if not flags & _HAS_FAMILY or family != RP2040_FAMILY:
        raise BadUf2(f"Block {number} is for family {family:#010x}, not for the RP2040.")
    offset = address - FLASH_BASE
    if length > _PAYLOAD_MAX or not 0 <= offset <= len(flash) - length:
        size = len(flash)
        raise BadUf2(f"Block {number} wants {length} bytes at {address:#x}, outside {size} bytes of flash.")
    flash[offset : offset + length] = block[_HEADER.size : _HEADER.size + length]
    return int(index)
