"""The firmware knows the chip on the bus by reading alone, and drives the RV-3032 as its manual has it.

Its application manual (rev. 1.3) is held against the bus traffic, also where the power is cut.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock.bench import START, Bus, World
from totpkey_firmware.clock import chips, rv3032
from totpkey_protocol import limits
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import READ_ONE, RV3032, TIMES, WRITE_ONE

MOMENT = datetime(2027, 12, 31, 23, 59, 58, tzinfo=UTC)
TIME = int(MOMENT.timestamp())


class Cut(Exception):
    """The key is unplugged."""


class Heard(Bus):
    """A bus that remembers what is written, and may be cut before one of its transfers."""

    def __init__(self, world: World, chip: ClockChip) -> None:
        super().__init__(world, chip)
        self.written: list[bytes] = []
        self.left = 1_000_000

    def write(self, address: int, data: bytes | bytearray) -> None:
        self._go_on()
        self.written.append(bytes(data))
        super().write(address, data)

    def write_then_read(self, address: int, data: bytes | bytearray, into: bytearray) -> None:
        self._go_on()
        super().write_then_read(address, data, into)

    def _go_on(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cut


class Bench:
    """A chip as delivered, some time after power-on, and its driver."""

    def __init__(self) -> None:
        self.world = World()
        self.chip = RV3032(self.world.now)
        self.world.time += 1
        self.bus = Heard(self.world, self.chip)
        self.driver = rv3032.RV3032(cast(Any, self.bus))

    def replug(self) -> None:
        self.chip.lose_supply()
        self.world.time += 100
        self.bus.left = 1_000_000


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_time_is_set_in_one_transfer(bench: Bench) -> None:
    """Section 4.5.1 wants that. A Friday; weekday 0 is Sunday."""
    bench.driver.set(TIME)
    assert bench.bus.written[0] == bytes.fromhex("01 58 59 23 05 31 12 27")
    assert bench.chip.unix_time - TIME == pytest.approx(bench.world.time - START - 1)


@given(st.integers(limits.TIME_LEAST, limits.TIME_MOST - 1))
def test_every_time_is_set_and_read(time: int) -> None:
    bench = Bench()
    bench.driver.set(time)
    assert bench.driver.read() == time
    assert bench.chip.unix_time == pytest.approx(time, abs=0.2)


def test_power_is_managed_as_the_manual_wants_it_for_a_cell_that_is_not_rechargeable(bench: Bench) -> None:
    """Section 8.2: 0X10 0000, and 4.4.4: NCLKE is 1 where nothing needs the clock output; in EEPROM, too."""
    bench.driver.set(TIME)
    assert bench.chip.stored(0xC0) == 0b0110_0000
    assert not bench.chip.charges
    bench.replug()
    assert bench.driver.read() == TIME + int(bench.world.time - START - 1)


@pytest.mark.parametrize(("ppm", "offset"), [(1.2, 0b000101), (-5.1, 0b101011), (0, 0)])
def test_the_manual_s_examples_of_an_offset(bench: Bench, ppm: float, offset: int) -> None:
    """Section 5.3.1: the frequency is off by `ppm`. The key reads an offset, and never writes one."""
    bench.chip.write(bytes((0xC1, offset)))
    bench.driver.set(TIME)
    assert bench.driver.foreign() == pytest.approx(abs(1000 * ppm), abs=120)
    assert bench.chip.stored(0xC1) == 0


def test_the_eeprom_is_spared_and_asked_as_the_manual_demands(bench: Bench) -> None:
    """Sections 3.18, 3.20.1 and 4.6.7: no refresh, no switch-over, not while busy; and all back after."""
    for _ in range(3):
        bench.driver.set(TIME)
    assert bench.chip.careless == 0
    assert bench.chip.eeprom_writes == 1
    bench.chip.write(b"\x10")
    assert bench.chip.read(1) == b"\x00"
    bench.chip.write(b"\xc0")
    assert bench.chip.read(1) == b"\x60"


def test_a_setting_that_only_ram_holds_is_stored_none_the_less(bench: Bench) -> None:
    bench.chip.write(b"\xc0\x60")
    bench.driver.set(TIME)
    assert bench.chip.stored(0xC0) == 0x60


def test_a_read_that_the_eeprom_did_not_hear_is_not_taken_for_the_setting(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(TIMES, READ_ONE)
    bench.driver.set(TIME)
    assert bench.chip.stored(0xC0) == 0x60


def test_a_chip_that_was_stopped_is_not_believed_and_runs_again_once_set(bench: Bench) -> None:
    bench.driver.set(TIME)
    bench.chip.write(b"\x11\x05")
    assert bench.driver.read() is None
    bench.driver.set(TIME)
    bench.world.time += 2
    assert bench.driver.read() == TIME + 2
    bench.chip.write(b"\x11")
    assert bench.chip.read(1) == b"\x04"


def test_an_eeprom_that_never_ends_is_an_error_and_the_battery_stays_on(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(TIMES, WRITE_ONE, 1000.0)
    with pytest.raises(OSError, match=r"^$"):
        bench.driver.set(TIME)
    bench.chip.write(b"\x10")
    assert bench.chip.read(1) == b"\x00"
    bench.replug()
    assert bench.driver.read() is not None


def test_a_charger_that_other_software_left_on_is_switched_off(bench: Bench) -> None:
    """A lithium cell must not be charged."""
    bench.chip.write(b"\xc0\x23")
    assert bench.chip.charges
    assert bench.driver.read() is None
    assert not bench.chip.charges


def steps() -> int:
    """How many transfers it takes to set a new chip."""
    bench = Bench()
    bench.bus.left = 1000
    bench.driver.set(TIME)
    return 1000 - bench.bus.left


@pytest.mark.parametrize("torn", [0x7F, 0x23, 0x00, 0xFF])
@pytest.mark.parametrize("late", [0.0, 0.002])
def test_after_a_cut_anywhere_it_is_right_or_lost_and_never_charges(torn: int, late: float) -> None:
    """`late`: the cut falls into the work that the transfer before began."""
    lost = 0
    for left in range(steps() + 1):
        bench = Bench()
        bench.chip.torn = torn
        bench.bus.left = left
        with suppress(Cut):
            bench.driver.set(TIME)
        bench.world.time += late
        bench.replug()
        read = bench.driver.read()
        lost += read is None
        assert read is None or abs(read - bench.chip.unix_time) < 1
        assert read is None or bench.chip.stored(0xC0) == 0x60
        assert not bench.chip.charges
        begun = bench.world.time
        bench.driver.set(TIME)
        bench.replug()
        assert bench.driver.read() == TIME + int(bench.world.time - begun)
        assert bench.chip.stored(0xC0) == 0x60
        bench.chip.write(b"\x10")
        assert bench.chip.read(1) == b"\x00"
    assert 0 < lost < steps()


class Other(RV3032):
    """Another chip at the same address: its registers, and how many there are before a read wraps around."""

    content = bytes(16)

    def write(self, data: bytes) -> None:
        self._pointer = data[0]

    def read(self, count: int) -> bytes:
        return bytes(self.content[(self._pointer + index) % len(self.content)] for index in range(count))


#: Registers at 2027-01-06, a Wednesday, 12:34:56, when weekday and date could be exchanged.
PCF8563 = bytes.fromhex("00 00 56 34 12 06 03 01 27 80 80 80 80 00 00 00")
PCF85063 = bytes.fromhex("00 00 00 00 56 34 12 06 03 01 27 80 80 80 80 80 00 18")
PCF85363 = bytes.fromhex("00 56 34 12 06 03 01 27") + bytes(0x78)
#: This chip's calendar and EEPROM address, and something where this chip has nothing.
NEARLY = bytearray(bytes.fromhex("00 56 34 12 03 06 01 27") + bytes(0xF8))
NEARLY[0x3D] = 0xC0


def nearly(register: int) -> bytes:
    return bytes(NEARLY[:register]) + b"\x01" + bytes(NEARLY[register + 1 :])


@pytest.mark.parametrize(
    "content",
    [PCF8563, PCF85063, PCF85363, b"\xff", b"\x00", bytes(range(256)), *map(nearly, (0x2E, 0x3C, 0x3F))],
    ids=["PCF8563", "PCF85063", "PCF85363", "empty", "wiped", "memory", "at 2Eh", "at 3Ch", "at 3Fh"],
)
def test_other_chips_at_its_address_are_left_alone(content: bytes) -> None:
    world = World()
    chip = Other(world.now)
    chip.content = content
    bus = Heard(world, chip)
    assert chips.find(cast(Any, bus)) is None
    assert not bus.written


class Watched(Bus):
    """A bus on which nobody writes more than a register's address."""

    def write(self, address: int, data: bytes | bytearray) -> None:
        raise AssertionError("a chip that is not known yet was written to")


