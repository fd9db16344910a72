"""Drives and images are what other programs take them for, both ways: ChaN's FatFs (fatfs-ng), and uf2utils.

CircuitPython's own driver is a fork of FatFs.
"""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totpkey_volume import fat, fat_reader, uf2
from totpkey_volume.circuitpython import MB, PAGE, SECTOR

fatfs = pytest.importorskip("fatfs", reason="not installed: make judges")
UF2File = pytest.importorskip("uf2utils.file", reason="not installed: make judges").UF2File

#: Drives of boards with 2, 4 and 8 MB of flash.
SIZES = (1 * MB, 3 * MB, 7 * MB)
#: What a boot sector says from here on: sizes of sector and cluster, places and sizes of the tables.
_LAYOUT, _LAYOUT_AT = struct.Struct("<HBHBHHBH"), 11
_FAMILY = 0xE48BFF56

_NAMES = st.text("abcXYZ019_-. ~", min_size=1, max_size=40).filter(
    lambda name: name == name.strip(" .") and name.upper() not in ("CON", "PRN")
)
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)


def _without_clashes(files: dict[str, bytes]) -> dict[str, bytes]:
    """FAT does not tell `a` from `A`, and what is a file is no folder."""
    kept: dict[str, bytes] = {}
    taken: dict[str, str] = {}
    for path, content in files.items():
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if all(taken.get(each.lower(), each) == each for each in above) and not any(
            each in kept or other.startswith(path + "/") for each in above for other in kept
        ):
            kept[path] = content
            taken |= {each.lower(): each for each in above}
    return kept


TREES = st.dictionaries(_PATHS, st.binary(max_size=3000), max_size=8).map(_without_clashes)


class FatFs:
    """ChaN's driver on a drive in memory."""

    def __init__(self, image: bytearray, blank: bool = False) -> None:
        self._partition = fatfs.Partition(fatfs.RamDisk(image))
        if blank:
            self._partition.mkfs()
        self._partition.mount()
        self._files = fatfs.PartitionExtended(self._partition)

    def read(self) -> dict[str, bytes]:
        found = {}
        for folder, _folders, names in self._files.walk("/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                found[path.strip("/")] = bytes(self._files.read_file(path))
        return found

    def write(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            folders = path.split("/")[:-1]
            for count in range(1, len(folders) + 1):
                folder = "/" + "/".join(folders[:count])
                if not self._files.exists(folder):
                    self._partition.mkdir(folder)
            self._files.write_file(f"/{path}", content)

    def close(self) -> None:
        self._partition.unmount()


def test_fatfs_formats_a_drive_as_we_do() -> None:
    """On larger ones it makes clusters of two sectors, and we of one (`Geometry`)."""
    image = bytearray(SIZES[0])
    FatFs(image, blank=True).close()
    ours = fat.build({}, SIZES[0])
    assert _LAYOUT.unpack_from(ours, _LAYOUT_AT) == _LAYOUT.unpack_from(image, _LAYOUT_AT)


@settings(deadline=None, max_examples=30)
@given(TREES, st.sampled_from(SIZES))
def test_fatfs_reads_what_we_write(files: dict[str, bytes], size: int) -> None:
    drive = FatFs(bytearray(fat.build(files, size)))
    assert drive.read() == files
    drive.close()


@settings(deadline=None, max_examples=30)
@given(TREES, st.sampled_from(SIZES))
def test_we_read_what_fatfs_writes(files: dict[str, bytes], size: int) -> None:
    image = bytearray(size)
    drive = FatFs(image, blank=True)
    drive.write(files)
    drive.close()
    assert fat_reader.read(bytes(image)) == files


CONTENT = st.dictionaries(
    st.integers(0, 60).map(lambda number: number * SECTOR),
    st.binary(min_size=1, max_size=64).map(lambda piece: (piece * SECTOR)[:SECTOR]),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=40)
@given(CONTENT)
def test_uf2utils_reads_what_we_write(content: dict[int, bytes]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ours.uf2"
        path.write_bytes(uf2.encode(content))
        file = UF2File(str(path))
    blocks = [file[number] for number in range(len(file))]
    found = {block.header.address: bytes(block.payload) for block in blocks}
    expected = {
        uf2.FLASH_BASE + start + at: piece[at : at + PAGE]
        for start, piece in content.items()
        for at in range(0, SECTOR, PAGE)
    }
    assert found == expected
    assert {block.header.board_family for block in blocks} == {_FAMILY}
    assert sorted(block.header.block_number for block in blocks) == list(range(len(expected)))


@settings(deadline=None, max_examples=40)
@given(CONTENT)
def test_we_read_what_uf2utils_writes(content: dict[int, bytes]) -> None:
    file = UF2File(board_family=_FAMILY)
    expected = bytearray(b"\xff" * MB)
    # A file that we take goes up in flash.
    for start, piece in sorted(content.items()):
        file.append_payload(piece, uf2.FLASH_BASE + start, PAGE)
        expected[start : start + SECTOR] = piece
    with TemporaryDirectory() as folder:
        path = Path(folder) / "theirs.uf2"
        file.to_file(str(path))
        written = path.read_bytes()
    assert uf2.flash_content(written, MB) == expected
