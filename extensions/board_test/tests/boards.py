"""Virtual boards for `totpkey board-test`, and parts with a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extensions.board_test.tests.virtual_bench import VirtualBench
from tests.install.boards import BOARD, installed
from totpkey_protocol.storage import FILES, START, STRIDE
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import AGING, DATE, DS3231, OSCILLATOR_STOPPED, STATUS, TEMPERATURE
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat_reader
from totpkey_volume.fat_format import Geometry
from totpkey_volume.flash_map import DRIVE_START

#: A board whose light has colours, and one whose light is one plain LED.
COLOURED, PLAIN = "adafruit_qt2040_trinkey", BOARD


def simulated(
    clock: Callable[[Now], ClockChip] = DS3231, board: str = PLAIN, **person: Any
) -> tuple[VirtualBench, SimulatedKey]:
    """A new board with a clock of that kind, and a person before it."""
    key = installed(board, clock=clock)
    return VirtualBench(key, **person), key


def drifting(kind: type[ClockChip], ppm: float) -> Callable[[Now], ClockChip]:
    return lambda now: kind(now, drift_ppm=ppm)


def like(kind: type[ClockChip], **parts: object) -> type[ClockChip]:
    """A chip of which some parts are otherwise."""
    return type(kind.__name__, (kind,), parts)


def low_cell(now: Now) -> PCF8523:
    """A PCF8523 whose comparator finds its cell low (NXP PCF8523, BLF in register Control_3)."""
    chip = PCF8523(now)
    chip.battery_is_low = True
    return chip


class ElsewhereClock(DS3231):
    """A chip at an address where the firmware knows no clock."""

    address = 0x50


class StandingClock(PCF8523):
    """A chip without its crystal."""

    def _advance(self, seconds: float) -> None:
        return


class FlaggedClock(DS3231):
    """A chip whose oscillator stops again and again: its flag is never clear for long."""

    def _refresh(self) -> None:
        super()._refresh()
        self._registers[STATUS] |= OSCILLATOR_STOPPED


class DeadClock(DS3231):
    """A chip that stops driving its line 25 s after the power came: each bit reads as 1."""

    def read(self, count: int) -> bytes:
        told = super().read(count)
        return told if self._now() - self.begun < 25 else b"\xff" * count

    begun = float("inf")

    def lose_battery(self) -> None:
        super().lose_battery()
        self.begun = min(self.begun, self._now())


class NoisyClock(DS3231):
    """A chip of which one transfer in ten arrives wrong: a bit of each byte."""

    reads = 0

    def read(self, count: int) -> bytes:
        self.reads += 1
        told = super().read(count)
        return bytes(byte ^ 0x50 for byte in told) if self.reads % 10 == 0 else told


class StuckBitClock(DS3231):
    """A bit of the minutes is always 1: they are often above 59."""

    def _refresh(self) -> None:
        super()._refresh()
        self._registers[1] |= 0x78


class Ageing(DS3231):
    """Its ageing register keeps these bits of what is written, and its thermometer always shows this."""

    keeps, shows = 0xFF, b"\x19\x00"

    def _store(self, register: int, byte: int) -> None:
        super()._store(register, byte & self.keeps if register == AGING else byte)

    def _refresh(self) -> None:
        super()._refresh()
        self._registers[TEMPERATURE : TEMPERATURE + 2] = self.shows


class StuckDate(DS3231):
    """The lowest bit of its date is always 0, which no even date shows."""

    def _refresh(self) -> None:
        super()._refresh()
        self._registers[DATE] &= ~1


class OnACapacitor(DS3231):
    """It outlives ten seconds without supply, and no more."""

    off: float | None = None

    def lose_supply(self) -> None:
        super().lose_supply()
        self.off = self._now()

    def write(self, data: bytes) -> None:
        if self.off is not None and self._now() - self.off > 10:
            self.lose_battery()
        self.off = None
        super().write(data)


class IdleAgeing(DS3231):
    """Its ageing register keeps what is written, and has no effect."""

    def _correction_ppm(self) -> float:
        return 0.0


class LosesAtCuts(DS3231):
    """A chip that is another one after some cuts of power, told by their number from 1 on."""

    cuts = 0
    lost = range(1, 100)

    def lose_supply(self) -> None:
        super().lose_supply()
        self.cuts += 1
        if self.cuts in self.lost:
            self.suffer()

    def suffer(self) -> None:
        self.lose_battery()


class LooseCell(LosesAtCuts):
    """12 of 20, the first not among them."""

    lost = range(2, 21)

    def suffer(self) -> None:
        if self.cuts % 3 != 1:
            self.lose_battery()


class Clone(LosesAtCuts):
    """It loses its time with its supply, and has no flag that says so."""

    def suffer(self) -> None:
        self.lose_battery()
        self._registers[STATUS] &= ~OSCILLATOR_STOPPED


class StandsOnItsCell(DS3231):
    """It keeps its time on its cell, and does not count there."""

    off = False

    def lose_supply(self) -> None:
        super().lose_supply()
        self.off = True

    def read(self, count: int) -> bytes:
        self._wake()
        return super().read(count)

    def write(self, data: bytes) -> None:
        self._wake()
        super().write(data)

    def _wake(self) -> None:
        if self.off:
            self.off, self._counted = False, self._now()


class JumpsAtCuts(LosesAtCuts):
    """It is so many seconds ahead after each cut."""

    by = 0.0

    def suffer(self) -> None:
        self.set_unix(self.unix_time + self.by)


class CellessClock(DS3231):
    """A chip without a cell, or with a dead one."""

    def _uses_battery(self) -> bool:
        return False


def place(key: VirtualKey, number: int) -> int:
    """Where in flash the first byte of a place for accounts is."""
    volume = key.flash[DRIVE_START:]
    cluster = fat_reader.first_cluster(volume, FILES[0])
    return DRIVE_START + Geometry.of(len(volume)).offset(cluster) + START + number * STRIDE


def spoiled(key: SimulatedKey, spoil: Callable[[int, bytes], tuple[int, bytes]]) -> None:
    """Let its flash program something else, or elsewhere, than it was told."""
    program = key._flash.program

    def wrongly(address: int, data: bytes) -> None:
        program(*spoil(address, data))

    key._flash.program = wrongly  # type: ignore[method-assign]


def replugged(key: VirtualKey) -> None:
    """It loses its power for a moment."""
    key.unplug()
    key.plug()
    key.run(3)
