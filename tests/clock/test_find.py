"""The firmware recognizes the chip on the bus only by reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock.bench import START, Bus, World
from totpkey_firmware.clock import chips
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032


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


class Other(DS3231):
    """A chip at the same address that has another number of registers."""

    registers = 0x40

    def read(self, count: int) -> bytes:
        data = super().read(min(count, 0x13))
        return data + bytes(range(0x13, 0x40))[: count - len(data)]


class Memory(RV3028):
    """A memory chip at the address of an RV-3028."""

    content = b"\xff"

    def read(self, count: int) -> bytes:
        return self.content * count


@pytest.mark.parametrize("content", [b"\xff", b"\x00", b"\x42"])
def test_others_are_left_alone(content: bytes) -> None:
    Memory.content = content
    assert found(Memory, lambda chip: None) == ""
    assert found(Other, lambda chip: chip.set_unix(START)) == ""
