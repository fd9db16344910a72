"""What the vault's tests work with: its file, power cuts at its writes, and what survives a reset."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from totpkey_firmware.accounts import Account
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import SLOTS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors
from totpkey_protocol.errors import Refusal
from totpkey_protocol.storage import PAGE, PAGES, SIZE, START, STRIDE

BLANK_PAGE = b"\xff" * PAGE

#: What the host derives from some passphrase, and how.
DERIVED = bytes(range(32))
ARGON2 = (b"salt" * 4, 65536, 3, 1)
#: Far enough from the last try for any delay.
MINUTE = 60_000


def _half(old: bytes, new: bytes, seed: int) -> bytes:
    return new[: PAGE // 2] + old[PAGE // 2 :]


def _other_half(old: bytes, new: bytes, seed: int) -> bytes:
    return old[: PAGE // 2] + new[PAGE // 2 :]


def _some_programmed(old: bytes, new: bytes, seed: int) -> bytes:
    """Erased, and some of the 16 pieces of 256 bytes programmed."""
    done = 256 * (1 + seed % 15)
    return new[:done] + BLANK_PAGE[done:]


def _drifted(old: bytes, new: bytes, seed: int) -> bytes:
    """An erase that was broken off: some cells have become 1."""
    noise = random.Random(seed).randbytes(PAGE)
    return bytes(cell | drift for cell, drift in zip(old, noise, strict=True))


#: What may be found in a place whose write was cut, by what it held, what was written, and a seed.
TORN: dict[str, Callable[[bytes, bytes, int], bytes]] = {
    "not begun": lambda old, new, seed: old,
    "erased": lambda old, new, seed: BLANK_PAGE,
    "zeros": lambda old, new, seed: bytes(PAGE),
    "random": lambda old, new, seed: random.Random(seed).randbytes(PAGE),
    "half new": _half,
    "other half new": _other_half,
    "some programmed": _some_programmed,
    "drifted": _drifted,
    "whole": lambda old, new, seed: new,
}


class PowerCut(Exception):
    """The power went away."""


class CutPlaces(Places):
    """The file's places; the power can be cut at one of the writes to come."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.writes = 0
        self._cut: tuple[int, str, int] | None = None

    def wipe(self) -> None:
        """Be the file of a new key."""
        for place in range(PAGES):
            super().write(place, BLANK_PAGE)

    def cut_at(self, write: int, torn: str, seed: int = 0) -> None:
        """Cut at that write from now, the first being 0."""
        self._cut = (self.writes + write, torn, seed)

    def write(self, place: int, page: bytes | bytearray) -> None:
        if self._cut and self.writes == self._cut[0]:
            _, torn, seed = self._cut
            old = bytearray(PAGE)
            self.read_into(place, 0, old)
            super().write(place, TORN[torn](bytes(old), bytes(page), seed))
            raise PowerCut
        self.writes += 1
        super().write(place, page)


def _and(old: bytes, new: bytes) -> bytes:
    return bytes(cell & other for cell, other in zip(old, new, strict=True))


#: What a worn place holds, by what it held and what was written.
WORN: dict[str, Callable[[bytes, bytes], bytes]] = {
    "a cell stays 0": lambda old, new: new[:300] + bytes((new[300] & 0xFE,)) + new[301:],
    "a cell of the magic stays 0": lambda old, new: bytes((new[0] & 0x7F, new[1] & 0xFE)) + new[2:],
    "a cell stays 1": lambda old, new: new[:20] + bytes((new[20] | 1,)) + new[21:],
    "is not erased": _and,
    "takes nothing": lambda old, new: old,
}
#: Only this goes on showing what it held.
DEAD = "takes nothing"


class Worn(Places):
    """Some places are worn; what is written to them is refused by nobody."""

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
    """RAM that a reset keeps and a power cut clears."""

    def __init__(self) -> None:
        self.count = 0

    def tries(self) -> int:
        return self.count

    def note_tries(self, count: int) -> None:
        self.count = count


def fresh(folder: Path) -> str:
    """A vault's file as it comes with the drive."""
    file = folder / "pages.bin"
    file.write_bytes(b"\xff" * SIZE)
    return str(file)


def pages(path: str) -> list[bytes]:
    """What the places hold."""
    content = Path(path).read_bytes()
    return [content[at : at + PAGE] for at in range(START, SIZE, STRIDE)]


def start(path: str, memory: Memory | None = None, now: int = 0) -> Vault:
    """The vault as a start of the key finds it; without `memory` the key was unplugged."""
    return Vault(Pool(Places(path)), memory or Memory(), now)


def as_tuple(account: Account) -> tuple[object, ...]:
    return tuple(vars(account).items())


def contents(vault: Vault) -> list[tuple[object, ...]]:
    """All accounts in their order."""
    return [as_tuple(vault.account(index)) for index in range(len(vault))]


def account(number: int, size: int = 20) -> Account:
    """Some account, with a secret of `size` bytes that no other has."""
    secret = number.to_bytes(4, "big") * (size // 4 + 1)
    return Account(number, f"Issuer {number}", f"person{number}@example.org", secret[:size])


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def slots_page(path: str) -> bytes:
    payload = Pool(CutPlaces(path)).read(SLOTS)
    assert payload is not None
    return bytes(payload)


def exhaust(path: str) -> Vault:
    for _ in range(8):
        vault = start(path)
        with refused(errors.WRONG_PIN):
            vault.unlock_pin("0000", MINUTE)
    return vault