def found(make: Callable[[Now], ClockChip], prepare: Callable[[ClockChip], None]) -> str:
    world = World()
    chip = make(world.now)
    prepare(chip)
    driver = chips.find(cast(Any, Watched(world, chip)))
    return driver.name if driver else ""


KINDS = [DS3231, PCF8523, RV3028, RV3032]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_chip(kind: type[ClockChip]) -> None:
    assert found(kind, lambda chip: None) == kind.name


@pytest.mark.parametrize("kind", KINDS)
@given(time=st.floats(946684800, 4102444799), registers=st.binary(min_size=11, max_size=11))
def test_at_any_time_with_any_settings(kind: type[ClockChip], time: float, registers: bytes) -> None:
    def prepare(chip: ClockChip) -> None:
        chip.set_unix(time)
        # Alarms, and what follows them.
        chip.write(bytes((0x07 if kind is DS3231 else 0x0A,)) + registers[: 7 if kind is DS3231 else 10])

    assert found(kind, prepare) in (kind.name, "")


class Larger(DS3231):
    """A chip at the same address that has another number of registers."""

    registers = 0x40

    def read(self, count: int) -> bytes:
        data = super().read(min(count, 0x13))
        return data + bytes(range(0x13, 0x40))[: count - len(data)]


class MemoryChip(RV3028):
    """A memory chip at the address of an RV-3028."""

    content = b"\xff"

    def read(self, count: int) -> bytes:
        return self.content * count


@pytest.mark.parametrize("content", [b"\xff", b"\x00", b"\x42"])
def test_others_are_left_alone(content: bytes) -> None:
    MemoryChip.content = content
    assert found(MemoryChip, lambda chip: None) == ""
    assert found(Larger, lambda chip: chip.set_unix(START)) == ""
