"""The formats of FAT12 and FAT16: the volume's layout, the cluster table, directory entries.

Structures: Microsoft, FAT: General Overview of On-Disk Format, version 1.03. Geometry: what `f_mkfs` of
oofatfs chooses for CircuitPython's block device, with one FAT and 512 root entries, except that a cluster
is one sector on a large drive, too: the firmware has some hundred small files, and clusters of 1 KB would
waste 30 KB of a slot.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

SECTOR = 512
LABEL = b"CIRCUITPY  "

ENTRY = struct.Struct("<11sBBBHHHHHHHI")
_SIGNATURE = b"\x55\xaa"
#: In the boot sector: bytes of a sector, sectors of a cluster, reserved sectors, tables, entries of the root,
#: sectors; further on, the sectors of a table.
_SIZES, _SIZES_AT, _FAT_SECTORS_AT = struct.Struct("<HBHBHH"), 11, 22
_BOOT = struct.Struct("<3s8sHBHBHHBHHHIIBBBI11s8s")
ROOT_ENTRIES, RESERVED, MEDIA = 512, 1, 0xF8
_FAT12_MOST_CLUSTERS = 4085
_VOLUME_ID = int.from_bytes(b"totp")
_READ_ONLY, _HIDDEN, _SYSTEM, VOLUME, DIRECTORY, ARCHIVE = 1, 2, 4, 8, 16, 32
LONG_NAME = _READ_ONLY | _HIDDEN | _SYSTEM | VOLUME
#: 2026-01-01: a constant date, so that equal files give equal images.
DATE = (2026 - 1980) << 9 | 1 << 5 | 1
#: FAT entries: a bad cluster, the last of a chain. FAT12 has their lower 12 bits.
BAD, LAST = 0xFFF7, 0xFFFF
#: Flags of an 8.3 entry: base and extension are in lower case.
LOWER_BASE, LOWER_EXTENSION = 0x08, 0x10
#: First byte of a deleted entry.
DELETED = 0xE5
_LONG_CHARACTERS = 13
_SHORT = re.compile(r"(?:[A-Z0-9_~-]{1,8}|[a-z0-9_~-]{1,8})(?:\.(?:[A-Z0-9_~-]{1,3}|[a-z0-9_~-]{1,3}))?")


@dataclass(frozen=True)
class Geometry:
    """The layout of a volume of `sectors` sectors of 512 bytes."""

    sectors: int
    cluster_sectors: int
    fat_sectors: int
    fat16: bool

    @classmethod
    def of(cls, size: int) -> Geometry:
        """The geometry of a volume of `size` bytes, below 8 MB."""
        sectors = size // SECTOR
        cluster_sectors = 1
        clusters = sectors // cluster_sectors
        fat16 = clusters > _FAT12_MOST_CLUSTERS
        fat_bytes = clusters * 2 + 4 if fat16 else (clusters * 3 + 1) // 2 + 3
        return cls(sectors, cluster_sectors, -(-fat_bytes // SECTOR), fat16)

    @classmethod
    def read(cls, volume: bytes | bytearray | memoryview) -> Geometry:
        """What the boot sector of `volume` says; the geometry of its size if there is none of ours.

        CircuitPython makes larger clusters on a large drive that it formats itself.
        """
        of_size = cls.of(len(volume))
        boot = bytes(volume[:SECTOR])
        if len(boot) < SECTOR or boot[SECTOR - 2 :] != _SIGNATURE:
            return of_size
        sector, cluster_sectors, reserved, tables, entries, sectors = _SIZES.unpack_from(boot, _SIZES_AT)
        fat_sectors = int.from_bytes(boot[_FAT_SECTORS_AT : _FAT_SECTORS_AT + 2], "little")
        fixed = (sector, reserved, tables, entries) == (SECTOR, RESERVED, 1, ROOT_ENTRIES)
        if not fixed or not cluster_sectors or sectors != of_size.sectors:
            return of_size
        unsized = cls(sectors, cluster_sectors, fat_sectors, False)
        return cls(sectors, cluster_sectors, fat_sectors, unsized.clusters >= _FAT12_MOST_CLUSTERS)

    @property
    def root(self) -> int:
        return RESERVED + self.fat_sectors

    @property
    def data(self) -> int:
        """The first sector of cluster 2."""
        return self.root + ROOT_ENTRIES * ENTRY.size // SECTOR

    @property
    def cluster_size(self) -> int:
        return self.cluster_sectors * SECTOR

    @property
    def clusters(self) -> int:
        return (self.sectors - self.data) // self.cluster_sectors

    def offset(self, cluster: int) -> int:
        """Where `cluster` starts, in bytes."""
        return self.data * SECTOR + (cluster - 2) * self.cluster_size

    # The table has each cluster's successor in 16 bits, or in 12, so that two share 3 bytes.

    def link_offset(self, cluster: int) -> int:
        """The offset in the table of the two bytes with the entry of `cluster`."""
        return 2 * cluster if self.fat16 else cluster + cluster // 2

    def link(self, pair: int, cluster: int) -> int:
        """The entry of `cluster` in those two bytes, given as a little-endian number."""
        if self.fat16:
            return pair
        return pair >> 4 if cluster & 1 else pair & 0xFFF

    def with_link(self, pair: int, cluster: int, value: int) -> int:
        """Those two bytes with `value` as the entry of `cluster`."""
        if self.fat16:
            return value & 0xFFFF
        return pair & 0xF | (value & 0xFFF) << 4 if cluster & 1 else pair & 0xF000 | value & 0xFFF


def boot_sector(geometry: Geometry) -> bytes:
    """The first sector, which describes the volume's layout."""
    system = b"FAT16   " if geometry.fat16 else b"FAT     "
    sizes = (SECTOR, geometry.cluster_sectors, RESERVED, 1, ROOT_ENTRIES, geometry.sectors)
    tracks_heads_hidden_large, drive_to_signature = (63, 255, 1, 0), (0x80, 0, 0x29)
    boot = _BOOT.pack(
        *(b"\xeb\xfe\x90", b"MSDOS5.0", *sizes, MEDIA, geometry.fat_sectors),
        *(*tracks_heads_hidden_large, *drive_to_signature, _VOLUME_ID, LABEL, system),
    )
    return boot.ljust(SECTOR - 2, b"\x00") + _SIGNATURE


