"""The DS3231 model against the datasheet (Maxim 19-5170) and against Python's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totpkey_virtual.ds3231 import DS3231
from virtual.tests.simulator.clock_world import START, World, bcd, read


def time_registers(moment: datetime) -> bytes:
    return bytes(
        map(
            bcd,
            (
                *(moment.second, moment.minute, moment.hour),
                *(moment.isoweekday(), moment.day, moment.month, moment.year - 2000),
            ),
        )
    )


def unix(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


def test_first_power_on() -> None:
    clock = DS3231(World().now)
    assert read(clock, 0x00, 7) == bytes([0, 0, 0, 1, 1, 1, 0])
    assert read(clock, 0x0E, 3) == bytes([0x1C, 0x88, 0x00])
    assert clock.has_lost_time


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2089, 12, 31)),
    st.integers(0, 10 * 365 * 86400),
)
def test_any_moment_counts_on_like_the_calendar(moment: datetime, seconds: int) -> None:
    moment = moment.replace(microsecond=0)
    world = World()
    clock = DS3231(world.now)
    clock.write(b"\x00" + time_registers(moment))
    world.time += seconds
    assert read(clock, 0x00, 7) == time_registers(moment + timedelta(seconds=seconds))


@given(st.integers(0, 23), st.integers(0, 59))
def test_twelve_hour_mode(hour: int, minute: int) -> None:
    clock = DS3231(World().now)
    afternoon, shown = hour >= 12, (hour % 12) or 12
    register = 0x40 | (0x20 if afternoon else 0) | bcd(shown)
    clock.write(bytes([0x00, 0, bcd(minute), register, 1, 1, 1, 0x30]))
    assert clock.unix_time == unix(2030, 1, 1, hour, minute)
    assert read(clock, 0x02) == bytes([register])


@pytest.mark.parametrize("century", [0x00, 0x80])
def test_the_century_bit_toggles_when_the_years_run_over(century: int) -> None:
    world = World()
    clock = DS3231(world.now)
    clock.write(bytes([0x00, 0x59, 0x59, 0x23, 7, 0x31, 0x12 | century, 0x99]))
    world.time += 1
    assert read(clock, 0x00, 7) == bytes([0, 0, 0, 1, 1, 0x01 | (century ^ 0x80), 0])


def test_a_write_of_the_seconds_restarts_the_second() -> None:
    world = World()
    clock = DS3231(world.now)
    clock.set_unix(unix(2030, 1, 1) + 0.9)
    clock.write(bytes([0x00, 0x30]))
    world.time += 0.5
    assert read(clock, 0x00) == b"\x30"
    world.time += 0.5
    assert read(clock, 0x00) == b"\x31"


def test_a_write_of_the_minutes_keeps_the_phase_of_the_second() -> None:
    world = World()
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


def test_a_lost_battery_loses_time_and_settings() -> None:
    world = World()
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


@given(st.binary(min_size=7, max_size=7))
def test_senseless_times_leave_a_working_clock(registers: bytes) -> None:
    clock = DS3231(World().now)
    clock.write(b"\x00" + registers)
    assert 2000 <= datetime.fromtimestamp(clock.unix_time, UTC).year <= 2099


@pytest.mark.parametrize(
    ("drift_ppm", "aging", "gained"),
    [(2.0, 0, 2), (-5.0, 0, -5), (0.0, 127, -12.7), (0.0, -128, 12.8), (2.0, 20, 0)],
)
def test_drift_and_aging(drift_ppm: float, aging: int, gained: float) -> None:
    world = World()
    clock = DS3231(world.now, drift_ppm=drift_ppm)
    clock.set_unix(START)
    clock.write(bytes([0x10, aging & 0xFF]))
    world.time += 1_000_000
    assert clock.unix_time - world.time == pytest.approx(gained, abs=1e-3)


def test_a_change_of_drift_holds_from_now_on() -> None:
    world = World()
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


@given(st.binary(max_size=40), st.integers(0, 40))
def test_any_transaction_is_answered(data: bytes, count: int) -> None:
    clock = DS3231(World().now)
    clock.write(data)
    assert len(clock.read(count)) == count
    assert datetime(2000, 1, 1, tzinfo=UTC).timestamp() <= clock.unix_time < unix(2100, 1, 1)
