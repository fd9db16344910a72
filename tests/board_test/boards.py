"""Virtual boards for `totpkey board-test`, and parts with a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.board_test.virtual_bench import VirtualBench
from tests.install.keys import BOARD, installed
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231, OSCILLATOR_STOPPED, STATUS
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.simulator import SimulatedKey

#: A board whose light has colours, and one whose light is one plain LED.
COLOURED, PLAIN = "adafruit_qt2040_trinkey", BOARD
#: The steps of a whole course, in order.
STEPS = [
    *("flash", "circuitpython", "sealed", "drive", "files", "button", "clock chip", "oscillator"),
    *("oscillator, once set", "button", "light", "typing", "NumLock", "CapsLock", "element", "sleep"),
    *("watchdog", "clock's pace", "cuts of power", "cell"),
]


def simulated(
    clock: Callable[[Now], ClockChip] = DS3231, board: str = PLAIN, **person: Any
) -> tuple[VirtualBench, SimulatedKey]:
    """A new board with a clock of that kind, and a person before it."""
    key = installed(board, clock=clock)
    return VirtualBench(key, **person), key


def in_a_jig(clock: Callable[[Now], ClockChip] = DS3231, board: str = PLAIN, **more: Any) -> VirtualBench:
    """A new board, and nobody before it."""
    return simulated(clock, board, hands=False, eyes=False, **more)[0]


class ElsewhereClock(DS3231):
    """A chip at an address where the firmware knows no clock."""

    address = 0x50


class StandingClock(PCF8523):
    """A chip without its crystal."""

    def _advance(self, seconds: float) -> None:
        return


class SlowClock(DS3231):
    def __init__(self, now: Now) -> None:
        super().__init__(now, drift_ppm=-3000)


class FastClock(DS3231):
    def __init__(self, now: Now) -> None:
        super().__init__(now, drift_ppm=3000)


class FlaggedClock(DS3231):
    """A chip whose oscillator stops again and again: its flag is never clear for long."""

    def _refresh(self) -> None:
        super()._refresh()
        self._registers[STATUS] |= OSCILLATOR_STOPPED

    def set_unix(self, unix_time: float) -> None:
        super().set_unix(unix_time)
        self._registers[STATUS] |= OSCILLATOR_STOPPED


class CellessClock(DS3231):
    """A chip without a cell, or with a dead one."""

    def _uses_battery(self) -> bool:
        return False
