"""The clock chips' models against their data sheets, in a world whose time a test drives.

RV-3032: application manual, rev. 1.3, with its tables and times. DS3231: Maxim 19-5170, and Python's
calendar. PCF8523 and RV-3028: their data sheets.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032

START = 1_800_000_000.0
LAST = datetime(2099, 12, 31)
MOMENTS = st.datetimes(datetime(2000, 1, 1), LAST).map(lambda moment: moment.replace(microsecond=0))


class World:
    """The true time, moved by hand."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


def read(clock: ClockChip, register: int, count: int = 1) -> bytes:
    clock.write(bytes((register,)))
    return clock.read(count)


def bcd(number: int) -> int:
    return int(str(number), 16)


def registers(moment: datetime, *day: int) -> bytes:
    """Seconds to year. `day`: weekday and date, as the chip has them."""
    numbers = (moment.second, moment.minute, moment.hour, *day, moment.month, moment.year - 2000)
    return bytes(map(bcd, numbers))


EERD_ON, EERD_OFF = b"\x10\x04", b"\x10\x00"


@pytest.fixture
def world() -> World:
    return World()


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


def test_after_power_on_the_eeprom_is_busy_for_66_ms(world: World) -> None:
    clock = RV3032(world.now)
    assert read(clock, 0x0E)[0] & 0x04
    assert read(clock, 0xC4, 2) == b"\x00\x00"
    world.time += 0.065
    assert read(clock, 0x0E)[0] & 0x04
    world.time += 0.002
    assert not read(clock, 0x0E)[0] & 0x04
    assert read(clock, 0xC4, 2) != b"\x00\x00"


@pytest.mark.parametrize("weekday", range(7))
def test_the_weekday_is_a_counter_of_its_own(world: World, weekday: int) -> None:
    """The user says which day is 0 (section 3.4)."""
    clock = new(world)
    clock.write(bytes((0x04, weekday)))
    assert read(clock, 0x04)[0] == weekday
    world.time += 86400
    assert read(clock, 0x04)[0] == (weekday + 1) % 7


def test_writing_the_seconds_restarts_the_second_and_writing_the_minutes_does_not(world: World) -> None:
    """Section 4.5.1."""
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


@pytest.mark.parametrize(
    ("kind", "register", "stop", "first"), [(RV3032, 0x11, 0x01, 1.0), (PCF8523, 0x00, 0x20, 0.508)]
)
def test_a_stop_holds_the_second_at_its_start(
    world: World, kind: type[ClockChip], register: int, stop: int, first: float
) -> None:
    """RV-3032: section 4.21.1. The first second of a PCF8523 is then half as long."""
    clock = kind(world.now)
    clock.set_unix(START + 0.7)
    clock.write(bytes((register, stop)))
    world.time += 5
    assert int(clock.unix_time) == START
    clock.write(bytes((register, 0)))
    world.time += first - 0.001
    assert int(clock.unix_time) == START
    world.time += 0.002
    assert int(clock.unix_time) == START + 1


#: By section 3.20.2 of the RV-3032, a clock that is fast by so much is right with this offset.
OFFSETS = {
    0b011111: 7.391,
    0b011110: 7.153,
    0b000001: 0.238,
    0b000000: 0.0,
    0b111111: -0.238,
    0b111110: -0.477,
    0b100001: -7.391,
    0b100000: -7.629,
}
AGINGS = [(2.0, 0, 2), (-5.0, 0, -5), (0.0, 127, -12.7), (0.0, -128, 12.8), (2.0, 20, 0)]
PCF8523_OFFSETS = {0x01: -4.34, 0x7F: 4.34, 0x40: 277.76, 0x81: -4.069, 0xBF: -63 * 4.069}


