"""FatFs below the level of files: its window of one block, the allocation table, cluster chains, directories.

The order of reads and writes decides what a power cut can damage. So it is FatFs's order, with the options
that CircuitPython chooses (FF_FS_TINY: one window for everything). Below it, the drive is a block device with
CircuitPython's cache of one flash sector, without a journal (CircuitPython
ports/raspberrypi/supervisor/internal_flash.c and supervisor/shared/flash.c).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from totpkey_virtual.flash import DRIVE_START
from totpkey_virtual.flash import SECTOR as FLASH_SECTOR
from totpkey_virtual.simulator.flash import Flash
from totpkey_virtual.simulator.machine import SECOND, Machine
from totpkey_volume.fat_format import (
    ARCHIVE,
    DELETED,
    DIRECTORY,
    ENTRY,
    LAST,
    RESERVED,
    SECTOR,
    Geometry,
    boot_sector,
    dot_entries,
    entries,
)
from totpkey_volume.fat_reader import Record, records

_WRITE_BACK = SECOND


class BlockDevice:
    """Blocks of 512 bytes. A written block stays in the cache until another flash sector is written, anything
    is read, `flush` is called, or a second has passed."""

    def __init__(self, flash: Flash, machine: Machine) -> None:
        self._flash = flash
        self._machine = machine
        #: The address of the cached sector; None without one.
        self._address: int | None = None
        self._cache = bytearray()
        self._write_back_due = False

    @property
    def size(self) -> int:
        return len(self._flash.cells) - DRIVE_START

    @property
    def generation(self) -> int | None:
        """Equal only while all blocks read as before. None while the cache is yet to be written back."""
        return self._flash.generation if self._address is None else None

    def read(self, block: int, count: int = 1) -> bytes:
        if self._address is not None:
            self.flush()
        start = DRIVE_START + block * SECTOR
        return bytes(self._flash.cells[start : start + count * SECTOR])

    def has(self, block: int, data: bytes) -> bool:
        """Whether flash holds `data` from that block on."""
        return self._flash.cells.startswith(data, DRIVE_START + block * SECTOR)

    def write(self, block: int, data: bytes) -> None:
        for offset in range(0, len(data), SECTOR):
            self._write_one(DRIVE_START + block * SECTOR + offset, data[offset : offset + SECTOR])
        if not self._write_back_due:
            self._write_back_due = True
            self._machine.after(_WRITE_BACK, self._write_back)

    def _write_one(self, address: int, data: bytes) -> None:
        sector = address & ~(FLASH_SECTOR - 1)
        if self._address != sector:
            self.flush()
            self._cache = self._flash.cells[sector : sector + FLASH_SECTOR]
            self._address = sector
        self._cache[address - sector : address - sector + SECTOR] = data

    def flush(self) -> None:
        """Write the cached sector to flash, changed or not."""
        if self._address is not None:
            address, self._address = self._address, None
            self._flash.rewrite_sector(address, bytes(self._cache), self._machine.hush)

    def drop(self) -> None:
        """Lose the cache, as when the chip resets."""
        self._address = None

    def _write_back(self) -> None:
        self._write_back_due = False
        self.flush()


Found = TypeVar("Found")

#: The fields that FatFs checks: the jump, the layout, the type and the signature.
_CHECKED = (slice(0, 1), slice(11, 24), slice(54, 57), slice(510, 512))
_FREE = 0


class NoFileSystem(Exception):
    """The first block is not a boot sector that CircuitPython would mount."""


#: Blocks that were read, by the number of the first and their size in bytes.
_Blocks = dict[tuple[int, int], bytes]


@dataclass(frozen=True)
class _Found:
    """What was found on a drive, all that was read for it, and the last block; None if nothing was."""

    value: Any
    read: _Blocks
    block: int | None


#: What was found on the drives of any keys, by the drive's size and a name. It holds wherever the same blocks
#: read alike, as the firmware's files do at each of its starts.
_found_before: dict[tuple[int, Hashable], _Found] = {}
_MOST_FOUND = 4096


@lru_cache(maxsize=16)
def _runs(geometry: Geometry, table: bytes) -> bytes:
    """For each cluster how many follow it in its chain and on the drive, up to 255."""
    runs = bytearray(geometry.clusters + 2)
    for cluster in range(geometry.clusters, 1, -1):
        at = geometry.link_offset(cluster)
        if geometry.link(table[at] | table[at + 1] << 8, cluster) == cluster + 1:
            runs[cluster] = min(runs[cluster + 1] + 1, 255)
    return bytes(runs)


class Volume:
    """A mounted volume. Methods raise OSError: EIO for an invalid table, ENOSPC when it is full."""

    def __init__(self, device: BlockDevice) -> None:
        """Raises NoFileSystem."""
        self.device = device
        self.geometry = Geometry.of(device.size)
        self.window = bytearray(SECTOR)
        self._block = -1
        self._changed = False
        #: What was found on this drive, and at which generation.
        self._found: dict[Hashable, tuple[int, _Found]] = {}
        #: What is read for the search that is under way; None without one.
        self._reads: _Blocks | None = None
        self._known_runs: tuple[int | None, bytes, bytes] = None, b"", b""
        #: Where the search for a free cluster starts.
        self.last_cluster = 1
        self._end = self.geometry.clusters + 2
        self.move_window(0)
        expected = boot_sector(self.geometry)
        if any(self.window[part] != expected[part] for part in _CHECKED):
            raise NoFileSystem

    # The window

    @property
    def generation(self) -> int | None:
        """Equal only while all blocks read as before. None while something is yet to be written back."""
        return None if self._changed else self.device.generation

    def remembered(self, name: Hashable, look: Callable[[], Found]) -> Found:
        """What `look` finds, or found under that name where all blocks that it read were as now.

        The window ends up where FatFs's search leaves it. `look` only reads.
        """
        generation = self.generation
        if generation is None:
            return look()
        then, found = self._found.get(name, (None, None))
        if found is None or then != generation:
            found = self._found_on_any_key(name, look)
            self._found[name] = generation, found
        if found.block is not None:
            self.move_window(found.block)
        if self._reads is not None:
            self._reads |= found.read
        value: Found = found.value
        return value

    def _found_on_any_key(self, name: Hashable, look: Callable[[], object]) -> _Found:
        found = _found_before.get((self.device.size, name))
        if found is None or not all(self.device.has(block, data) for (block, _), data in found.read.items()):
            if len(_found_before) >= _MOST_FOUND:
                _found_before.clear()
            found = _found_before[self.device.size, name] = self._search(look)
        return found

    def _search(self, look: Callable[[], object]) -> _Found:
        outer, self._reads = self._reads, {}
        try:
            value = look()
            return _Found(value, self._reads, self._block if self._reads else None)
        finally:
            self._reads = outer

    @property
    def block(self) -> int:
        """The block in the window."""
        return self._block

    def move_window(self, block: int) -> None:
        if block != self._block:
            self.write_window_back()
            self.window[:] = self.device.read(block)
            self._block = block
        if self._reads is not None:
            self._reads[block, SECTOR] = bytes(self.window)

    def open_window(self, block: int) -> None:
        """Move the window to a block without loading its content."""
        self.write_window_back()
        self._block = block

    def change(self, offset: int, data: bytes) -> None:
        """Overwrite part of the window."""
        self.window[offset : offset + len(data)] = data
        self._changed = True

    def write_window_back(self) -> None:
        if self._changed:
            self._changed = False
            self.device.write(self._block, bytes(self.window))

    def sync(self) -> None:
        """Write the window and the device's cache to flash."""
        self.write_window_back()
        self.device.flush()

    # Whole blocks beside the window

    def read_blocks(self, block: int, count: int) -> bytes:
        data = self.device.read(block, count)
        if self._reads is not None:
            self._reads[block, len(data)] = data
        at = (self._block - block) * SECTOR
        if self._changed and 0 <= at < len(data):
            return data[:at] + self.window + data[at + SECTOR :]
        return data

    def write_blocks(self, block: int, data: bytes) -> None:
        self.device.write(block, data)
        at = (self._block - block) * SECTOR
        if 0 <= at < len(data):
            self.window[:] = data[at : at + SECTOR]
            self._changed = False

    # Clusters

    def first_block(self, cluster: int) -> int:
        if not 2 <= cluster < self._end:
            raise OSError(errno.EIO, "EIO")
        return self.geometry.data + (cluster - 2) * self.geometry.cluster_sectors

    def is_cluster(self, value: int) -> bool:
        """Whether a table entry names a next cluster, and is not free, bad or last."""
        return 2 <= value < self._end

    def next(self, cluster: int) -> int:
        """The table's entry for `cluster`."""
        at = self.geometry.link_offset(cluster)
        pair = self._table_byte(at) | self._table_byte(at + 1) << 8
        return self.geometry.link(pair, cluster)

    def run(self, cluster: int) -> int:
        """How many clusters follow `cluster` in its chain and on the drive, without a look into the window.

        0 while something is yet to be written back.
        """
        generation = self.generation
        if generation is None:
            return 0
        if generation != self._known_runs[0]:
            table = self.device.read(RESERVED, self.geometry.fat_sectors)
            self._known_runs = generation, _runs(self.geometry, table), table
        _, runs, table = self._known_runs
        if self._reads is not None:
            self._reads[RESERVED, len(table)] = table
        return runs[cluster] if cluster < len(runs) else 0

    def _table_byte(self, at: int) -> int:
        block = RESERVED + at // SECTOR
        if block != self._block or self._reads is not None:
            self.move_window(block)
        return self.window[at % SECTOR]

    def _set_next(self, cluster: int, value: int) -> None:
        at, pair = self.geometry.link_offset(cluster), 0
        # FatFs overwrites a 16-bit entry, but reads a 12-bit one first, since it shares a byte.
        if not self.geometry.fat16:
            pair = self._table_byte(at) | self._table_byte(at + 1) << 8
        pair = self.geometry.with_link(pair, cluster, value)
        for offset, byte in enumerate(pair.to_bytes(2, "little")):
            self._table_byte(at + offset)
            self.change((at + offset) % SECTOR, bytes((byte,)))

    def extend(self, cluster: int) -> int:
        """The cluster after `cluster`, allocated if there is none. 0 begins a chain."""
        if cluster:
            following = self.next(cluster)
            if following < 2:
                raise OSError(errno.EIO, "EIO")
            if following < self._end:
                return following
        new = self._find_free(cluster)
        self._set_next(new, LAST)
        if cluster:
            self._set_next(cluster, new)
        self.last_cluster = new
        return new

    def _find_free(self, cluster: int) -> int:
        """A free cluster: the one after `cluster`, or the first after the last one allocated."""
        if cluster and cluster + 1 < self._end and self.next(cluster + 1) == _FREE:
            return cluster + 1
        start = max(self.last_cluster, 1)
        for candidate in chain(range(start + 1, self._end), range(2, start + 1)):
            if self.next(candidate) == _FREE:
                return candidate
        raise OSError(errno.ENOSPC, "ENOSPC")

    def free(self, cluster: int) -> None:
        """Free a whole chain."""
        while self.is_cluster(cluster):
            following = self.next(cluster)
            if following == _FREE:
                return
            self._set_next(cluster, _FREE)
            cluster = following

    def clear(self, cluster: int) -> None:
        """Fill a cluster with zeros, and leave the window at its start."""
        block = self.first_block(cluster)
        self.open_window(block)
        self.window[:] = bytes(SECTOR)
        for index in range(self.geometry.cluster_sectors):
            self.device.write(block + index, bytes(SECTOR))

    def count_free(self) -> int:
        return sum(self.next(cluster) == _FREE for cluster in range(2, self._end))


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
