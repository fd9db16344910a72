"""`busio` and `bitbangio`: I2C with the clock chip, and SPI with the secure element, if the build has one."""

from __future__ import annotations

import errno
from types import ModuleType
from typing import TYPE_CHECKING

from totpkey_protocol.boards import Board
from totpkey_virtual.simulator import timing
from totpkey_virtual.simulator.context import Context, module
from totpkey_virtual.simulator.machine import SECOND
from totpkey_virtual.simulator.standins.pins import Pin, PinUser

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class _Bus(PinUser):
    """A controller that one user at a time locks: RuntimeError for a transfer without the lock."""

    _locked = False

    def try_lock(self) -> bool:
        self._names()
        free, self._locked = not self._locked, True
        return free

    def unlock(self) -> None:
        if not self._locked:
            raise RuntimeError("Function requires lock")
        self._locked = False

    def _check_lock(self) -> None:
        self._names()
        if not self._locked:
            raise RuntimeError("Function requires lock")
        self._count()

    def _count(self) -> None:
        self._context.machine.events += 1


class I2C(_Bus):
    """A controller: RuntimeError without pull-ups; OSError(ENODEV) where no device answers."""

    def __init__(self, context: Context, scl: Pin, sda: Pin, frequency: int) -> None:
        wiring = context.chip.wiring
        if not wiring.is_bus or (scl.name, sda.name) not in self._pairs(wiring.board):
            raise RuntimeError("No pull up found on SDA or SCL; check your wiring")
        super().__init__(context, scl, sda)
        self._frequency = frequency
        #: Whether each line of this bus is the same line of the clock's.
        self._fits = (scl.name == wiring.board.sda) == wiring.exchanged

    @staticmethod
    def _pairs(board: Board) -> tuple[tuple[str, str], ...]:
        """The pins that a controller can use for SCL and SDA (RP2040 datasheet table 2)."""
        return ((board.scl, board.sda),)

    @property
    def _answers(self) -> bool:
        return self._wiring.clock_answers and self._fits and not self._wiring.shorts

    def _count(self) -> None:
        self._context.machine.readings += 1

    def scan(self) -> list[int]:
        self._spend(0x80)
        return sorted([*self._others, *[self._wiring.clock.address] * self._answers])

    @property
    def _others(self) -> dict[int, bytes]:
        return self._wiring.others if self._fits and not self._wiring.shorts else {}

    def writeto(
        self, address: int, buffer: ReadableBuffer, *, start: int = 0, end: int | None = None
    ) -> None:
        data = memoryview(buffer).cast("B")[start:end]
        self._address(address, len(data))
        if address not in self._others:
            self._wiring.clock.write(bytes(data))

    def readfrom_into(
        self, address: int, buffer: WriteableBuffer, *, start: int = 0, end: int | None = None
    ) -> None:
        room = memoryview(buffer).cast("B")[start:end]
        self._address(address, len(room))
        other = self._others.get(address)
        room[:] = self._wiring.clock.read(len(room)) if other is None else other.ljust(len(room))[: len(room)]

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: ReadableBuffer,
        in_buffer: WriteableBuffer,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        self.writeto(address, out_buffer, start=out_start, end=out_end)
        self.readfrom_into(address, in_buffer, start=in_start, end=in_end)

    def _address(self, address: int, count: int) -> None:
        answered = address in self._others or (address == self._wiring.clock.address and self._answers)
        self._spend(1 + count if answered else 1)
        if not answered:
            raise OSError(errno.ENODEV, "No such device")

    def _spend(self, count: int) -> None:
        self._check_lock()
        bits = count * timing.I2C_BITS_PER_BYTE
        self._context.machine.spend(bits * SECOND // self._frequency + timing.I2C_OVERHEAD)


class BitBangedI2C(I2C):
    """`bitbangio`'s, for which any pin can be either line."""

    @staticmethod
    def _pairs(board: Board) -> tuple[tuple[str, str], ...]:
        return ((board.scl, board.sda), (board.sda, board.scl))


class SPI(_Bus):
    """A controller: ValueError for pins without one. What no device drives reads as zeros."""

    def __init__(self, context: Context, clock: Pin, out: Pin, into: Pin) -> None:
        # Of a board's pins these alone are known to have a controller in common.
        if (clock.name, out.name, into.name) != context.chip.wiring.spi[:3]:
            raise ValueError("Invalid pins")
        super().__init__(context, clock, out, into)
        self._set(100_000, 0, 0, 8)

    def _set(self, baudrate: int, polarity: int, phase: int, bits: int) -> None:
        self.frequency = baudrate
        self._understood = (polarity, phase, bits) == (0, 0, 8)

    def configure(self, *, baudrate: int = 100_000, polarity: int = 0, phase: int = 0, bits: int = 8) -> None:
        self._check_lock()
        self._set(baudrate, polarity, phase, bits)

    def write_readinto(self, out_buffer: ReadableBuffer, in_buffer: WriteableBuffer) -> None:
        data, room = bytes(memoryview(out_buffer).cast("B")), memoryview(in_buffer).cast("B")
        if len(data) != len(room):
            raise ValueError("buffer slices must be of equal length")
        self._check_lock()
        for at, byte in enumerate(data):
            self._context.machine.spend(8 * SECOND // self.frequency)
            element = self._wiring.element if self._understood else None
            room[at] = element.exchange(byte) if element else 0


def modules(context: Context) -> list[ModuleType]:
    def i2c(scl: Pin, sda: Pin, *, frequency: int = 100_000, timeout: int = 255) -> I2C:
        return I2C(context, scl, sda, frequency)

    def spi(clock: Pin, MOSI: Pin, MISO: Pin) -> SPI:
        return SPI(context, clock, MOSI, MISO)

    def bit_banged(scl: Pin, sda: Pin, *, frequency: int = 400_000, timeout: int = 255) -> I2C:
        return BitBangedI2C(context, scl, sda, frequency)

    return [module("busio", I2C=i2c, SPI=spi), module("bitbangio", I2C=bit_banged)]
