"""UF2 images into flash, judged by the chip's own boot ROM, and what is wrong with bad ones."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from totpkey_virtual.chip.images import images
from totpkey_virtual.chip.key import ChipKey
from totpkey_volume import uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, PAGE, SECTOR
from totpkey_volume.uf2 import BLOCK, FLASH_BASE, RP2040_FAMILY, BadUf2, flash_content
from virtual.tests.chip.boot_loader import MassStorage, plug_in_blank

SIZE = 4096


def block(
    payload: bytes = b"x" * 256, address: int = FLASH_BASE, number: int = 0, count: int = 1, **other: int
) -> bytes:
    flags, family = other.get("flags", 0x2000), other.get("family", RP2040_FAMILY)
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(payload), number, count, family)
    return header + payload.ljust(476, b"\x00") + struct.pack("<I", 0x0AB16F30)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"", "whole number of 512-byte blocks"),
        (block()[:-1], "whole number of 512-byte blocks"),
        (b"Y" + block()[1:], "Block 0 lacks the magic numbers"),
        (block()[:-1] + b"\x00", "Block 0 lacks the magic numbers"),
        (block(number=1), "calls itself 1 of 1"),
        (block(count=2), "calls itself 0 of 2"),
        (block(count=2) * 2, "calls itself 0 of 2"),
        (block(family=0xE48BFF59), "Block 0 is for family 0xe48bff59"),
        (block(flags=0), "is not one that CircuitPython or totpkey makes"),
        (block(flags=0x2001), "is not one that CircuitPython or totpkey makes"),
        (block(b"x" * 257), "is not one that CircuitPython or totpkey makes"),
        (block(b"x" * 255), "is not one that CircuitPython or totpkey makes"),
        (block(address=FLASH_BASE + SIZE), "outside 4096 bytes of flash"),
        (block(address=FLASH_BASE - 1), "is not one that CircuitPython or totpkey makes"),
        (block(address=FLASH_BASE + 256), "out of order"),
        (block(count=2) + block(address=FLASH_BASE + 512, number=1, count=2), "out of order"),
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


# The boot ROM

FIELDS = {"flags": 8, "address": 12, "length": 16, "number": 20, "count": 24, "family": 28}
#: What is interesting in any of the fields.
VALUES = (0, 1, 15, 16, 255, 256, 257, 476, 0x2000, 0x2001, 0x20000000, FLASH_BASE, FLASH_BASE + SECTOR)


def small_image(chance: random.Random) -> list[bytes]:
    """A file of ours, or one that ends within a sector, as published ones do."""
    starts = chance.sample((SECTOR, DRIVE_START, DRIVE_START + SECTOR), 1)
    made = uf2.encode({start: chance.randbytes(SECTOR) for start in (0, *starts)})
    blocks = [made[at : at + BLOCK] for at in range(0, len(made), BLOCK)]
    if chance.random() < 0.3:
        blocks = [*blocks[-1:], *blocks[: -1 - chance.randrange(1, 15)]]
        blocks = [each[:24] + struct.pack("<I", len(blocks)) + each[28:] for each in blocks]
    return blocks


def mutant(chance: random.Random) -> bytes:
    """A small image that a few random changes made another file of; seldom none."""
    blocks = small_image(chance)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        at, other = (chance.randrange(len(blocks)) for _ in range(2))
        content = blocks[at]
        match chance.randrange(8):
            case 0:
                blocks[at], blocks[other] = blocks[other], content
            case 1:
                blocks.insert(other, content)
            case 2:
                del blocks[at : at + chance.choice((1, 16))]
            case 3:
                place = chance.randrange(BLOCK)
                blocks[at] = content[:place] + chance.randbytes(1) + content[place + 1 :]
            case 4:
                place = chance.randrange(32, 288)
                blocks[at] = content[:place] + chance.randbytes(8) + content[place + 8 :]
            case 5:
                field = chance.choice(list(FIELDS.values()))
                value = struct.pack("<I", chance.choice(VALUES))
                blocks = [*blocks[:at], content[:field] + value + content[field + 4 :], *blocks[at + 1 :]]
            case 6:
                by = chance.choice((PAGE, SECTOR, 128, 2 * MB, 16 * MB))
                address = struct.unpack_from("<I", content, 12)[0] + by
                blocks[at] = content[:12] + struct.pack("<I", address) + content[16:]
            case _:
                field, value = chance.choice(list(FIELDS.values())), struct.pack("<I", chance.choice(VALUES))
                blocks = [each[:field] + value + each[field + 4 :] for each in blocks]
        if not blocks:
            return b""
    return b"".join(blocks)


@pytest.fixture(scope="module")
def drag() -> Callable[[bytes], tuple[bytes, bytes]]:
    """A function that drags a file onto a board that holds noise: its flash before, and afterwards."""
    key = ChipKey(images()[0], None)
    key.flash = before = b"\xff" * PAGE + random.Random(3).randbytes(2 * MB - PAGE)
    plug_in_blank(key)
    waiting = key.snapshot()

    def written(data: bytes) -> tuple[bytes, bytes]:
        board = waiting.restore()
        MassStorage(board).write(data)
        board.run(0.01)
        return before, board.flash

    return written


@pytest.mark.chip
@pytest.mark.parametrize("count", [100, pytest.param(5000, marks=pytest.mark.slow)])
def test_what_is_taken_is_what_the_boot_rom_writes(
    count: int, drag: Callable[[bytes], tuple[bytes, bytes]]
) -> None:
    taken = 0
    for seed in range(count):
        data = mutant(random.Random(seed))
        try:
            zeros, ones = (flash_content(data, 2 * MB, absent) for absent in (b"\0", b"\xff"))
        except BadUf2:
            continue
        before, after = drag(data)
        written = {at: ones[at : at + PAGE] for at in range(0, 2 * MB, PAGE) if zeros[at] == ones[at]}
        expected = b"".join(written.get(at, before[at : at + PAGE]) for at in range(0, 2 * MB, PAGE))
        assert after == expected, seed
        taken += 1
    assert count / 20 < taken < count
