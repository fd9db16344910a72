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


@dataclass(frozen=True)
class _Found:
    """What was found on the drive, and the last block that was read for it."""

    generation: int
    value: Any
    block: int


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
        self._found: dict[Hashable, _Found] = {}
        self._known_runs: tuple[int | None, bytes] = None, b""
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
        """What `look` finds, or found under that name while all blocks read as now.

        The window ends up where FatFs's search leaves it.
        """
        found, generation = self._found.get(name), self.generation
        if found and found.generation == generation:
            self.move_window(found.block)
            value: Found = found.value
            return value
        value = look()
        if generation is not None:
            self._found[name] = _Found(generation, value, self._block)
        return value

    @property
    def block(self) -> int:
        """The block in the window."""
        return self._block

    def move_window(self, block: int) -> None:
        if block != self._block:
            self.write_window_back()
            self.window[:] = self.device.read(block)
            self._block = block

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
            runs = _runs(self.geometry, self.device.read(RESERVED, self.geometry.fat_sectors))
            self._known_runs = generation, runs
        runs = self._known_runs[1]
        return runs[cluster] if cluster < len(runs) else 0

    def _table_byte(self, at: int) -> int:
        block = RESERVED + at // SECTOR
        if block != self._block:
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
