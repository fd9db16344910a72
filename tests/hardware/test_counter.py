"""The program that sets a clock's offset by a counter: on the emulated chip, then under our firmware."""

from __future__ import annotations

import time
from typing import Any

import pytest

from hardware import on_a_counter
from tests.clock.bench import Key, World
from tests.vault.bench import CutPlaces, fresh
from totpkey_virtual.rv3032 import RV3032


class I2C:
    """CircuitPython's I2C with one chip on it."""

    def __init__(self, chip: RV3032) -> None:
        self._chip = chip

    def writeto(self, address: int, data: bytes) -> None:
        assert address == self._chip.address
        self._chip.write(data)

    def writeto_then_readfrom(self, address: int, data: bytes, into: bytearray) -> None:
        self.writeto(address, data)
        into[:] = self._chip.read(len(into))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose time passes while the program sleeps, some time after the chip's power-on."""
    made = World()

    def sleep(seconds: float) -> None:
        made.time += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    return made


def new_chip(world: World, ppm: float) -> RV3032:
    chip = RV3032(world.now, drift_ppm=ppm)
    world.time += 1
    return chip


@pytest.mark.parametrize("ppm", [0.83, -1.9, 0.1, 6.0])
def test_the_offset_is_stored_and_leaves_less_than_half_a_step(world: World, ppm: float) -> None:
    chip = new_chip(world, ppm)
    left = on_a_counter.keep_offset(I2C(chip), ppm)
    assert abs(left) <= on_a_counter.STEP / 2 + 1e-9
    assert chip.careless == 0
    chip.lose_supply()
    world.time += 1
    begun, shown = world.time, chip.unix_time
    world.time += 100 * 86400
    gained = (chip.unix_time - shown) - (world.time - begun)
    assert gained / (100 * 86400) * 1e6 == pytest.approx(left, abs=0.01)


def test_the_firmware_leaves_it_as_it_is(world: World, tmp_path: Any) -> None:
    chip = new_chip(world, 0.83)
    left = on_a_counter.keep_offset(I2C(chip), 0.83)
    key = Key(world, chip, CutPlaces(fresh(tmp_path)))
    key.synchronise()
    key.vault.create(True)
    assert chip.stored(0xC1) == round((0.83 - left) / on_a_counter.STEP) & 0x3F
    begun = chip.unix_time - world.time
    world.time += 30 * 86400
    assert chip.unix_time - world.time - begun == pytest.approx(left * 30 * 86400e-6, abs=0.02)


def test_one_hertz_is_chosen_and_not_stored(world: World) -> None:
    """Manual, clock output: FD = 11 is 1 Hz; the output is on while NCLKE is 0."""
    chip = new_chip(world, 0.0)
    on_a_counter.one_hertz(I2C(chip))
    chip.write(b"\xc0")
    assert chip.read(1)[0] & 0x40 == 0
    chip.write(b"\xc3")
    assert chip.read(1)[0] == 0x60
    assert chip.eeprom_writes == 0
