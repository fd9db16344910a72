"""Pages of the vault's file, read and written by what docs/reference/storage.md says of them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from tests.vault.bench import BLANK_PAGE, CutPlaces, pages


@dataclass
class Found:
    """A page as it lies in a place."""

    place: int
    kind: int
    bucket: int
    sequence: int
    payload: bytes


def found(path: str, kind: int) -> list[Found]:
    """All pages of a kind, the newest last."""
    all_pages = []
    for place, page in enumerate(pages(path)):
        if page[:4] == b"TPK3" and page[4] == kind:
            _, bucket, length, sequence = struct.unpack_from("<BBHI", page, 4)
            all_pages.append(Found(place, kind, bucket, sequence, page[16 : 16 + length]))
    return sorted(all_pages, key=lambda page: page.sequence)


def page_of(
    kind: int,
    bucket: int,
    sequence: int,
    payload: bytes,
    *,
    magic: bytes = b"TPK3",
    length: int | None = None,
) -> bytes:
    """A page. `length` is what its head says of the payload, if that is not so long."""
    head = struct.pack("<4sBBHI", magic, kind, bucket, len(payload) if length is None else length, sequence)
    whole = head + struct.pack("<I", zlib.crc32(head + payload)) + payload
    return whole + BLANK_PAGE[len(whole) :]


def forge(path: str, page: Found, payload: bytes, ahead: int | None = None) -> None:
    """Write a page with another payload: in its own place, or `ahead` of the newest in a blank one."""
    sequence = page.sequence if ahead is None else newest(path) + ahead
    place = page.place if ahead is None else pages(path).index(BLANK_PAGE)
    CutPlaces(path).write(place, page_of(page.kind, page.bucket, sequence, payload))


def newest(path: str) -> int:
    return max(page.sequence for kind in range(1, 12) for page in found(path, kind))
