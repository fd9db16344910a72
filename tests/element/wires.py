"""From the firmware to a model of the element, ours or the vendor's own (ts-tvl), and a vault on it.

Time passes only on the wires. We wrote both sides of the virtual element; of the model, which `make tvl`
sets up, the maker wrote one. Vault and driver are on CPython; they can be cut, copied and stolen.
"""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.vault.bench import ARGON2, DERIVED, MINUTE, CutPlaces, PowerCut, account, fresh
from tests.vault.bench import Memory as KeptMemory
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_firmware.element.session import Pairing
from totpkey_firmware.element.tropic01 import Tropic01
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.keeper import Keeper
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import OPEN
from totpkey_virtual import secure_element
from totpkey_virtual.secure_element import Memory, SecureElement

#: The duration of a byte at 4 MHz in s.
BYTE_TIME = 2e-6


class Chip(Protocol):
    """The chip at the other end of a wire."""

    def select(self, selected: bool) -> None: ...
    def exchange(self, byte: int) -> int: ...


class Time:
    """The simulated time in s."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class PlainWire:
    """A wire without faults, with the interface of `spi.Wire` on the key."""

    def __init__(self, chip: Chip, time: Time) -> None:
        self._chip, self._time = chip, time

    def select(self, selected: bool) -> None:
        self._chip.select(selected)

    def exchange(self, buffer: bytearray) -> None:
        self._time.now += BYTE_TIME * len(buffer)
        buffer[:] = bytes(self._chip.exchange(byte) for byte in buffer)

    def ticks(self) -> int:
        return int(self._time.now * 1000) % (1 << 29)

    def pause(self) -> None:
        self._time.now += 0.001


class SpoiledWire(PlainWire):
    """A wire that changes bytes: `out` and `back` receive the byte's number and the byte."""

    def __init__(self, chip: Chip, time: Time) -> None:
        super().__init__(chip, time)
        self.out: Callable[[int, int], int] = lambda _count, byte: byte
        self.back: Callable[[int, int], int] = lambda _count, byte: byte
        self.count = 0

    def exchange(self, buffer: bytearray) -> None:
        self._time.now += BYTE_TIME * len(buffer)
        for at, byte in enumerate(buffer):
            buffer[at] = self.back(self.count, self._chip.exchange(self.out(self.count, byte)))
            self.count += 1


def a_key() -> tuple[bytes, bytes]:
    """Private and public."""
    key = X25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()


class Pair:
    """A powered element that has started, and the key in its pairing slot 0."""

    def __init__(self) -> None:
        self.time = Time()
        self.private, self.public = a_key()
        self.memory = Memory(self.public)
        self.element = SecureElement(self.time, self.memory)
        self.plug()

    def plug(self) -> None:
        """Power up and wait until the element has started."""
        self.element.power_on()
        self.time.now += 1.0

    @property
    def pairing(self) -> Pairing:
        return Pairing(0, self.private, self.public, self.memory.public)

    def wire(self) -> PlainWire:
        return PlainWire(self.element, self.time)


def driver(pair: Pair, watch: Callable[[], None] | None = None) -> Tropic01:
    return Tropic01(pair.wire(), watch)


PYTHON = Path(os.environ.get("TOTPKEY_TVL", "build/tvl/bin/python"))


class VendorPair(PlainWire):
    """As `Pair`, and its own wire: the model in another process, with the public half of `own` in slot 0."""

    def __init__(self, own: tuple[bytes, bytes]) -> None:
        self.private, self.public = own
        self._time = Time()
        self.process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("tvl_model.py"), a_key()[0].hex(), self.public.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pairing(self) -> Pairing:
        return Pairing(0, self.private, self.public, Tropic01(self).public_key())

    def plug(self) -> None:
        """Take the power away and give it back."""
        self._say("power")

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wire(self) -> VendorPair:
        return self

    def select(self, selected: bool) -> None:
        self._say(f"select {int(selected)}")

    def exchange(self, buffer: bytearray) -> None:
        assert self.process.stdout is not None
        self._say(f"exchange {buffer.hex()}")
        buffer[:] = bytes.fromhex(self.process.stdout.readline())


@contextmanager
def vendor(own: tuple[bytes, bytes] | None = None) -> Iterator[VendorPair]:
    if not PYTHON.exists():
        pytest.skip("the vendor's model of the secure element is not set up: make tvl")
    pair = VendorPair(own or a_key())
    yield pair
    pair.process.communicate()
    assert pair.process.returncode == 0


