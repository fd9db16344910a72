"""The model of the RV-3032 against its application manual (rev. 1.3), with its tables and times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totpkey_virtual.rv3032 import RV3032
from virtual.tests.simulator.clock_world import MOMENTS, START, World, bcd, read

EERD_ON, EERD_OFF = b"\x10\x04", b"\x10\x00"


def new(world: World, **settings: float) -> RV3032:
    """A chip as delivered, past the first refresh of its settings."""
    clock = RV3032(world.now, **settings)
    world.time += 0.067
    return clock


def test_the_reset_values() -> None:
    """Section 3.22. The event input is tied to ground, so EVF is 1; the thermometer shows 25 °C."""
    clock = new(World())
    expected = bytearray(0x100)
    expected[0x05] = expected[0x06] = 0x01
    expected[0x0D] = 0b0000_0110
    expected[0x0F] = 25
    expected[0x3D] = 0xC0
    data = bytearray(read(clock, 0x00, 0x100))
    # The hundredths run, and the thermometer's reference is the factory's.
    data[0x00] = data[0xC4] = data[0xC5] = 0
    assert data == expected


def test_after_power_on_the_eeprom_is_busy_for_66_ms() -> None:
    world = World()
    clock = RV3032(world.now)
    assert read(clock, 0x0E)[0] & 0x04
    assert read(clock, 0xC4, 2) == b"\x00\x00"
    world.time += 0.065
    assert read(clock, 0x0E)[0] & 0x04
    world.time += 0.002
    assert not read(clock, 0x0E)[0] & 0x04
    assert read(clock, 0xC4, 2) != b"\x00\x00"


@given(MOMENTS, st.integers(0, 6))
def test_it_takes_and_shows_every_date(moment: datetime, weekday: int) -> None:
    """The weekday is a counter of its own: the user says which day is 0 (section 3.4)."""
    world = World()
    clock = new(world)
    date = (weekday, moment.day, moment.month, moment.year - 2000)
    registers = bytes(map(bcd, (moment.second, moment.minute, moment.hour, *date)))
    clock.write(b"\x01" + registers)
    assert clock.unix_time == moment.replace(microsecond=0, tzinfo=UTC).timestamp()
    assert read(clock, 0x01, 7) == registers
    world.time += 86400
    assert read(clock, 0x04)[0] == (weekday + 1) % 7


def test_writing_the_seconds_restarts_the_second_and_writing_the_minutes_does_not() -> None:
    """Section 4.5.1."""
    world = World()
    clock = new(world)
    clock.set_unix(START + 0.585)
    assert read(clock, 0x00) == b"\x58"
    clock.write(b"\x02\x30")
    assert read(clock, 0x00) == b"\x58"
    clock.write(b"\x00\x11")
    assert read(clock, 0x00) == b"\x58"
    clock.write(b"\x01\x30")
    assert read(clock, 0x00, 2) == b"\x00\x30"
    world.time += 0.99
    assert read(clock, 0x00, 2) == b"\x99\x30"


def test_stop_holds_the_second_at_its_start() -> None:
    """Section 4.21.1."""
    world = World()
    clock = new(world)
    clock.set_unix(START + 0.7)
    clock.write(b"\x11\x01")
    world.time += 5
    assert clock.unix_time == START
    clock.write(b"\x11\x00")
    world.time += 0.99
    assert int(clock.unix_time) == START
    world.time += 0.02
    assert int(clock.unix_time) == START + 1


@pytest.mark.parametrize(
    ("offset", "ppm"),
    [
        (0b011111, 7.391),
        (0b011110, 7.153),
        (0b000001, 0.238),
        (0b000000, 0.0),
        (0b111111, -0.238),
        (0b111110, -0.477),
        (0b100001, -7.391),
        (0b100000, -7.629),
    ],
)
def test_the_offset_takes_away_that_much(offset: int, ppm: float) -> None:
    """Section 3.20.2: a clock that is fast by that much is right with this offset."""
    world = World()
    clock = new(world, drift_ppm=ppm)
    clock.set_unix(START)
    clock.write(EERD_ON)
    clock.write(bytes((0xC1, offset)))
    begun = world.time
    world.time += 1_000_000
    assert clock.unix_time - START == pytest.approx(world.time - begun, abs=1e-3)


@pytest.mark.parametrize(
    ("celsius", "temp"),
    [
        (105, 0x690),
        (25, 0x190),
        (1, 0x010),
        (0.25, 0x004),
        (0, 0x000),
        (-0.0625, 0xFFF),
        (-25, 0xE70),
        (-40, 0xD80),
    ],
)
def test_the_thermometer(celsius: float, temp: int) -> None:
    """Section 3.8."""
    low, high = read(new(World(), celsius=celsius), 0x0E, 2)
    assert (high << 4 | low >> 4, low & 0x0F) == (temp, 0)


def test_flags_can_be_cleared_but_not_set() -> None:
    """Section 3.7."""
    clock = new(World())
    clock.write(b"\x0d\xff")
    assert read(clock, 0x0D)[0] == 0x06
    clock.write(b"\x0d\x02")
    assert read(clock, 0x0D)[0] == 0x02
    clock.write(b"\x0d\x00")
    assert read(clock, 0x0D)[0] == 0x00
    assert not clock.has_lost_time


@pytest.mark.parametrize(
    ("pmu", "keeps"), [(0x00, False), (0x40, False), (0x10, True), (0x20, True), (0x30, False)]
)
def test_the_battery_takes_over_if_switch_over_is_on(pmu: int, keeps: bool) -> None:
    """Section 4.2. The flag for a switch-over stays clear while the function is off (section 3.8)."""
    world = World()
    clock = new(world)
    clock.set_unix(START)
    clock.write(bytes((0xC0, pmu)))
    clock.lose_supply()
    world.time += 1000
    assert clock.has_lost_time != keeps
    assert read(clock, 0x0E)[0] & 0x01 == keeps
    if keeps:
        assert clock.unix_time == pytest.approx(START + 1000)


def test_it_charges_its_battery_only_with_switch_over() -> None:
    """Section 4.3."""
    clock = new(World())
    for pmu, charges in ((0x03, False), (0x23, True), (0x11, True), (0x20, False), (0x33, False)):
        clock.write(bytes((0xC0, pmu)))
        assert clock.charges == charges


def test_one_byte_is_written_in_5_ms_and_read_in_1() -> None:
    """Sections 4.6.5 and 4.6.6. What is said to a busy EEPROM is not heard (section 4.6.7)."""
    world = World()
    clock = new(world)
    clock.write(EERD_ON)
    clock.write(b"\x3d\xcb\x5a\x21")
    assert read(clock, 0x3F) == b"\x00"
    clock.write(b"\x3f\x22")
    world.time += 0.0047
    assert read(clock, 0x0E)[0] & 0x04
    world.time += 0.0002
    assert not read(clock, 0x0E)[0] & 0x04
    assert (clock.stored(0xCB), clock.eeprom_writes) == (0x5A, 1)
    clock.write(b"\x3e\x00")
    clock.write(b"\x3f\x22")
    world.time += 0.0012
    assert read(clock, 0x3E) == b"\x5a"
    # The RAM's copy is another thing: by writing only to the EEPROM, the settings are not active (4.6.10).
    clock.write(b"\x3d\xc1\x05\x21")
    world.time += 0.005
    assert read(clock, 0xC1) == b"\x00"
    clock.write(b"\x3f\x12")
    world.time += 0.002
    assert read(clock, 0xC1) == b"\x05"


def test_update_writes_all_settings() -> None:
    """Section 4.6.3. RAM's copy of the password reads as 0, and is written none the less (section 3.1)."""
    world = World()
    clock = new(world)
    clock.write(EERD_ON)
    clock.write(b"\xc0\x60\x2b")
    clock.write(b"\xc6\x11\x22\x33\x44")
    assert read(clock, 0xC6, 4) == bytes(4)
    clock.write(b"\x3f\x11")
    world.time += 0.045
    assert read(clock, 0x0E)[0] & 0x04
    world.time += 0.002
    assert [clock.stored(register) for register in (0xC0, 0xC1, 0xC6, 0xC9)] == [0x60, 0x2B, 0x11, 0x44]
    clock.lose_battery()
    world.time += 0.067
    assert read(clock, 0xC0, 2) == b"\x60\x2b"


