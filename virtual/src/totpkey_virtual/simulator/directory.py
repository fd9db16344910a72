"""Directories of a volume: finding, adding, changing and removing entries."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from totpkey_volume.fat_format import (
    ARCHIVE,
    DELETED,
    DIRECTORY,
    ENTRY,
    SECTOR,
    dot_entries,
    entries,
)
from totpkey_volume.fat_reader import Record, records

from .volume import Volume

#: Offsets in an entry of its attributes and its first cluster, which the size follows.
_ATTRIBUTES, _CLUSTER = 11, 26
#: First number for short names of new entries. Those in the drive's initial image are lower.
_FIRST_NUMBER = 100_000


@dataclass(frozen=True)
class Place:
    """The place of an entry: a block, and the offset in it."""

    block: int
    offset: int


@lru_cache(maxsize=64)
def _parsed(listing: bytes) -> dict[str, Record]:
    return {record.name.upper(): record for record in records(listing)}


class Directory:
    """One directory. `cluster` is its first cluster, 0 for the root."""

    def __init__(self, volume: Volume, cluster: int = 0) -> None:
        self._volume = volume
        self.cluster = cluster

    def _blocks(self) -> Iterator[int]:
        volume, cluster = self._volume, self.cluster
        if not cluster:
            yield from range(volume.geometry.root, volume.geometry.data)
            return
        for _ in range(volume.geometry.clusters):
            first = volume.first_block(cluster)
            yield from range(first, first + volume.geometry.cluster_sectors)
            cluster = volume.next(cluster)
            if not volume.is_cluster(cluster):
                return

    def _records(self) -> dict[str, Record]:
        """The records by their upper-case names."""
        return self._volume.remembered(self.cluster, self._read)

    def _read(self) -> dict[str, Record]:
        listing = bytearray()
        for block in self._blocks():
            self._volume.move_window(block)
            listing += self._volume.window
            if not self._volume.window[-ENTRY.size]:
                break
        return _parsed(bytes(listing))

    def names(self) -> list[str]:
        return [record.name for record in self._records().values()]

    def find(self, name: str) -> Record | None:
        """The entry of that name, ignoring case."""
        return self._records().get(name.upper())

    def place(self, slot: int) -> Place:
        """The place of the entry at `slot`. Loads it into the window."""
        index, offset = divmod(slot * ENTRY.size, SECTOR)
        block = next(block for number, block in enumerate(self._blocks()) if number == index)
        self._volume.move_window(block)
        return Place(block, offset)

    def add(self, name: str, attributes: int, cluster: int = 0) -> Place:
        """Add an entry, so far in the window only. Raises OSError(ENOSPC)."""
        slots = len(entries(name, 0, attributes)) // ENTRY.size
        first = self._free_slots(slots)
        content = entries(name, _FIRST_NUMBER + first, attributes, cluster)
        for index in range(slots):
            place = self.place(first + index)
            self._volume.change(place.offset, content[index * ENTRY.size : (index + 1) * ENTRY.size])
        return place

    def _free_slots(self, wanted: int) -> int:
        """The first of `wanted` consecutive free slots. The directory grows if there are none."""
        found = slot = 0
        for block in self._blocks():
            self._volume.move_window(block)
            for offset in range(0, SECTOR, ENTRY.size):
                found = found + 1 if self._volume.window[offset] in (0, DELETED) else 0
                slot += 1
                if found == wanted:
                    return slot - wanted
        if not self.cluster:
            raise OSError(errno.ENOSPC, "ENOSPC")
        *_, last = self._clusters()
        self._volume.clear(self._volume.extend(last))
        return slot - found

    def _clusters(self) -> Iterator[int]:
        cluster = self.cluster
        while self._volume.is_cluster(cluster):
            yield cluster
            cluster = self._volume.next(cluster)

    def remove(self, record: Record) -> None:
        """Mark the entry deleted, so far in the window only."""
        for slot in range(record.first_slot, record.slot + 1):
            self._volume.change(self.place(slot).offset, bytes((DELETED,)))

    def add_directory(self, name: str) -> None:
        """Add a directory that holds only the entries of itself and its parent."""
        volume = self._volume
        cluster = volume.extend(0)
        volume.clear(cluster)
        volume.change(0, dot_entries(cluster, self.cluster))
        self.add(name, DIRECTORY, cluster)
        volume.sync()


def set_content(volume: Volume, place: Place, cluster: int, size: int) -> None:
    """Set first cluster and size in the file's entry, so far in the window only."""
    volume.move_window(place.block)
    volume.change(place.offset + _ATTRIBUTES, bytes((ARCHIVE,)))
    content = (cluster & 0xFFFF).to_bytes(2, "little") + size.to_bytes(4, "little")
    volume.change(place.offset + _CLUSTER, content)
