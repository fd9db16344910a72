"""The CIRCUITPY volume: geometry, layout, reading back. CircuitPython itself reads one in test_chip_flash."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totpkey_volume import fat, fat_reader
from totpkey_volume.fat import FLASH_SECTOR, VolumeFull
from totpkey_volume.fat_format import SECTOR, Geometry

MB = 1024 * 1024
VOLUMES = (1 * MB, 3 * MB, 7 * MB)

name = st.text("abcXYZ012 ._-é", min_size=1, max_size=30).map(lambda text: "n" + text.strip(" .") + "x")
path = st.lists(name, min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize(
    ("size", "cluster_size", "fat16"), [(1 * MB, 512, False), (3 * MB, 512, True), (7 * MB, 512, True)]
)
def test_a_cluster_is_one_sector(size: int, cluster_size: int, fat16: bool) -> None:
    geometry = Geometry.of(size)

    assert (geometry.cluster_size, geometry.fat16) == (cluster_size, fat16)


def test_on_2_mb_the_boot_sector_and_the_fat_share_the_first_flash_sector() -> None:
    assert Geometry.of(1 * MB).root * SECTOR == FLASH_SECTOR


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(path, st.binary(max_size=3000), max_size=12), st.sampled_from(VOLUMES))
def test_what_was_built_is_read_back(files: dict[str, bytes], size: int) -> None:
    folders = {path.rsplit("/", n)[0] for path in files for n in range(1, path.count("/") + 1)}
    files = {path: content for path, content in files.items() if path not in folders}

    image = fat.build(files, size)

    assert len(image) == size
    assert fat_reader.read(image) == files
    assert image == fat.build(dict(reversed(files.items())), size)


@pytest.mark.parametrize("size", VOLUMES)
def test_lone_files_and_their_folders_own_their_flash_sectors(size: int) -> None:
    slots = {f"vault/{slot}/accounts.bin": slot.encode() * 5000 for slot in "ab"}
    others = {f"lib/module{number}.py": b"#" * 700 for number in range(9)} | {
        "code.py": b"code",
        "z.txt": b"z" * 99,
    }

    image = fat.build(slots | others, size, alone=slots)
    clean = fat.build(others, size)

    assert fat_reader.read(image) == slots | others
    for content in slots.values():
        start = image.index(content)
        first, end = start // FLASH_SECTOR * FLASH_SECTOR, -(-(start + 5000) // FLASH_SECTOR) * FLASH_SECTOR
        assert not image[first:end].replace(content, b"").strip(b"\x00")
    assert len(clean) == len(image)


def test_no_new_file_gets_room_beside_a_lone_one() -> None:
    image = fat.build({"slot.bin": b"s" * 600}, 1 * MB, alone=("slot.bin",))

    entries = [fat_reader.next_cluster(image, Geometry.of(1 * MB), cluster) for cluster in range(2, 12)]
    assert entries == [3, 0xFFF, 0xFF7, 0xFF7, 0xFF7, 0xFF7, 0xFF7, 0xFF7, 0, 0]


def test_too_much_is_refused() -> None:
    with pytest.raises(VolumeFull, match="1024 KB"):
        fat.build({"big": b"x" * MB}, 1 * MB)
    with pytest.raises(VolumeFull, match="512 entries"):
        fat.build({f"A long name {number}": b"" for number in range(300)}, 1 * MB)


def test_the_boot_sector_names_the_volume() -> None:
    image = fat.build({}, 1 * MB)

    assert struct.unpack_from("<H", image, 510) == (0xAA55,)
    assert image[43:54] == b"CIRCUITPY  "