def short_entry(name: bytes, attributes: int, cluster: int = 0, size: int = 0, case: int = 0) -> bytes:
    """One entry. `name`: 11 bytes. `case`: LOWER_BASE, LOWER_EXTENSION or both."""
    return ENTRY.pack(name, attributes, case, 0, 0, DATE, DATE, 0, 0, DATE, cluster, size)


def dot_entries(cluster: int, parent: int) -> bytes:
    """The first entries of every directory except the root: itself and its parent."""
    dot = short_entry(b".          ", DIRECTORY, cluster)
    return dot + short_entry(b"..         ", DIRECTORY, parent)


def entries(name: str, number: int, attributes: int, cluster: int = 0, size: int = 0) -> bytes:
    """The entries of a name, as FatFs writes them: long-name entries only for what is no 8.3 name with each
    part in one case. Their short entry is just a number, because people see the long one.
    """
    if _SHORT.fullmatch(name):
        base, _, extension = name.partition(".")
        case = (LOWER_BASE if base.islower() else 0) | (LOWER_EXTENSION if extension.islower() else 0)
        plain = base.upper().ljust(8) + extension.upper().ljust(3)
        return short_entry(plain.encode(), attributes, cluster, size, case)
    short = f"F{number:06}~".encode() + b"   "
    checksum = short_name_checksum(short)
    parts = _long_name_parts(name)
    long_entries = [
        _long_entry(part, index + 1 | (0x40 if index == len(parts) - 1 else 0), checksum)
        for index, part in enumerate(parts)
    ]
    return b"".join(reversed(long_entries)) + short_entry(short, attributes, cluster, size)


def _long_name_parts(name: str) -> list[bytes]:
    """The name in UTF-16 in pieces of 13 characters, ended by 0 and padded with 0xFFFF."""
    encoded = name.encode("utf-16-le")
    if len(encoded) % (2 * _LONG_CHARACTERS):
        encoded += b"\x00\x00"
    encoded += b"\xff" * (-len(encoded) % (2 * _LONG_CHARACTERS))
    return [encoded[at : at + 26] for at in range(0, len(encoded), 26)]


def _long_entry(part: bytes, order: int, checksum: int) -> bytes:
    middle = bytes((LONG_NAME, 0, checksum))
    return bytes((order,)) + part[:10] + middle + part[10:22] + b"\x00\x00" + part[22:]


def short_name_checksum(name: bytes) -> int:
    """The checksum that connects long-name entries to the short entry after them."""
    total = 0
    for value in name:
        total = ((total & 1) << 7) + (total >> 1) + value & 0xFF
    return total
