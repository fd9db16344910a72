"""Shared by the tests of the vault: its file and pages, power cuts at its writes, and what survives a reset.

Pages are read and written by what docs/reference/storage.md says of them. The log of uses has an NVM whose
power can fail.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from totpkey_firmware.accounts import Account
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import SLOTS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.store.usage_log import UsageLog
from totpkey_firmware.vault.journal import Contents, Journal
from totpkey_firmware.vault.keeper import Keeper
from totpkey_firmware.vault.sealing import DataKeys
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, record
from totpkey_protocol.errors import Refusal
from totpkey_protocol.storage import PAGE, PAGES, SIZE, START, STRIDE

BLANK_PAGE = b"\xff" * PAGE

#: A key derived from some passphrase, and the parameters of the derivation.
DERIVED = bytes(range(32))
ARGON2 = (b"salt" * 4, 65536, 3, 1)
#: Longer than any delay after a wrong PIN.
MINUTE = 60_000


def packed(one: Account) -> bytes:
    """The account's record."""
    room = bytearray(record.MOST)
    return bytes(room[: one.pack_into(room, 0)])


def _some_programmed(old: bytes, new: bytes, seed: int) -> bytes:
    """Erased, then some of the 16 pieces of 256 bytes programmed."""
    done = 256 * (1 + seed % 15)
    return new[:done] + BLANK_PAGE[done:]


def _drifted(old: bytes, new: bytes, seed: int) -> bytes:
    """An interrupted erase: some cells have become 1."""
    noise = random.Random(seed).randbytes(PAGE)
    return bytes(cell | drift for cell, drift in zip(old, noise, strict=True))


