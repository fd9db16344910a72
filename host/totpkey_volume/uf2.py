"""Converts between UF2 files and flash content (https://github.com/microsoft/uf2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from totpkey_volume.circuitpython import MB, PAGE, SECTOR

BLOCK = 512
FLASH_BASE = 0x10000000
RP2040_FAMILY = 0xE48BFF56
#: What an RP2040 can address.
LARGEST_FLASH = 16 * MB

_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_END_MAGIC = 0x0AB16F30
_HAS_FAMILY = 0x00002000
#: So many blocks fill a sector.
_GROUP = SECTOR // PAGE


class BadUf2(ValueError):
    """The file is not a UF2 image for the RP2040. The message says what is wrong and where."""


def flash_content(data: bytes, size: int, absent: bytes = b"\xff") -> bytearray:
    """The content of a flash of `size` bytes after the boot ROM has written the image `data`.

    `absent` stands where the image writes nothing. The rest of a sector of which it writes a part is 0xFF.
    Raises BadUf2.
    """
    flash = bytearray(absent * size)
    for at, page in pages(data, size).items():
        if at % SECTOR == 0:
            flash[at : at + SECTOR] = b"\xff" * SECTOR
        flash[at : at + PAGE] = page
    return flash


def covered(data: bytes) -> int:
    """How many bytes of flash the image `data` covers, from the start. `flash_content` has checked it."""
    return max(pages(data)) + PAGE


def pages(data: bytes, size: int = LARGEST_FLASH) -> dict[int, bytes]:
    """The pages that an image writes, by their offset in a flash of `size` bytes.

    Taken is the one form that `encode` and CircuitPython's own builds have, with its blocks in their order,
    or the first of them last. Of any other file the boot ROM may make something else than we would: it passes
    over blocks that it does not like, and what is behind the end of flash comes round to its start. Raises
    BadUf2.
    """
    if not data or len(data) % BLOCK:
        raise BadUf2(f"A UF2 file is a whole number of {BLOCK}-byte blocks; this one has {len(data)} bytes.")
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
    if _HEADER.unpack_from(blocks[-1])[5] == 0:
        blocks.insert(0, blocks.pop())
    found: dict[int, bytes] = {}
    expected = 0
    for number, block in enumerate(blocks):
        offset, page = _page(block, number, len(blocks))
        starts_sector = number % _GROUP == 0 and offset % SECTOR == 0 and offset >= expected
        if not (offset == expected if number % _GROUP else starts_sector):
            raise BadUf2(f"Block {number} is for {FLASH_BASE + offset:#x}, which is out of order.")
        if offset + PAGE > size:
            raise BadUf2(f"Block {number} is for {FLASH_BASE + offset:#x}, outside {size} bytes of flash.")
        found[offset], expected = page, offset + PAGE
    return found


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


def _page(block: bytes, number: int, total: int) -> tuple[int, bytes]:
    """The offset of a block's page in flash, and the page. Raises BadUf2."""
    first, second, _flags, address, _length, index, count, family = _HEADER.unpack_from(block)
    if (first, second) != _MAGIC or block[-4:] != _END_MAGIC.to_bytes(4, "little"):
        raise BadUf2(f"Block {number} lacks the magic numbers of UF2. Download the image again.")
    if (index, count) != (number, total):
        raise BadUf2(f"Block {number} of {total} calls itself {index} of {count}. Download the image again.")
    if family != RP2040_FAMILY:
        raise BadUf2(f"Block {number} is for family {family:#010x}, not for the RP2040.")
    page = block[_HEADER.size : _HEADER.size + PAGE]
    if address < FLASH_BASE or block != _block(address - FLASH_BASE, page, number, total):
        raise BadUf2(f"Block {number} is not one that CircuitPython or totpkey makes.")
    return address - FLASH_BASE, page
