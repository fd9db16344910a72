"""Wires from the firmware's driver on CPython to a model of the element. Time passes only on the wires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

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