@pytest.mark.parametrize("control", [EERD_ON, EERD_OFF])
def test_in_the_last_second_of_a_day_the_settings_come_from_eeprom(control: bytes) -> None:
    """Section 4.6.2: when the chip has its supply, and unless EERD forbids."""
    world = World()
    clock = new(world)
    midnight = 1_800_057_600
    clock.set_unix(midnight - 5)
    stored = read(clock, 0xC0, 2)
    clock.write(control)
    clock.write(b"\xc0\x60\x01")
    world.time += 3.9
    assert read(clock, 0xC0, 2) == b"\x60\x01"
    world.time += 0.2
    assert read(clock, 0xC0, 2) == (b"\x60\x01" if control == EERD_ON else stored)


def test_on_its_battery_it_keeps_what_ram_holds() -> None:
    """Section 4.6.2."""
    world = World()
    clock = new(world)
    clock.set_unix(START)
    clock.write(b"\xc0\x60\x01")
    clock.lose_supply()
    world.time += 3 * 86400
    assert read(clock, 0xC0, 2) == b"\x60\x01"


def test_a_cut_tears_what_is_being_written() -> None:
    """Sections 4.6.8 and 4.6.9: the byte is corrupted, and EEF says so if the flags outlast the cut."""
    world = World()
    clock = new(world)
    clock.set_unix(START)
    clock.write(EERD_ON)
    clock.write(b"\x3d\xc1\x05\x21")
    world.time += 0.002
    clock.lose_supply()
    assert clock.stored(0xC1) == clock.torn
    assert clock.stored(0xC0) == 0x20
    assert read(clock, 0x0E)[0] & 0x09 == 0x09