PIN, OTHER_PIN, WRONG_PIN = "2580", "13579", "0000"


class Stepping(secure_element.Memory):
    """An element's memory; `told` is called after each step of a command, if it is set."""

    told: Callable[[], None] | None = None

    def step(self, name: str) -> None:
        super().step(name)
        if self.told:
            self.told()

    def copied(self) -> Stepping:
        """One that holds the same, and tells nobody."""
        told, self.told = self.told, None
        try:
            return copy.deepcopy(self)
        finally:
            self.told = told


class LostPower(PlainWire):
    """A wire to an element that takes the key with it when its power fails within a command."""

    def __init__(self, element: SecureElement, time: Time) -> None:
        super().__init__(element, time)
        self.lost = False
        element.on_power_loss = self._lose

    def _lose(self) -> None:
        self.lost = True

    def select(self, selected: bool) -> None:
        super().select(selected)
        if self.lost:
            raise PowerCut


@dataclass(frozen=True)
class Moment:
    """What a key and its element hold at one moment."""

    flash: bytes
    element: Stepping


class Watched(CutPlaces):
    """The file's places; `before` is told of each write."""

    before: Callable[[int, bytes], None] | None = None

    def write(self, place: int, page: bytes | bytearray) -> None:
        if self.before:
            self.before(place, bytes(page))
        super().write(place, page)


class Bench:
    """A key with an element that can be put back to any moment."""

    def __init__(self, folder: Path) -> None:
        self.path = Path(fresh(folder))
        self.memory = Stepping(PAIRINGS[0][1])
        self.time = Time()
        self.connected = True
        #: Told of each write to flash.
        self.before_write: Callable[[int, bytes], None] | None = None

    def moment(self) -> Moment:
        """What it holds now."""
        self.memory.cut_at = None
        return Moment(self.path.read_bytes(), self.memory.copied())

    def put_back(self, moment: Moment) -> None:
        self.path.write_bytes(moment.flash)
        self.memory = moment.element.copied()

    def _plugged(self) -> Pool:
        element = SecureElement(self.time, self.memory)
        element.connected = self.connected
        element.power_on()
        self.time.now += 1.0
        self.element = element
        self.wire = LostPower(element, self.time)
        places = Watched(str(self.path))
        places.before = self.before_write
        return Pool(places)

    def everyday(self) -> Keeper:
        """Plug the key in, in its everyday face, which drives the element."""
        return Keeper(self._plugged(), KeptMemory(), 0, lambda: self.wire)

    def setup(self) -> Vault:
        """The same in setup, which does not."""
        return Vault(self._plugged(), KeptMemory(), 0)

    def opens(self, pin: str) -> bool:
        """Whether that PIN opens it after it was plugged in."""
        try:
            self.opened(pin)
        except Refusal:
            return False
        return True

    def opened(self, pin: str = PIN) -> Keeper:
        """Plugged in, and opened with its button."""
        keeper = self.everyday()
        keeper.unlock_pin(pin, MINUTE)
        return keeper

    def opened_in_setup(self, pin: str = PIN) -> Vault:
        """The same, then in setup, as a hold and the PIN lead there."""
        data_key = self.opened(pin).hand_over()
        vault = self.setup()
        if vault.state != OPEN:
            assert vault.resume(data_key)
        return vault

    def opened_by_passphrase(self) -> Vault:
        vault = self.setup()
        vault.unlock_derived(DERIVED)
        return vault

    def back_by_passphrase(self) -> Keeper:
        """The same, and back in its everyday face, where it finishes what is left."""
        data_key = self.opened_by_passphrase().hand_over() if self.setup().state != OPEN else None
        keeper = self.everyday()
        if data_key:
            assert keeper.resume(data_key)
        keeper.turn()
        return keeper

    @property
    def tries_left(self) -> int:
        return self.setup().locks.tries_left


def with_accounts(bench: Bench, passphrase: bool = True) -> Vault:
    """A key with an account, and a passphrase if asked for."""
    vault = bench.setup()
    vault.create()
    vault.changes.add(account(1))
    if passphrase:
        vault.set_passphrase(DERIVED, *ARGON2)
    return vault


def with_pin(folder: Path) -> Bench:
    """A key whose PIN is one with its element."""
    bench = Bench(folder)
    with_accounts(bench).set_pin(PIN)
    assert bench.opened().with_element
    return bench