@pytest.mark.parametrize(
    ("kind", "drift_ppm", "written", "gained"),
    [
        *((RV3032, ppm, [EERD_ON, bytes((0xC1, offset))], 0.0) for offset, ppm in OFFSETS.items()),
        *((DS3231, drift, [bytes((0x10, aging & 0xFF))], gained) for drift, aging, gained in AGINGS),
        *((PCF8523, 0.0, [bytes((0x0E, offset))], gained) for offset, gained in PCF8523_OFFSETS.items()),
        # No refresh from EEPROM, so that the registers count.
        *(
            (RV3028, 0.0, [b"\x0f\x08", bytes((0x36, at >> 1 & 0xFF, (at & 1) << 7))], -at * 0.953674)
            for at in (1, -1, 255, -256)
        ),
    ],
)
def test_an_offset_makes_up_for_drift(
    world: World, kind: type[ClockChip], drift_ppm: float, written: list[bytes], gained: float
) -> None:
    clock = kind(world.now, drift_ppm=drift_ppm)
    world.time += 0.067
    clock.set_unix(world.time)
    for data in written:
        clock.write(data)
    world.time += 1_000_000
    assert clock.unix_time - world.time == pytest.approx(gained, abs=1e-3)


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
def test_the_battery_takes_over_if_switch_over_is_on(world: World, pmu: int, keeps: bool) -> None:
    """Section 4.2. The flag for a switch-over stays clear while the function is off (section 3.8)."""
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


def test_one_byte_is_written_in_5_ms_and_read_in_1(world: World) -> None:
    """Sections 4.6.5 and 4.6.6. What is said to a busy EEPROM is not heard (section 4.6.7)."""
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


def test_update_writes_all_settings(world: World) -> None:
    """Section 4.6.3. RAM's copy of the password reads as 0, and is written none the less (section 3.1)."""
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
def test_in_the_last_second_of_a_day_the_settings_come_from_eeprom(world: World, control: bytes) -> None:
    """Section 4.6.2: when the chip has its supply, and unless EERD forbids."""
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


def test_on_its_battery_it_keeps_what_ram_holds(world: World) -> None:
    """Section 4.6.2."""
    clock = new(world)
    clock.set_unix(START)
    clock.write(b"\xc0\x60\x01")
    clock.lose_supply()
    world.time += 3 * 86400
    assert read(clock, 0xC0, 2) == b"\x60\x01"


def test_a_cut_tears_what_is_being_written(world: World) -> None:
    """Sections 4.6.8 and 4.6.9: the byte is corrupted, and EEF says so if the flags outlast the cut."""
    clock = new(world)
    clock.set_unix(START)
    clock.write(EERD_ON)
    clock.write(b"\x3d\xc1\x05\x21")
    world.time += 0.002
    clock.lose_supply()
    assert clock.stored(0xC1) == clock.torn
    assert clock.stored(0xC0) == 0x20
    assert read(clock, 0x0E)[0] & 0x09 == 0x09


