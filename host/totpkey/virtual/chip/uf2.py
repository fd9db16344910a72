"""UF2 files into flash content (https://github.com/microsoft/uf2)."""

from __future__ import annotations

import struct

BLOCK = 512
FLASH_BASE = 0x10000000
RP2040_FAMILY = 0xE48BFF56

_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_END_MAGIC = 0x0AB16F30
_NOT_MAIN_FLASH, _HAS_FAMILY = 0x00000001, 0x00002000
_PAYLOAD_MAX = 476


class BadUf2(ValueError):
    """The file is not a UF2 image for the RP2040; the message says what is wrong and where."""


def flash_content(data: bytes, size: int) -> bytearray:
    """What a flash of `size` bytes holds after the image `data` was copied to it: 0xFF where it says nothing.

    Raises BadUf2.
    """
    if not data or len(data) % BLOCK:
        raise BadUf2(f"A UF2 file is a whole number of {BLOCK}-byte blocks; this one has {len(data)} bytes.")
    flash = bytearray(b"\xff" * size)
    total = len(data) // BLOCK
    for number in range(total):
        _place(flash, data[number * BLOCK : (number + 1) * BLOCK], number, total)
    return flash


def _place(flash: bytearray, block: bytes, number: int, total: int) -> None:
    first, second, flags, address, length, index, count, family = _HEADER.unpack_from(block)
    if (first, second) != _MAGIC or block[-4:] != _END_MAGIC.to_bytes(4, "little"):
        raise BadUf2(f"Block {number} lacks the magic numbers of UF2. Download the image again.")
    if (index, count) != (number, total):
        raise BadUf2(f"Block {number} of {total} calls itself {index} of {count}. Download the image again.")
    if flags & _NOT_MAIN_FLASH:
        return
    if not flags & _HAS_FAMILY or family != RP2040_FAMILY:
        raise BadUf2(f"Block {number} is for family {family:#010x}, not for the RP2040.")
    offset = address - FLASH_BASE
    if length > _PAYLOAD_MAX or not 0 <= offset <= len(flash) - length:
        size = len(flash)
        raise BadUf2(f"Block {number} wants {length} bytes at {address:#x}, outside {size} bytes of flash.")
    flash[offset : offset + length] = block[_HEADER.size : _HEADER.size + length]
