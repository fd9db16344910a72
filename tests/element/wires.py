"""From the firmware's driver on CPython to a model of the element: ours, or the vendor's own (ts-tvl).

Time passes only on the wires. We wrote both sides of the virtual element; of the model, which `make tvl`
sets up, the maker wrote one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from totpkey_firmware.element.session import Pairing
from totpkey_firmware.element.tropic01 import Tropic01
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