def unix(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


def test_first_power_on() -> None:
    clock = DS3231(World().now)
    assert read(clock, 0x00, 7) == bytes([0, 0, 0, 1, 1, 1, 0])
    assert read(clock, 0x0E, 3) == bytes([0x1C, 0x88, 0x00])
    assert clock.has_lost_time


#: The register of the seconds, and how weekday and date follow the hour.
CALENDARS: dict[type[ClockChip], tuple[int, Callable[[datetime], tuple[int, int]]]] = {
    DS3231: (0x00, lambda moment: (moment.isoweekday(), moment.day)),
    PCF8523: (0x03, lambda moment: (moment.day, moment.isoweekday() % 7)),
    RV3032: (0x01, lambda moment: (moment.isoweekday() % 7, moment.day)),
}


@pytest.mark.parametrize("kind", CALENDARS)
@given(MOMENTS, st.integers(0, 10 * 365 * 86400))
def test_any_moment_counts_on_like_the_calendar(
    kind: type[ClockChip], moment: datetime, seconds: int
) -> None:
    world = World()
    clock, (first, day) = kind(world.now), CALENDARS[kind]
    clock.write(bytes((first,)) + registers(moment, *day(moment)))
    assert clock.unix_time == moment.replace(tzinfo=UTC).timestamp()
    assert read(clock, first, 7) == registers(moment, *day(moment))
    then = min(moment + timedelta(seconds=seconds), LAST)
    world.time += (then - moment).total_seconds()
    assert read(clock, first, 7) == registers(then, *day(then))


@given(st.integers(0, 23), st.integers(0, 59))
def test_twelve_hour_mode(hour: int, minute: int) -> None:
    clock = DS3231(World().now)
    afternoon, shown = hour >= 12, (hour % 12) or 12
    register = 0x40 | (0x20 if afternoon else 0) | bcd(shown)
    clock.write(bytes([0x00, 0, bcd(minute), register, 1, 1, 1, 0x30]))
    assert clock.unix_time == unix(2030, 1, 1, hour, minute)
    assert read(clock, 0x02) == bytes([register])


@pytest.mark.parametrize("century", [0x00, 0x80])
def test_the_century_bit_toggles_when_the_years_run_over(world: World, century: int) -> None:
    clock = DS3231(world.now)
    clock.write(bytes([0x00, 0x59, 0x59, 0x23, 7, 0x31, 0x12 | century, 0x99]))
    world.time += 1
    assert read(clock, 0x00, 7) == bytes([0, 0, 0, 1, 1, 0x01 | (century ^ 0x80), 0])


def test_a_write_of_the_seconds_restarts_the_second(world: World) -> None:
    clock = DS3231(world.now)
    clock.set_unix(unix(2030, 1, 1) + 0.9)
    clock.write(bytes([0x00, 0x30]))
    world.time += 0.5
    assert read(clock, 0x00) == b"\x30"
    world.time += 0.5
    assert read(clock, 0x00) == b"\x31"


def test_a_write_of_the_minutes_keeps_the_phase_of_the_second(world: World) -> None:
    clock = DS3231(world.now)
    clock.set_unix(unix(2030, 1, 1) + 0.9)
    clock.write(bytes([0x01, 0x30]))
    world.time += 0.2
    assert read(clock, 0x00, 2) == bytes([0x01, 0x30])


def test_the_oscillator_stop_flag_can_only_be_cleared() -> None:
    clock = DS3231(World().now)
    clock.write(bytes([0x00, 0, 0, 0, 1, 1, 1, 0x30]))
    assert read(clock, 0x0F) == b"\x88", "setting the time leaves the flag to the driver"
    clock.write(bytes([0x0F, 0x08]))
    assert read(clock, 0x0F) == b"\x08"
    clock.write(bytes([0x0F, 0xFF]))
    assert read(clock, 0x0F) == b"\x08"


def test_a_lost_battery_loses_time_and_settings(world: World) -> None:
    clock = DS3231(world.now)
    clock.set_unix(START)
    clock.write(bytes([0x10, 0x05]))
    clock.lose_battery()
    world.time += 61
    assert read(clock, 0x00, 7) == bytes([0x01, 0x01, 0, 1, 1, 1, 0])
    assert read(clock, 0x0F, 2) == b"\x88\x00"


def test_the_pointer_wraps_after_the_last_register() -> None:
    clock = DS3231(World().now, celsius=-1.25)
    assert read(clock, 0x11, 4) == bytes([0xFE, 0xC0, 0x00, 0x00])
    assert clock.read(1) == b"\x00", "the pointer stays where the last read left it"
    clock.write(bytes([0x12, 0xFF, 0x42]))
    assert read(clock, 0x12, 2) == bytes([0xC0, 0x42]), "the temperature cannot be written"


def test_a_change_of_drift_holds_from_now_on(world: World) -> None:
    clock = DS3231(world.now, drift_ppm=10)
    clock.set_unix(START)
    world.time += 1_000_000
    clock.drift_ppm = 0
    world.time += 1_000_000
    assert clock.unix_time - world.time == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize("moment", [unix(1999, 12, 31), unix(2100, 1, 1)])
def test_it_cannot_hold_other_centuries(moment: float) -> None:
    with pytest.raises(ValueError, match="2000 to 2099"):
        DS3231(World().now).set_unix(moment)


@given(st.binary(max_size=40) | st.binary(min_size=7, max_size=7).map(b"\0".__add__), st.integers(0, 40))
def test_any_transaction_is_answered_and_any_time_leaves_a_working_clock(data: bytes, count: int) -> None:
    clock = DS3231(World().now)
    clock.write(data)
    assert len(clock.read(count)) == count
    assert unix(2000, 1, 1) <= clock.unix_time < unix(2100, 1, 1)


def test_a_new_pcf8523_uses_no_battery_and_says_that_it_stopped() -> None:
    clock = PCF8523(World().now)
    assert clock.read(4) == bytes((0x00, 0x00, 0xE0, 0x80))
    clock.write(bytes((0x03, 0)))
    assert not clock.has_lost_time
    clock.lose_supply()
    assert clock.has_lost_time


def test_the_rv3028_forgets_at_midnight_what_is_not_in_its_eeprom(world: World) -> None:
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


def test_the_counter_of_the_rv3028_and_its_reset(world: World) -> None:
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
