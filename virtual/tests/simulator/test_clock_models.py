"""The models of PCF8523 and RV-3028 against their datasheets. DS3231 and RV-3032 have their own files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from virtual.tests.simulator.clock_world import MOMENTS, START, World, bcd, read


@given(MOMENTS)
def test_the_pcf8523_takes_and_shows_every_date(moment: datetime) -> None:
    clock = PCF8523(World().now)
    date = (moment.day, moment.isoweekday() % 7, moment.month, moment.year - 2000)
    registers = bytes(map(bcd, (moment.second, moment.minute, moment.hour, *date)))
    clock.write(b"\x03" + registers)
    assert clock.unix_time == moment.replace(microsecond=0, tzinfo=UTC).timestamp()
    assert read(clock, 0x03, 7) == registers


def test_a_new_pcf8523_uses_no_battery_and_says_that_it_stopped() -> None:
    clock = PCF8523(World().now)
    assert clock.read(4) == bytes((0x00, 0x00, 0xE0, 0x80))
    clock.write(bytes((0x03, 0)))
    assert not clock.has_lost_time
    clock.lose_supply()
    assert clock.has_lost_time


def test_after_a_stop_the_first_second_of_the_pcf8523_is_half_as_long() -> None:
    world = World()
    clock = PCF8523(world.now)
    clock.set_unix(START)
    clock.write(b"\x00\x20")
    world.time += 3
    assert int(clock.unix_time) == START
    clock.write(b"\x00\x00")
    world.time += 0.507
    assert int(clock.unix_time) == START
    world.time += 0.002
    assert int(clock.unix_time) == START + 1


@pytest.mark.parametrize(
    ("register", "ppm"), [(0x01, -4.34), (0x7F, 4.34), (0x40, 277.76), (0x81, -4.069), (0xBF, -63 * 4.069)]
)
def test_the_offset_of_the_pcf8523(register: int, ppm: float) -> None:
    world = World()
    clock = PCF8523(world.now)
    clock.set_unix(START)
    clock.write(bytes((0x0E, register)))
    world.time += 1_000_000
    assert clock.unix_time - world.time == pytest.approx(ppm, abs=1e-3)


@pytest.mark.parametrize("steps", [1, -1, 255, -256])
def test_the_offset_of_the_rv3028(steps: int) -> None:
    world = World()
    clock = RV3028(world.now)
    clock.set_unix(START)
    # No refresh from EEPROM, so that the registers count.
    clock.write(b"\x0f\x08")
    clock.write(bytes((0x36, steps >> 1 & 0xFF, (steps & 1) << 7)))
    world.time += 1_000_000
    assert clock.unix_time - world.time == pytest.approx(-steps * 0.953674, abs=1e-3)


def test_the_rv3028_forgets_at_midnight_what_is_not_in_its_eeprom() -> None:
    world = World()
    clock = RV3028(world.now)
    clock.set_unix(START)
    for stored in (False, True):
        clock.write(b"\x0f\x08")
        clock.write(bytes((0x37, 0x0C)))
        if stored:
            clock.write(b"\x27\x00")
            clock.write(b"\x27\x11")
            assert read(clock, 0x0E)[0] & 0x80
        clock.write(b"\x0f\x00")
        world.time += 86400
        assert read(clock, 0x37)[0] == (0x0C if stored else 0x00)
    assert clock.eeprom_writes == 1


def test_the_counter_of_the_rv3028_and_its_reset() -> None:
    world = World()
    clock = RV3028(world.now)
    assert clock.has_lost_time
    world.time += 0.7
    clock.write(b"\x1b" + (4_000_000_000).to_bytes(4, "little"))
    clock.write(b"\x10\x01")
    clock.write(b"\x0e\x00")
    assert not clock.has_lost_time
    assert clock.unix_time == 4_000_000_000.0
    world.time += 0.6
    assert int.from_bytes(read(clock, 0x1B, 4), "little") == 4_000_000_000
