"""Files out of a FAT12 or FAT16 volume, as `fat` or CircuitPython wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from totpkey.virtual.chip.fat import DIRECTORY, ENTRY, LONG_NAME, RESERVED, SECTOR, VOLUME, Geometry


def read(image: bytes) -> dict[str, bytes]:
    """The files in `image`, by path. The inverse of `build`, for any volume that CircuitPython makes."""
    geometry = Geometry.of(len(image))
    root = image[geometry.root * SECTOR : geometry.data * SECTOR]
    return dict(_walk(image, geometry, root, ""))


def _walk(image: bytes, geometry: Geometry, listing: bytes, prefix: str) -> Iterator[tuple[str, bytes]]:
    long_name = b""
    for at in range(0, len(listing), ENTRY.size):
        raw = listing[at : at + ENTRY.size]
        name, attributes, case, *_, cluster, size = ENTRY.unpack(raw)
        if name[0] == 0:
            return
        if attributes == LONG_NAME:
            long_name = raw[1:11] + raw[14:26] + raw[28:32] + (b"" if raw[0] & 0x40 else long_name)
            continue
        readable = _long(long_name) or _short(name, case)
        long_name = b""
        if name[0] in b"\xe5." or attributes & VOLUME:
            continue
        content = _chain(image, geometry, cluster)
        if attributes & DIRECTORY:
            yield from _walk(image, geometry, content, f"{prefix}{readable}/")
        else:
            yield prefix + readable, content[:size]


def _long(raw: bytes) -> str:
    return raw.decode("utf-16-le").split("\x00")[0].rstrip("\uffff")


def _short(name: bytes, case: int) -> str:
    """An 8.3 name; bits 3 and 4 of `case` say that base and extension are in lower case."""
    base, extension = name[:8].decode("ascii").rstrip(), name[8:].decode("ascii").rstrip()
    base = base.lower() if case & 0x08 else base
    extension = extension.lower() if case & 0x10 else extension
    return f"{base}.{extension}" if extension else base


def _chain(image: bytes, geometry: Geometry, cluster: int) -> bytes:
    content = bytearray()
    while 2 <= cluster < geometry.clusters + 2 and len(content) < len(image):
        start = geometry.offset(cluster)
        content += image[start : start + geometry.cluster_size]
        cluster = next_cluster(image, geometry, cluster)
    return bytes(content)


def next_cluster(image: bytes, geometry: Geometry, cluster: int) -> int:
    """What the FAT says of `cluster`: the next of its chain, 0 if free, above the last cluster otherwise."""
    base = RESERVED * SECTOR
    if geometry.fat16:
        return int.from_bytes(image[base + 2 * cluster :][:2], "little")
    pair = int.from_bytes(image[base + cluster * 3 // 2 :][:2], "little")
    return pair >> 4 if cluster & 1 else pair & 0xFFF
