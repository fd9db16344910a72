"""A key's time without the rest of it: real timekeeper, vault and model of a chip, and a world around."""

from __future__ import annotations

from typing import Any, cast

import tests.vault.conftest  # noqa: F401 - brings the AES that the vault wants
from tests.vault.bench import CutPlaces, Memory
from totpkey_firmware.clock import chips
from totpkey_firmware.clock.timekeeper import Timekeeper
from totpkey_firmware.setup import clock_setting
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import words
from totpkey_virtual.clock_chip import ClockChip

START = 1_800_000_000.25
_WRAP = 1 << 29


class World:
    """The true time."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


class Bus:
    """The I2C bus as `platform.Bus` is, with one model on it."""

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
    """What of the board has to do with time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ticks(self) -> int:
        return round(self._world.time * 1000) % _WRAP

    def rest(self) -> None:
        self._world.time += 0.001


class Key:
    """What of `SetupKey` has to do with time, from power-on to power-off."""

    def __init__(self, world: World, chip: ClockChip, flash: CutPlaces) -> None:
        self.world = world
        self.platform = Platform(world)
        self.vault = Vault(Pool(flash), Memory(), self.platform.ticks())
        found = chips.find(cast(Any, Bus(world, chip)))
        self.timekeeper = Timekeeper(found, self.platform.ticks(), self.vault.floor, self.vault.reckoning)

    @property
    def state(self) -> str:
        return self.vault.state

    def set_floor(self, time: int) -> None:
        self.vault.set_floor(time)
        self.timekeeper.floor = self.vault.floor

    def run(self, seconds: float, step: float = 0.01) -> None:
        """Let time pass as the loop does, if not as often."""
        end = self.world.time + seconds
        while self.world.time < end:
            self.world.time += step
            self.timekeeper.turn(self.platform.ticks())

    def time(self) -> int:
        return self.timekeeper.time(self.platform.ticks())

    def set(self, time: int, within: int = 60, consent: bool = False) -> bool:
        """What the command does, with a person who consents or nobody at all; whether it was done."""
        key, asked = cast(Any, self), self.platform.ticks()
        why = clock_setting.reason(key, time, asked)
        if why and not consent:
            return False
        clock_setting.set_clock(key, time, within, asked, consent, why)
        return True

    def synchronise(self) -> None:
        """Set the clock on the true time's second, whatever that takes."""
        whole = int(self.world.time) + 1
        self.run(whole - self.world.time)
        self.world.time = float(whole)
        self.set(whole, consent=True)

    @property
    def step(self) -> int | None:
        """The time step of the code that a press would type now."""
        return self.time() // 30 if self.timekeeper.state == words.TRUSTED else None
