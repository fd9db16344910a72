"""An open file on the drive: FatFs's rules for when data reaches flash, behind Python's file interface."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from totpkey_virtual.simulator import timing
from totpkey_virtual.simulator.buffers import as_bytes
from totpkey_virtual.simulator.machine import Machine
from totpkey_virtual.simulator.volume import Place, Volume, set_content
from totpkey_volume.fat_format import SECTOR

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Content:
    """A file's bytes. Whole blocks bypass the window; partial ones go through it."""

    def __init__(self, volume: Volume, place: Place, cluster: int, size: int) -> None:
        self._volume = volume
        self._place = place
        self._first = cluster
        self._cluster = cluster
        self._block = 0
        self.size = size
        self.position = 0
        #: Whether the directory entry is out of date.
        self.changed = False

    def read(self, count: int) -> bytes:
        """At most `count` bytes from the position on."""
        data = bytearray()
        count = min(count, max(0, self.size - self.position))
        while len(data) < count:
            offset = self.position % SECTOR
            left = count - len(data)
            blocks = self._enter_block(self._volume.next) if not offset else 0
            whole = min(blocks, left // SECTOR)
            if whole:
                first = self._block
                if whole == blocks:
                    whole += self._run_on(left // SECTOR - whole)
                piece = self._volume.read_blocks(first, whole)
            else:
                self._volume.move_window(self._block)
                piece = bytes(self._volume.window[offset : offset + left])
            data += piece
            self.position += len(piece)
        return bytes(data)

    def write(self, data: bytes) -> None:
        """Write at the position, and grow as needed. Raises OSError(ENOSPC)."""
        done = 0
        while done < len(data):
            offset = self.position % SECTOR
            left = len(data) - done
            blocks = self._enter_block_to_write() if not offset else 0
            count = min(blocks, left // SECTOR) * SECTOR
            if count:
                self._volume.write_blocks(self._block, data[done : done + count])
            else:
                count = min(SECTOR - offset, left)
                self._change_window(offset, data[done : done + count])
            done += count
            self.position += count
            self.size = max(self.size, self.position)
        self.changed = self.changed or bool(data)

    def _enter_block(self, following: Callable[[int], int]) -> int:
        """Go to the block at the position. Returns how many blocks of its cluster are left."""
        index = self.position // SECTOR % self._volume.geometry.cluster_sectors
        if not index:
            self._cluster = following(self._cluster) if self.position else self._first
        self._block = self._volume.first_block(self._cluster) + index
        return self._volume.geometry.cluster_sectors - index

    def _run_on(self, most: int) -> int:
        """Enter the clusters behind this one, as FatFs does one by one, as far as `most` blocks reach.

        Returns how many blocks these are.
        """
        size = self._volume.geometry.cluster_sectors
        entered = min(self._volume.run(self._cluster), -(-most // size))
        if not entered:
            return 0
        self._cluster = self._volume.next(self._cluster + entered - 1)
        self._block = self._volume.first_block(self._cluster)
        return min(most, entered * size)

    def _enter_block_to_write(self) -> int:
        volume, previous = self._volume, self._block
        if not self._first:
            self._first = volume.extend(0)
        blocks = self._enter_block(volume.extend)
        if volume.block == previous:
            volume.write_window_back()
        return blocks

    def _change_window(self, offset: int, data: bytes) -> None:
        if not offset and self.position >= self.size:
            self._volume.open_window(self._block)
        self._volume.move_window(self._block)
        self._volume.change(offset, data)

    def seek(self, position: int, may_grow: bool) -> None:
        """Go to `position`. Beyond the end, the file grows if `may_grow`."""
        if position > self.size and not may_grow:
            position = self.size
        following = self._volume.extend if may_grow else self._volume.next
        if position:
            self._follow_to(position - 1, following)
        self.position = position
        if position > self.size:
            self.size = position
            self.changed = True

    def _follow_to(self, byte: int, following: Callable[[int], int]) -> None:
        """Go to the cluster and block of `byte`, from here if that is shorter."""
        cluster_size = self._volume.geometry.cluster_size
        index = byte // cluster_size
        here = (self.position - 1) // cluster_size
        if not self.position or index < here:
            self._first = self._first or self._volume.extend(0)
            self._cluster, here = self._first, 0
        steps = index - here
        while steps:
            skipped = max(0, min(self._volume.run(self._cluster), steps) - 1)
            self._cluster = following(self._cluster + skipped)
            steps -= skipped + 1
        self._block = self._volume.first_block(self._cluster) + byte % cluster_size // SECTOR

    def sync(self) -> None:
        """Update the directory entry and write all back to flash, if anything was written."""
        if self.changed:
            set_content(self._volume, self._place, self._first, self.size)
            self._volume.sync()
            self.changed = False


class DriveFile(io.RawIOBase):
    """One open file, unbuffered as FatFs is."""

    def __init__(
        self,
        content: Content,
        machine: Machine,
        path: str,
        mode: str,
        closed: Callable[[DriveFile], None],
    ) -> None:
        super().__init__()
        self._content = content
        self._machine = machine
        self._tell_closed = closed
        self.name = path
        #: Set once the run that opened it is over: Python's finalisers must not write to the drive.
        self.abandoned = False
        self._readable = mode.startswith("r") or "+" in mode
        self._writable = not mode.startswith("r") or "+" in mode

    def readable(self) -> bool:
        """Always true, so that a read in the wrong mode fails with EACCES, as on the chip."""
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._readable:
            raise OSError(errno.EACCES, "EACCES")
        self._machine.spend(timing.CALL)
        room = memoryview(buffer).cast("B")
        data = self._content.read(len(room))
        room[: len(data)] = data
        return len(data)

    def write(self, buffer: ReadableBuffer | str) -> int:
        data = as_bytes(buffer)
        if self._dead:
            return len(data)
        if not self._writable:
            raise OSError(errno.EACCES, "EACCES")
        self._machine.spend(timing.CALL)
        self._content.write(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        position = (0, self._content.position, self._content.size)[whence] + offset
        if position < 0:
            raise OSError(errno.EINVAL, "EINVAL")
        self._content.seek(position, self._writable)
        return self._content.position

    def tell(self) -> int:
        return self._content.position

    def flush(self) -> None:
        if not self._dead:
            self._content.sync()

    def close(self) -> None:
        if not self._dead:
            self._content.sync()
            self._tell_closed(self)
        super().close()

    @property
    def _dead(self) -> bool:
        return self.closed or self.abandoned or self._machine.halted
