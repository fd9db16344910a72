"""UF2 images into flash, and what is wrong with bad ones."""

from __future__ import annotations

import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from totpkey_volume.uf2 import FLASH_BASE, RP2040_FAMILY, BadUf2, flash_content

SIZE = 4096


def block(payload: bytes, address: int = FLASH_BASE, number: int = 0, count: int = 1, **other: int) -> bytes:
    flags, family = other.get("flags", 0x2000), other.get("family", RP2040_FAMILY)
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(payload), number, count, family)
    return header + payload.ljust(476, b"\x00") + struct.pack("<I", 0x0AB16F30)


def test_blocks_land_at_their_addresses() -> None:
    image = block(b"a" * 256, FLASH_BASE + 256, 0, 2) + block(b"b" * 256, FLASH_BASE, 1, 2)

    flash = flash_content(image, SIZE)

    assert flash == b"b" * 256 + b"a" * 256 + b"\xff" * (SIZE - 512)


def test_blocks_not_for_main_flash_are_left_out() -> None:
    assert flash_content(block(b"x" * 256, flags=0x2001), SIZE) == b"\xff" * SIZE


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"", "whole number of 512-byte blocks"),
        (block(b"x")[:-1], "whole number of 512-byte blocks"),
        (b"Y" + block(b"x")[1:], "Block 0 lacks the magic numbers"),
        (block(b"x")[:-1] + b"\x00", "Block 0 lacks the magic numbers"),
        (block(b"x", number=1), "calls itself 1 of 1"),
        (block(b"x", count=2), "calls itself 0 of 2"),
        (block(b"x", family=0xE48BFF59), "Block 0 is for family 0xe48bff59"),
        (block(b"x", flags=0), "not for the RP2040"),
        (block(b"x", FLASH_BASE + SIZE), "outside 4096 bytes of flash"),
        (block(b"x", FLASH_BASE - 1), "outside 4096 bytes of flash"),
    ],
)
def test_bad_images_say_what_is_wrong(image: bytes, message: str) -> None:
    with pytest.raises(BadUf2, match=message):
        flash_content(image, SIZE)


@given(st.binary(max_size=1200))
def test_bytes_that_are_no_image_are_refused(image: bytes) -> None:
    assume(not image.startswith(b"UF2\n"))

    with pytest.raises(BadUf2):
        flash_content(image, SIZE)
