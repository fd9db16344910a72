"""Builds an image of the CIRCUITPY volume from files, laid out as CircuitPython formats it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from totpkey_volume import circuitpython
from totpkey_volume.fat_format import (
    ARCHIVE,
    BAD,
    DATE,
    DIRECTORY,
    ENTRY,
    LABEL,
    LAST,
    MEDIA,
    RESERVED,
    ROOT_ENTRIES,
    SECTOR,
    VOLUME,
    Geometry,
    boot_sector,
    dot_entries,
    entries,
)

#: The unit of erasing flash.
FLASH_SECTOR = circuitpython.SECTOR


class VolumeFull(ValueError):
    """The files do not fit the volume."""


@dataclass
class _Node:
    """A file, or a directory with children."""

    name: str
    content: bytes = b""
    children: dict[str, _Node] | None = None
    #: Whether it shares no flash sector with anything else.
    alone: bool = False
    #: Whether it is a folder whose content is that of a file.
    in_file: bool = False
    cluster: int = 0
    parent_cluster: int = 0

    def length(self) -> int:
        if self.children is None:
            return len(self.content)
        # Itself, its parent, and a final entry of zeros, since a slot's chain continues after the directory.
        return 3 * ENTRY.size + sum(len(_entry(child, 0)) for child in self.children.values())


@dataclass(frozen=True)
class Slot:
    """A folder in the root whose whole tree is in the clusters of one preallocated file.

    Overwriting `file` in place replaces `folder` and everything in it, without touching the FAT or any other
    directory.
    """

    folder: str
    file: str
    size: int
    files: Mapping[str, bytes]


def folder(path: Path) -> dict[str, bytes]:
    """The files below `path`, by path with forward slashes.

    Leaves out Python's compiled files, which pip creates when it installs the command.
    """
    return {"/".join(parts): _content(file) for parts, file in sorted(walk(path))}


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def walk(folder: Path | str, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each file below `folder`: the parts of its path there, and its whole path."""
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from walk(entry.path, (*above, entry.name))
            elif entry.is_file():
                yield (*above, entry.name), entry.path


def build(
    files: Mapping[str, bytes], size: int, alone: Collection[str] = (), slots: Sequence[Slot] = ()
) -> bytes:
    """A volume of `size` bytes holding `files` and `slots`, each file contiguous.

    Files in `alone`, those of slots, and their directories share no 4 KB flash sector with anything else, so
    a power cut while one is rewritten damages only that one. They come first, so that their places depend
    only on their sizes. Raises VolumeFull.
    """
    preallocated = {slot.file: bytes(slot.size) for slot in slots}
    root = _tree({**files, **preallocated}, {*alone, *preallocated})
    return _Builder(Geometry.of(size)).build(root, slots)


def slot_content(slot: Slot, geometry: Geometry, cluster: int) -> bytes:
    """The content of the file of `slot` at `cluster`, in whole flash sectors. Raises VolumeFull."""
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
            # First in the root, because every search for a module passes it.
            root.children = {slot.folder: folder, **_children(root)}
        label = ENTRY.pack(LABEL, VOLUME, 0, 0, 0, 0, 0, 0, 0, DATE, 0, 0)
        listing = label + self._listing(root)
        if len(listing) > (geometry.data - geometry.root) * SECTOR:
            raise VolumeFull(f"The root directory holds {ROOT_ENTRIES} entries. Put files into folders.")
        image[geometry.root * SECTOR : geometry.root * SECTOR + len(listing)] = listing
        self._write(image, root)
        fat = self._packed_fat()
        image[RESERVED * SECTOR : RESERVED * SECTOR + len(fat)] = fat
        return bytes(image)

    def slot(self, slot: Slot) -> bytes:
        """Lay out the tree of a slot, from the next cluster on."""
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
        """Allocate clusters for everything below `node`, a folder's files directly after it."""
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
        """Go to the first cluster that shares no flash sector with allocated ones.

        Marks those between as bad, so that no new file gets them.
        """
        end = self.geometry.offset(self.next_cluster)
        boundary = -(-end // FLASH_SECTOR) * FLASH_SECTOR
        first = self.next_cluster + -(-(boundary - end) // self.geometry.cluster_size)
        self.fat |= dict.fromkeys(range(self.next_cluster, first), BAD)
        self.next_cluster = first

    def _packed_fat(self) -> bytes:
        geometry, links = self.geometry, {0: 0xFF00 | MEDIA, 1: LAST} | self.fat
        table = bytearray(geometry.fat_sectors * SECTOR)
        for cluster, value in links.items():
            at = geometry.link_offset(cluster)
            pair = int.from_bytes(table[at : at + 2], "little")
            table[at : at + 2] = geometry.with_link(pair, cluster, value).to_bytes(2, "little")
        return bytes(table)

    def _listing(self, directory: _Node) -> bytes:
        # Folders first, because every search for a module passes some.
        children = sorted(_children(directory).values(), key=lambda child: child.children is None)
        return b"".join(_entry(child, number) for number, child in enumerate(children))

    def _write(self, image: bytearray, directory: _Node) -> None:
        for child in _children(directory).values():
            if child.in_file:
                continue
            content = child.content
            if child.children is not None:
                content = dot_entries(child.cluster, child.parent_cluster) + self._listing(child)
                self._write(image, child)
            start = self.geometry.offset(child.cluster)
            if content:
                image[start : start + len(content)] = content


def _entry(node: _Node, number: int) -> bytes:
    attributes = ARCHIVE if node.children is None else DIRECTORY
    return entries(node.name, number, attributes, node.cluster, len(node.content))
