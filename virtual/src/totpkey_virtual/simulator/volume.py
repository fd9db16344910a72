"""FatFs below the level of files: its window of one block, the allocation table, cluster chains.

The order of reads and writes decides what a power cut can damage. So it is FatFs's order, with the options
that CircuitPython chooses (FF_FS_TINY: one window for everything).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from totpkey_volume.fat_format import LAST, RESERVED, SECTOR, Geometry, boot_sector

from .blocks import BlockDevice

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
