"""The two seals that say which slot of firmware starts, read as `start` on the key reads them."""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Mapping
from dataclasses import dataclass

from totpkey_protocol import slots

_CRC = 4


@dataclass(frozen=True)
class Seal:
    """`length` and SHA-256 of the slot's content."""

    sequence: int
    length: int
    digest: bytes


@dataclass(frozen=True)
class Seals:
    """`by_slot`: a whole seal, or None. `are_plain`: whether nothing else stands in their pages."""

    by_slot: Mapping[str, Seal | None]
    are_plain: bool

    @classmethod
    def read(cls, content: bytes | bytearray) -> Seals:
        pages = {
            name: bytes(content[at * slots.STRIDE :][: slots.PAGE])
            for at, (name, _, _) in enumerate(slots.SLOTS)
        }
        found = {name: _seal(page) for name, page in pages.items()}
        rest = b"".join(
            page[slots.SEAL_SIZE + _CRC :] if found[name] else page for name, page in pages.items()
        )
        return cls(found, not rest.strip(b"\xff"))

    @property
    def started(self) -> str:
        """The slot that starts. On a key without seals, the first."""
        first, second = (self.by_slot[name] for name, _, _ in slots.SLOTS)
        is_second = (second.sequence if second else -1) > (first.sequence if first else -1)
        return slots.SLOTS[is_second][0]


def _seal(page: bytes) -> Seal | None:
    fields, checksum = page[: slots.SEAL_SIZE], page[slots.SEAL_SIZE : slots.SEAL_SIZE + _CRC]
    magic, sequence, length, digest = struct.unpack(slots.SEAL, fields)
    if magic != slots.MAGIC or crc32(fields) != int.from_bytes(checksum, "little"):
        return None
    return Seal(sequence, length, digest)
