"""Where a release places everything on a board, computed from the names and sizes of a manifest."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.install.manifest import Content, Manifest
from totpkey_protocol import slots, storage
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import BOOT_OUTPUT
from totpkey_volume.circuitpython import SECTOR as FLASH_SECTOR
from totpkey_volume.fat import VolumeFull
from totpkey_volume.fat_format import LAST, Geometry
from totpkey_volume.fat_reader import Extent


@dataclass
class FlashPlan:
    """Where a release has everything on a board, its files' contents being zeros."""

    release: Manifest
    board: str
    volume: bytes
    output: bytes
    geometry: Geometry
    extents: list[Extent]

    @classmethod
    def of(cls, release: Manifest, board: str, output: bytes = b"") -> FlashPlan:
        """`output`: what boot_out.txt holds, where an image has put it. Raises InvalidManifest."""
        files = {path: bytes(content.size) for path, content in release.files.items()}
        files |= dict.fromkeys(storage.FILES, bytes(storage.SIZE))
        if output:
            files[BOOT_OUTPUT] = bytes(len(output))
        try:
            volume = layout.volume(files, board, in_both=True)
        except VolumeFull as problem:
            raise errors.InvalidManifest(
                tr("The release of the manifest does not fit that board: {why}", why=problem), ""
            ) from None
        return cls(
            release, board, volume, output, Geometry.of(len(volume)), list(fat_reader.extents_of(volume))
        )

    @property
    def end(self) -> int:
        """Where the last flash sector that is used ends, in the volume."""
        last = max(extent.start + extent.size for extent in self.extents)
        return -(-last // FLASH_SECTOR) * FLASH_SECTOR

    @property
    def around(self) -> list[Extent]:
        """All but what lies in slots, and the vault's own file."""
        folders = tuple(folder for _, folder, _ in slots.SLOTS)
        apart = {*storage.FILES, slots.SEALS, *(file for _, _, file in slots.SLOTS)}
        return [
            extent
            for extent in self.extents
            if extent.path.split("/")[0] not in folders and extent.path not in apart
        ]

    def place(self, path: str) -> tuple[int, int]:
        extent = next(extent for extent in self.extents if extent.path == path)
        return extent.start, extent.start + extent.size

    def slot(self, name: str) -> bytes:
        """What the slot holds, the contents of files being zeros."""
        files = {path: bytes(content.size) for path, content in self.release.files.items()}
        return layout.slot_content(files, self.board, name)

    def differing(self, volume: bytes | bytearray, name: str) -> list[str]:
        """The paths in a slot that are not this release's; the slot's own for a byte outside of its files."""
        _, folder, file = slots.SLOTS[slots.number(name)]
        start, _ = self.place(file)
        expected = self.slot(name)
        blanked, found = bytearray(volume[start : start + len(expected)]), []
        for extent in self.extents:
            if extent.is_directory or not extent.path.startswith(f"{folder}/"):
                continue
            content = bytes(volume[extent.start : extent.start + extent.size])
            first = slots.SLOTS[0][1] + extent.path.removeprefix(folder)
            if Content.of(content) != self.release.files[first]:
                found.append(extent.path)
            blanked[extent.start - start : extent.start - start + extent.size] = bytes(extent.size)
        return found if blanked == expected else [*found, file]

    def is_free(self, cluster: int) -> bool:
        """Whether a release leaves a cluster free."""
        is_one = 2 <= cluster < self.geometry.clusters + 2
        return is_one and fat_reader.next_cluster(self.volume, self.geometry, cluster) == 0

    # The root, where CircuitPython adds a file at the first start

    def root(self, volume: bytes | bytearray) -> bytes:
        return bytes(volume[slice(*fat_reader.root(self.geometry))])

    def root_names(self, volume: bytes | bytearray) -> set[str]:
        return {record.name for record in fat_reader.records(self.root(volume))}

    def added(self, volume: bytes | bytearray) -> fat_reader.Record | None:
        """The entry of boot_out.txt behind all others."""
        records = list(fat_reader.records(self.root(volume)))
        last = records[-1] if records else None
        count = len(list(fat_reader.records(self.root(self.volume))))
        is_added = last and not last.is_directory and last.name == BOOT_OUTPUT and len(records) == count + 1
        return last if is_added and last and last.first_slot == last.slot else None

    def link(self, volume: bytearray, cluster: int) -> None:
        """Make `cluster` a file of its own in the table of clusters."""
        at = fat_reader.table(self.geometry)[0] + self.geometry.link_offset(cluster)
        pair = int.from_bytes(volume[at : at + 2], "little")
        volume[at : at + 2] = self.geometry.with_link(pair, cluster, LAST).to_bytes(2, "little")
