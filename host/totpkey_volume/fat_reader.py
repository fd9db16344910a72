"""Reads files from a FAT12 or FAT16 volume of `fat` or CircuitPython, also after a power cut.

Also where each file and directory lies, to compare volumes byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from totpkey_volume.fat_format import (
    DELETED,
    DIRECTORY,
    ENTRY,
    LONG_NAME,
    LOWER_BASE,
    LOWER_EXTENSION,
    RESERVED,
    SECTOR,
    VOLUME,
    Geometry,
    short_name_checksum,
)


@dataclass(frozen=True)
class Record:
    """One file or directory in a directory, and the range of its 32-byte slots."""

    name: str
    attributes: int
    cluster: int
    size: int
    first_slot: int
    slot: int

    @property
    def is_directory(self) -> bool:
        return bool(self.attributes & DIRECTORY)


def read(image: bytes) -> dict[str, bytes]:
    """The files in `image`, by path. The inverse of `build`, for any volume that CircuitPython makes."""
    geometry = Geometry.read(image)
    root = image[geometry.root * SECTOR : geometry.data * SECTOR]
    return dict(_walk(image, geometry, root, "", set()))


def first_cluster(image: bytes, path: str) -> int:
    """Where the file or directory of that path begins. Raises FileNotFoundError."""
    geometry = Geometry.read(image)
    listing = image[geometry.root * SECTOR : geometry.data * SECTOR]
    *folders, name = path.split("/")
    for folder in folders:
        listing = _chain(image, geometry, _named(listing, folder), len(image))
    return _named(listing, name)


def _named(listing: bytes, name: str) -> int:
    found = [record.cluster for record in records(listing) if record.name == name]
    if not found:
        raise FileNotFoundError(name)
    return found[0]


def records(listing: bytes) -> Iterator[Record]:
    """The files and directories in a directory's bytes, without "." and ".."."""
    long_name, checksum, first = b"", 0, 0
    for slot in range(len(listing) // ENTRY.size):
        raw = listing[slot * ENTRY.size : (slot + 1) * ENTRY.size]
        name, attributes, case, *_, cluster, size = ENTRY.unpack(raw)
        if name[0] == 0:
            return
        if attributes == LONG_NAME and name[0] != DELETED:
            if raw[0] & 0x40:
                long_name, checksum, first = b"", raw[13], slot
            long_name = raw[1:11] + raw[14:26] + raw[28:32] + long_name
            continue
        is_long = bool(long_name) and checksum == short_name_checksum(name)
        readable = _long(long_name) if is_long else _short(name, case)
        long_name = b""
        if name[0] != DELETED and name[0] != ord(".") and not attributes & VOLUME:
            yield Record(readable, attributes, cluster, size, first if is_long else slot, slot)


def _walk(
    image: bytes, geometry: Geometry, listing: bytes, prefix: str, seen: set[int]
) -> Iterator[tuple[str, bytes]]:
    for record in records(listing):
        if not record.is_directory:
            content = _chain(image, geometry, record.cluster, record.size)
            yield prefix + record.name, content[: record.size]
        elif record.cluster not in seen:
            seen.add(record.cluster)
            content = _chain(image, geometry, record.cluster, len(image))
            yield from _walk(image, geometry, content, f"{prefix}{record.name}/", seen)


def _long(raw: bytes) -> str:
    return raw.decode("utf-16-le", "replace").split("\x00")[0].rstrip("\uffff")


def _short(name: bytes, case: int) -> str:
    """An 8.3 name."""
    base, extension = (part.decode("cp437").rstrip() for part in (name[:8], name[8:]))
    base = base.lower() if case & LOWER_BASE else base
    extension = extension.lower() if case & LOWER_EXTENSION else extension
    return f"{base}.{extension}" if extension else base


def _chain(image: bytes, geometry: Geometry, cluster: int, size: int) -> bytes:
    """The clusters of a chain, until there are `size` bytes or more, or as many as the volume has.

    In a damaged volume a chain may be a circle, and a file larger than the volume.
    """
    content, most = bytearray(), min(size, len(image))
    while 2 <= cluster < geometry.clusters + 2 and len(content) < most:
        start = geometry.offset(cluster)
        content += image[start : start + geometry.cluster_size]
        cluster = next_cluster(image, geometry, cluster)
    return bytes(content)


def next_cluster(image: bytes, geometry: Geometry, cluster: int) -> int:
    """The FAT's entry for `cluster`: its successor, 0 if free, otherwise above the last cluster."""
    at = RESERVED * SECTOR + geometry.link_offset(cluster)
    return geometry.link(int.from_bytes(image[at : at + 2], "little"), cluster)


@dataclass(frozen=True)
class Extent:
    """A file or a directory that lies in one piece: its path, and the byte of the volume where it begins.

    `size`: a file's own, a directory's in whole clusters.
    """

    path: str
    is_directory: bool
    start: int
    size: int


def extents_of(image: bytes) -> Iterator[Extent]:
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
    for record in records(listing):
        path, start = prefix + record.name, geometry.offset(record.cluster) if record.cluster else 0
        if not record.is_directory:
            yield Extent(path, False, start, record.size)
            continue
        # The last of its entries are zeros; behind them a slot's chain goes on with what is no directory.
        entries = next(slot for slot in range(len(image) // 32) if not image[start + 32 * slot])
        size = -(-32 * (entries + 1) // geometry.cluster_size) * geometry.cluster_size
        yield Extent(path, True, start, size)
        yield from _below(image, geometry, image[start : start + size], f"{path}/")