#: Possible contents of a place after a cut write, from the old page, the new page and a seed.
TORN: dict[str, Callable[[bytes, bytes, int], bytes]] = {
    "not begun": lambda old, new, seed: old,
    "erased": lambda old, new, seed: BLANK_PAGE,
    "zeros": lambda old, new, seed: bytes(PAGE),
    "random": lambda old, new, seed: random.Random(seed).randbytes(PAGE),
    "half new": lambda old, new, seed: new[: PAGE // 2] + old[PAGE // 2 :],
    "other half new": lambda old, new, seed: old[: PAGE // 2] + new[PAGE // 2 :],
    "some programmed": _some_programmed,
    "drifted": _drifted,
    "whole": lambda old, new, seed: new,
}


class PowerCut(Exception):
    """The power failed."""


class CutPlaces(Places):
    """The places of a file, with a power cut at one of the next writes."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.writes = 0
        self._cut: tuple[int, str, int] | None = None

    def wipe(self) -> None:
        """Reset to the file of a new key."""
        for place in range(PAGES):
            super().write(place, BLANK_PAGE)

    def cut_at(self, write: int, torn: str, seed: int = 0) -> None:
        """Cut the power at this write from now; the next one is 0."""
        self._cut = (self.writes + write, torn, seed)

    def write(self, place: int, page: bytes | bytearray) -> None:
        if self._cut and self.writes == self._cut[0]:
            (_, torn, seed), self._cut = self._cut, None
            old = bytearray(PAGE)
            self.read_into(place, 0, old)
            super().write(place, TORN[torn](bytes(old), bytes(page), seed))
            raise PowerCut
        self.writes += 1
        super().write(place, page)


class FullOfFaults(CutPlaces):
    """Flash that takes a number of pages and no more, until it is well again."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.takes = 10**6

    def write(self, place: int, page: bytes | bytearray) -> None:
        if self.takes == 0:
            raise Refusal(errors.STORAGE)
        self.takes -= 1
        super().write(place, page)


#: The contents of a worn place, from the old and the new page.
WORN: dict[str, Callable[[bytes, bytes], bytes]] = {
    "a cell stays 0": lambda old, new: new[:300] + bytes((new[300] & 0xFE,)) + new[301:],
    "a cell of the magic stays 0": lambda old, new: bytes((new[0] & 0x7F, new[1] & 0xFE)) + new[2:],
    "a cell stays 1": lambda old, new: new[:20] + bytes((new[20] | 1,)) + new[21:],
    "is not erased": lambda old, new: bytes(cell & other for cell, other in zip(old, new, strict=True)),
    "takes nothing": lambda old, new: old,
}
#: Only this kind still shows its old content.
DEAD = "takes nothing"


class Worn(Places):
    """Places of which some are worn; writes to them are not rejected."""

    def __init__(self, path: str, worn: dict[int, str]) -> None:
        super().__init__(path)
        self.worn = worn

    def write(self, place: int, page: bytes | bytearray) -> None:
        if place in self.worn:
            old = bytearray(PAGE)
            self.read_into(place, 0, old)
            page = WORN[self.worn[place]](bytes(old), bytes(page))
        super().write(place, page)


class Memory:
    """RAM that survives a reset but not a power cut."""

    def __init__(self) -> None:
        self.count = 0

    def tries(self) -> int:
        return self.count

    def note_tries(self, count: int) -> None:
        self.count = count


def fresh(folder: Path) -> str:
    """Return a vault file as it is on a new drive."""
    file = folder / "pages.bin"
    file.write_bytes(b"\xff" * SIZE)
    return str(file)


def pages(path: str) -> list[bytes]:
    """Return the contents of the places."""
    content = Path(path).read_bytes()
    return [content[at : at + PAGE] for at in range(START, SIZE, STRIDE)]


def live(pool: Pool) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Return place, length and number of each live page, by kind and bucket."""
    names = [(kind, bucket) for kind in range(1, 12) for bucket in range(PAGES)]
    return {name: page for name in names if (page := pool.pages.find(*name))}


def start(file: str | Places, memory: Memory | None = None, now: int = 0) -> Vault:
    """Start a vault from the file. Without `memory`, the key was unplugged before."""
    return Vault(Pool(Places(file) if isinstance(file, str) else file), memory or Memory(), now)


def as_tuple(account: Account) -> tuple[object, ...]:
    return tuple(vars(account).items())


def contents(vault: Keeper) -> list[tuple[object, ...]]:
    """Return all accounts in their order."""
    return [as_tuple(vault.account(index)) for index in range(len(vault))]


def account(number: int, size: int = 20) -> Account:
    """Return an account with a unique secret of `size` bytes."""
    secret = number.to_bytes(4, "big") * (size // 4 + 1)
    return Account(number, f"Issuer {number}", f"person{number}@example.org", secret[:size])


def add(vault: Vault, one: Account) -> None:
    """Add an account, and finish, as the key does once nobody waits for it."""
    vault.changes.add(one)
    vault.pool.finish()


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def stored(pool: Pool, kind: int, bucket: int = 0) -> bytes | None:
    payload = pool.read(kind, bucket)
    return None if payload is None else bytes(payload)


def slots_page(path: str) -> bytes:
    payload = stored(Pool(CutPlaces(path)), SLOTS)
    assert payload is not None
    return payload


def fail(vault: Vault, now: int = MINUTE) -> None:
    """Enter a wrong PIN."""
    with refused(errors.WRONG_PIN):
        vault.unlock_pin("0000", now)


def exhaust(path: str) -> Vault:
    for _ in range(8):
        fail(vault := start(path))
    return vault


NVM_SIZE = 4096
#: So many marks fit.
ROOM = NVM_SIZE // 20
TIME = 1_800_000_000
#: Any data key.
KEY = bytes(range(64))


class Nvm:
    """`microcontroller.nvm`: fresh bytes are programmed, else all is erased first. Power fails at the cut."""

    def __init__(self, content: bytes = b"\xff" * NVM_SIZE) -> None:
        self.content = bytearray(content)
        self.erases = 0
        self.cut: tuple[str, int] | None = None

    def __len__(self) -> int:
        return NVM_SIZE

    def __getitem__(self, index: slice) -> bytearray:
        return self.content[index]

    def __setitem__(self, index: slice, value: bytes) -> None:
        new = bytes(self.content[: index.start] + value + self.content[index.stop :])
        fresh = self.content[index].count(0xFF) == len(value)
        self.erases += not fresh
        if self.cut:
            torn, seed = self.cut
            if fresh:
                # A program that was broken off has cleared some of its bits.
                noise = random.Random(seed).randbytes(len(value))
                half = bytes(new_byte | drift for new_byte, drift in zip(value, noise, strict=True))
                self.content[index] = half
            else:
                self.content[:] = TORN[torn](bytes(self.content), new, seed)
            raise PowerCut
        self.content[:] = new


class Bench:
    """A key's NVM and vault, from start to start."""

    def __init__(self, path: str) -> None:
        self.flash = CutPlaces(path)
        self.places: Places = self.flash
        self.nvm = Nvm()
        self.key = KEY
        self.start()

    def start(self) -> None:
        self.pool, self.keys = Pool(self.places), DataKeys()
        self.keys.take(bytearray(self.key), bytearray())
        self.uses = UsageLog(cast(Any, self.nvm), self.pool, self.keys, self._journal)

    def _journal(self, log: UsageLog) -> Journal:
        return Journal(self.pool, self.keys, log)

    def journal(self) -> Contents:
        """The journal as the key would tell it."""
        return self._journal(self.uses).read()

    def counts(self, identifiers: range) -> list[int]:
        return [self.uses.of(identifier)[0] for identifier in identifiers]


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
