"""Where each file and directory of a volume lies, to compare volumes byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from totpkey_volume import fat_reader
from totpkey_volume.fat_format import RESERVED, SECTOR, Geometry


@dataclass(frozen=True)
class Extent:
    """A file or a directory that lies in one piece: its path, and the byte of the volume where it begins.

    `size`: a file's own, a directory's in whole clusters.
    """

    path: str
    is_directory: bool
    start: int
    size: int


def of(image: bytes) -> Iterator[Extent]:
    """All files and directories of a volume that `fat.build` has made, the root left out."""
    geometry = Geometry.read(image)
    yield from _below(image, geometry, image[geometry.root * SECTOR : geometry.data * SECTOR], "")


def table(geometry: Geometry) -> tuple[int, int]:
    """From where to where in a volume its table of clusters lies, in bytes."""
    return RESERVED * SECTOR, geometry.root * SECTOR


def root(geometry: Geometry) -> tuple[int, int]:
    """From where to where in a volume its root directory lies, in bytes."""
    return geometry.root * SECTOR, geometry.data * SECTOR


def _below(image: bytes, geometry: Geometry, listing: bytes, prefix: str) -> Iterator[Extent]:
    for record in fat_reader.records(listing):
        path, start = prefix + record.name, geometry.offset(record.cluster) if record.cluster else 0
        if not record.is_directory:
            yield Extent(path, False, start, record.size)
            continue
        # The last of its entries are zeros; behind them a slot's chain goes on with what is no directory.
        entries = next(slot for slot in range(len(image) // 32) if not image[start + 32 * slot])
        size = -(-32 * (entries + 1) // geometry.cluster_size) * geometry.cluster_size
        yield Extent(path, True, start, size)
        yield from _below(image, geometry, image[start : start + size], f"{path}/")
