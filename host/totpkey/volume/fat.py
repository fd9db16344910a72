"""The CIRCUITPY volume: a FAT12 or FAT16 image of a set of files, laid out as CircuitPython formats it.

Structures: Microsoft, FAT: General Overview of On-Disk Format, version 1.03. Geometry: what `f_mkfs` of
oofatfs chooses for CircuitPython's block device, with one FAT and 512 root entries.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from totpkey.volume import flash_map

SECTOR = 512
#: What the flash erases at once.
FLASH_SECTOR = flash_map.SECTOR
LABEL = b"CIRCUITPY  "

ENTRY = struct.Struct("<11sBBBHHHHHHHI")
_BOOT = struct.Struct("<3s8sHBHBHHBHHHIIBBBI11s8s")
_ROOT_ENTRIES, RESERVED, _MEDIA = 512, 1, 0xF8
_FAT12_MOST_CLUSTERS = 4085
_VOLUME_ID = int.from_bytes(b"totp")
_READ_ONLY, _HIDDEN, _SYSTEM, VOLUME, DIRECTORY, ARCHIVE = 1, 2, 4, 8, 16, 32
LONG_NAME = _READ_ONLY | _HIDDEN | _SYSTEM | VOLUME
#: 2026-01-01, so that equal files make equal images.
_DATE = (2026 - 1980) << 9 | 1 << 5 | 1
#: FAT entries: a bad cluster, the last of a chain. FAT12 has their lower 12 bits.
_BAD, LAST = 0xFFF7, 0xFFFF
#: First byte of an entry that is free again.
DELETED = 0xE5
_LONG_CHARACTERS = 13


class VolumeFull(ValueError):
    """The files do not fit the volume."""


@dataclass(frozen=True)
class Geometry:
    """Where things lie on a volume of `sectors`, in sectors of 512 bytes."""

    sectors: int
    cluster_sectors: int
    fat_sectors: int
    fat16: bool

    @classmethod
    def of(cls, size: int) -> Geometry:
        """The geometry of a volume of `size` bytes, below 8 MB."""
        sectors = size // SECTOR
        cluster_sectors = 1 if sectors < 4096 else 2
        clusters = sectors // cluster_sectors
        fat16 = clusters > _FAT12_MOST_CLUSTERS
        fat_bytes = clusters * 2 + 4 if fat16 else (clusters * 3 + 1) // 2 + 3
        return cls(sectors, cluster_sectors, -(-fat_bytes // SECTOR), fat16)

    @property
    def root(self) -> int:
        return RESERVED + self.fat_sectors

    @property
    def data(self) -> int:
        """The first sector of cluster 2."""
        return self.root + _ROOT_ENTRIES * ENTRY.size // SECTOR

    @property
    def cluster_size(self) -> int:
        return self.cluster_sectors * SECTOR

    @property
    def clusters(self) -> int:
        return (self.sectors - self.data) // self.cluster_sectors

    def offset(self, cluster: int) -> int:
        """Where `cluster` starts, in bytes."""
        return self.data * SECTOR + (cluster - 2) * self.cluster_size


@dataclass
class _Node:
    """A file, or a directory with children."""

    name: str
    content: bytes = b""
    children: dict[str, _Node] | None = None
    #: Shares no flash sector with anything else.
    alone: bool = False
    #: A folder whose content is that of a file.
    in_file: bool = False
    cluster: int = 0
    parent_cluster: int = 0

    def length(self) -> int:
        if self.children is None:
            return len(self.content)
        # Itself, its parent, and at the end one of zeros: in a slot the chain goes on behind the directory.
        return ENTRY.size * (3 + sum(len(_names(child.name)) + 1 for child in self.children.values()))


@dataclass(frozen=True)
class Slot:
    """A folder in the root whose whole tree lies in the clusters of one preallocated file.

    Whoever overwrites `file` in place replaces `folder` with all that is in it, and touches neither the FAT
    nor any other directory.
    """

    folder: str
    file: str
    size: int
    files: Mapping[str, bytes]


def folder(path: Path) -> dict[str, bytes]:
    """The files below `path`, by their path with forward slashes.

    Without what Python has compiled there: pip does that to the drive's files when it installs the command.
    """
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.parent.name != "__pycache__")
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def build(
    files: Mapping[str, bytes], size: int, alone: Collection[str] = (), slots: Sequence[Slot] = ()
) -> bytes:
    """A volume of `size` bytes holding `files` and `slots`, each file contiguous.

    Files named in `alone`, those of slots, and the directories they lie in, share no 4 KB flash sector with
    anything else: power may fail while one is rewritten, and only it is hurt. They come first, so that their
    places follow from their sizes alone. Raises VolumeFull.
    """
    preallocated = {slot.file: bytes(slot.size) for slot in slots}
    root = _tree({**files, **preallocated}, {*alone, *preallocated})
    return _Builder(Geometry.of(size)).build(root, slots)


def slot_content(slot: Slot, geometry: Geometry, cluster: int) -> bytes:
    """What the file of `slot`, beginning at `cluster`, is to hold: whole flash sectors. Raises VolumeFull."""
    return _Builder(geometry, next_cluster=cluster).slot(slot)


def _tree(files: Mapping[str, bytes], alone: Collection[str]) -> _Node:
    root = _Node("", children={})
    for path in sorted(files):
        *folders, name = path.split("/")
        node = root
        for part in folders:
            node = _child(node, part)
            node.alone = node.alone or path in alone
        _children(node)[name] = _Node(name, files[path], alone=path in alone)
    return root


def _children(node: _Node) -> dict[str, _Node]:
    return node.children if node.children is not None else {}


def _find(root: _Node, path: str) -> _Node:
    node = root
    for part in path.split("/"):
        node = _children(node)[part]
    return node


def _child(node: _Node, name: str) -> _Node:
    return _children(node).setdefault(name, _Node(name, children={}))


@dataclass
class _Builder:
    geometry: Geometry
    fat: dict[int, int] = field(default_factory=dict[int, int])
    next_cluster: int = 2

    def build(self, root: _Node, slots: Sequence[Slot] = ()) -> bytes:
        geometry = self.geometry
        image = bytearray(geometry.sectors * SECTOR)
        image[:SECTOR] = boot_sector(geometry)
        self._allocate(root)
        for slot in reversed(slots):
            file = _find(root, slot.file)
            file.content = slot_content(slot, geometry, file.cluster).ljust(slot.size, b"\x00")
            folder = _Node(slot.folder, children={}, in_file=True, cluster=file.cluster)
            # First in the root: each module that is looked for is looked for by way of it.
            root.children = {slot.folder: folder, **_children(root)}
        label = ENTRY.pack(LABEL, VOLUME, 0, 0, 0, 0, 0, 0, 0, _DATE, 0, 0)
        listing = label + self._listing(root)
        if len(listing) > (geometry.data - geometry.root) * SECTOR:
            raise VolumeFull(f"The root directory holds {_ROOT_ENTRIES} entries. Put files into folders.")
        image[geometry.root * SECTOR : geometry.root * SECTOR + len(listing)] = listing
        self._write(image, root)
        fat = self._packed_fat()
        image[RESERVED * SECTOR : RESERVED * SECTOR + len(fat)] = fat
        return bytes(image)

    def slot(self, slot: Slot) -> bytes:
        """The tree of a slot, laid out from the next cluster on."""
        geometry, start = self.geometry, self.geometry.offset(self.next_cluster)
        tree = _tree(slot.files, ())
        tree.name = slot.folder
        above = _Node("", children={slot.folder: tree})
        self._allocate(above)
        used = geometry.offset(self.next_cluster) - start
        if used > slot.size:
            raise VolumeFull(f"The files take {used} bytes, and {slot.file} holds {slot.size}.")
        image = bytearray(geometry.sectors * SECTOR)
        self._write(image, above)
        return bytes(image[start : start + -(-used // FLASH_SECTOR) * FLASH_SECTOR])

    def _allocate(self, node: _Node) -> None:
        """Give clusters to everything below `node`, files of a folder right behind it."""
        for child in sorted(_children(node).values(), key=lambda child: not child.alone):
            child.parent_cluster = node.cluster
            self._place(child)
            self._allocate(child)

    def _place(self, node: _Node) -> None:
        count = -(-node.length() // self.geometry.cluster_size)
        if not count:
            return
        if node.alone:
            self._skip_to_flash_sector()
        first = node.cluster = self.next_cluster
        self.next_cluster += count
        if self.next_cluster > self.geometry.clusters + 2:
            size = self.geometry.sectors // 2
            raise VolumeFull(f"The files do not fit a volume of {size} KB. Leave some out.")
        for cluster in range(first, self.next_cluster - 1):
            self.fat[cluster] = cluster + 1
        self.fat[self.next_cluster - 1] = LAST
        if node.alone:
            self._skip_to_flash_sector()

    def _skip_to_flash_sector(self) -> None:
        """Go to the first cluster that shares no flash sector with the clusters given out.

        Those between are marked bad, so that no new file gets them.
        """
        end = self.geometry.offset(self.next_cluster)
        boundary = -(-end // FLASH_SECTOR) * FLASH_SECTOR
        first = self.next_cluster + -(-(boundary - end) // self.geometry.cluster_size)
        self.fat |= dict.fromkeys(range(self.next_cluster, first), _BAD)
        self.next_cluster = first

    def _packed_fat(self) -> bytes:
        links = [0xFF00 | _MEDIA, LAST] + [self.fat.get(n, 0) for n in range(2, self.next_cluster)]
        if self.geometry.fat16:
            return struct.pack(f"<{len(links)}H", *links)
        links.append(0)
        pairs = zip(links[::2], links[1::2], strict=False)
        return b"".join((a & 0xFFF | (b & 0xFFF) << 12).to_bytes(3, "little") for a, b in pairs)

    def _listing(self, directory: _Node) -> bytes:
        return b"".join(_entry(child, number) for number, child in enumerate(_children(directory).values()))

    def _write(self, image: bytearray, directory: _Node) -> None:
        for child in _children(directory).values():
            if child.in_file:
                continue
            content = child.content
            if child.children is not None:
                dots = short_entry(b".          ", DIRECTORY, child.cluster, 0)
                dots += short_entry(b"..         ", DIRECTORY, child.parent_cluster, 0)
                content = dots + self._listing(child)
                self._write(image, child)
            start = self.geometry.offset(child.cluster)
            if content:
                image[start : start + len(content)] = content


def boot_sector(geometry: Geometry) -> bytes:
    """The first sector, which says how the volume is laid out."""
    system = b"FAT16   " if geometry.fat16 else b"FAT     "
    sizes = (SECTOR, geometry.cluster_sectors, RESERVED, 1, _ROOT_ENTRIES, geometry.sectors)
    tracks_heads_hidden_large, drive_to_signature = (63, 255, 1, 0), (0x80, 0, 0x29)
    boot = _BOOT.pack(
        *(b"\xeb\xfe\x90", b"MSDOS5.0", *sizes, _MEDIA, geometry.fat_sectors),
        *(*tracks_heads_hidden_large, *drive_to_signature, _VOLUME_ID, LABEL, system),
    )
    return boot.ljust(SECTOR - 2, b"\x00") + b"\x55\xaa"


def short_entry(name: bytes, attributes: int, cluster: int = 0, size: int = 0, case: int = 0) -> bytes:
    """One entry. `name`: 11 bytes. `case`: bits 3 and 4 say that base and extension are in lower case."""
    return ENTRY.pack(name, attributes, case, 0, 0, _DATE, _DATE, 0, 0, _DATE, cluster, size)


def _entry(node: _Node, number: int) -> bytes:
    attributes = ARCHIVE if node.children is None else DIRECTORY
    return entries(node.name, number, attributes, node.cluster, len(node.content))


def entries(name: str, number: int, attributes: int, cluster: int = 0, size: int = 0) -> bytes:
    """Long-name entries and the short entry, whose name is only a number: long names are what people see."""
    short = f"F{number:06}~".encode() + b"   "
    checksum = short_name_checksum(short)
    parts = _names(name)
    long_entries = [
        _long_entry(part, index + 1 | (0x40 if index == len(parts) - 1 else 0), checksum)
        for index, part in enumerate(parts)
    ]
    return b"".join(reversed(long_entries)) + short_entry(short, attributes, cluster, size)


def _names(name: str) -> list[bytes]:
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
    """What ties long-name entries to the short entry behind them."""
    total = 0
    for value in name:
        total = ((total & 1) << 7) + (total >> 1) + value & 0xFF
    return total
