"""Journals of keys and of dumps of their flash, side by side."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flash import attacker
from totpkey.link.client import KeyClient
from totpkey.system import own_files
from totpkey_virtual.flash import DRIVE_START, NVM_START

#: As docs/reference/storage.md has them.
UNKNOWN, TYPED, TOLD, TORN, LOST = range(5)
TRUSTED = 0x80
TORN_ENTRY, LOST_ENTRY = (struct.pack("<IIB", 0, 0, how) for how in (TORN, LOST))
KEPT = 447
PAIR = 20
#: Marks with their seals that fit into NVM.
FULL = 204


@dataclass(frozen=True)
class Told:
    """A journal: where its chain begins, the hash before the entries, how many were dropped, the entries."""

    name: bytes
    before: bytes
    dropped: int
    entries: tuple[bytes, ...]

    @property
    def count(self) -> int:
        return self.dropped + len(self.entries)

    @property
    def hash(self) -> bytes:
        return attacker.chained(self.before, self.entries)


def told(client: KeyClient) -> Told:
    """What a key tells."""
    reply = client.journal()
    pieces = [reply.entries[at : at + 9] for at in range(0, len(reply.entries), 9)]
    return Told(reply.name, reply.before, reply.dropped, tuple(pieces))


def dumped(flash: bytes, data_key: bytes) -> Told:
    """What a reader of the flash who has the data key finds, without any firmware."""
    page = attacker.journal(flash, data_key)
    assert page
    new = marks(flash, data_key) if page.generation != attacker.generation(flash) else []
    entries = (*page.entries, *new)
    gone = max(len(entries) - KEPT, 0)
    before = attacker.chained(page.before, entries[:gone])
    return Told(page.name, before, page.dropped + gone, entries[gone:])


def parts(entry: bytes) -> tuple[str, int, int]:
    """An entry's account by its id, its time, and how."""
    account, time, how = struct.unpack("<IIB", entry)
    return f"{account:08x}", time, how


def data_key(flash: bytes, pin: str | None = None) -> bytes:
    (found,) = attacker.data_keys(flash, pin)
    return found


def marks(flash: bytes, data_key: bytes) -> list[bytes]:
    """The entries in NVM."""
    return attacker.marks(flash[NVM_START:DRIVE_START], data_key, attacker.generation(flash))


def with_marks(flash: bytes, data_key: bytes, entries: list[bytes]) -> bytes:
    """That flash with these marks after those in NVM, as the key itself would make them."""
    nvm = bytearray(flash[NVM_START:DRIVE_START])
    at = PAIR * len(marks(flash, data_key))
    for entry in entries:
        nvm[at : at + PAIR] = attacker.mark(data_key, at, entry, attacker.generation(flash))
        at += PAIR
    return flash[:NVM_START] + bytes(nvm) + flash[DRIVE_START:]


@pytest.fixture(autouse=True)
def remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This computer remembers nothing of other tests."""
    folder = tmp_path / "state"
    monkeypatch.setattr(own_files, "state", lambda: folder)
    return folder
