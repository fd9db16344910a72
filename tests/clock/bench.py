"""A key's timekeeping without the rest: real timekeeper and vault, a model of a clock chip, and a world."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, cast

import tests.vault.conftest  # noqa: F401 - brings the AES that the vault wants
from tests.vault.bench import TORN, CutPlaces, Memory, PowerCut
from totpkey_firmware.clock import chips
from totpkey_firmware.clock.ledger import Ledger
from totpkey_firmware.clock.timekeeper import Timekeeper
from totpkey_firmware.setup import clock_setting
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import limits, words
from totpkey_virtual.clock_chip import ClockChip

START = 1_800_000_000.25
DAY = 86400
_WRAP = 1 << 29


class World:
    """The true time."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


class Bus:
    """An I2C bus with the interface of `platform.Bus` and one chip on it."""

    def __init__(self, world: World, chip: ClockChip) -> None:
        self._world = world
        self._chip = chip

    def write(self, address: int, data: bytes | bytearray) -> None:
        self._check(address)
        self._chip.write(bytes(data))

    def write_then_read(self, address: int, data: bytes | bytearray, into: bytearray) -> None:
        self._check(address)
        self._chip.write(bytes(data))
        into[:] = self._chip.read(len(into))

    def pause(self, milliseconds: int) -> None:
        self._world.time += milliseconds / 1000

    def _check(self, address: int) -> None:
        if address != self._chip.address:
            raise OSError


class Platform:
    """The parts of the board that concern time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ticks(self) -> int:
        return round(self._world.time * 1000) % _WRAP

    def rest(self) -> None:
        self._world.time += 0.001


class Key:
    """The parts of `SetupKey` that concern time, from power-on to power-off."""

    def __init__(self, world: World, chip: ClockChip, flash: CutPlaces) -> None:
        self.world = world
        self.platform = Platform(world)
        self.vault = Vault(Pool(flash), Memory(), self.platform.ticks())
        self.everyday = self
        found = chips.find(cast(Any, Bus(world, chip)))
        self.timekeeper = Timekeeper(
            found, self.platform.ticks(), self.vault.settings.floor, self.vault.reckoning
        )

    @property
    def ledger(self) -> Ledger:
        return self.vault.ledger

    @property
    def state(self) -> str:
        return self.vault.state

    def set_floor(self, time: int) -> None:
        self.vault.set_floor(time)
        self.timekeeper.floor = self.vault.settings.floor

    def run(self, seconds: float, step: float = 0.01) -> None:
        """Let time pass as in the main loop, though with fewer turns."""
        end = self.world.time + seconds
        while self.world.time < end:
            self.world.time += step
            self.timekeeper.turn(self.platform.ticks())

    def time(self) -> int:
        return self.timekeeper.time(self.platform.ticks())

    def reason(self, time: int) -> str:
        """Return why a person would have to agree to that time."""
        return clock_setting.reason(cast(Any, self), self.ledger, time, self.platform.ticks())

    def set(self, time: int, within: int = 60, consent: bool = False) -> bool:
        """Run the command's logic with or without a person who consents. Return whether it set the clock."""
        key, ledger, asked = cast(Any, self), self.ledger, self.platform.ticks()
        why = self.reason(time)
        asks = bool(why) or clock_setting.teaches(key, ledger, time)
        if asks and not consent:
            return False
        clock_setting.set_clock(key, ledger, time, within, asked, asks, why)
        return True

    def synchronise(self, within: int = 60) -> None:
        """Set the clock on a full second of the true time, with consent if the key asks for it."""
        whole = int(self.world.time) + 1
        self.run(whole - self.world.time)
        self.world.time = float(whole)
        self.set(whole, within, consent=True)

    @property
    def step(self) -> int | None:
        """Return the time step of the code that a press would type now."""
        return self.time() // 30 if self.timekeeper.state == words.TRUSTED else None


class Attacked:
    """A key in use, and whoever attacks its time, by a series of random numbers."""

    def __init__(self, flash: CutPlaces, chip: type[ClockChip], seed: int) -> None:
        self.random = random.Random(seed)
        self.flash, self.world = flash, World()
        self.chip = chip(self.world.now)
        self.key = in_use(self.world, self.chip, flash)

    def note_floor(self) -> None:
        """Store the time of a code that was given, as a key does once a day."""
        time = self.key.time()
        if time >= self.key.vault.settings.floor + DAY:
            self.key.set_floor(time)

    def anything(self) -> int:
        """Any time, before or after what the key shows."""
        offset = self.random.choice((2, 40, 400, 90_000, 40_000_000))
        return self.key.time() + self.random.randint(-offset, offset)

    def within(self, time: int) -> int:
        return min(max(time, limits.TIME_LEAST), limits.TIME_MOST)

    def is_cut(self, act: Callable[[], object], writes: int) -> bool:
        """Cut the power at one of the writes of what is done, if it makes so many. Return whether it did."""
        draw = self.random.randrange
        self.flash.cut_at(draw(writes), self.random.choice(sorted(TORN)), draw(99))
        try:
            act()
        except PowerCut:
            self.plug_in()
            return True
        finally:
            self.flash.cut_at(1_000_000, "whole")
        return False

    def plug_in(self) -> None:
        self.key = Key(self.world, self.chip, self.flash)
        self.key.run(1.1, 0.05)


def in_use(world: World, chip: ClockChip, flash: CutPlaces) -> Key:
    """A key with its clock set and a vault."""
    key = Key(world, chip, flash)
    key.synchronise()
    key.vault.create(True)
    return key
