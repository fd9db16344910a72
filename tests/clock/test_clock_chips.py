"""Each clock chip is known by reading alone, set on the computer's second, kept on its battery, and doubted.

A chip that is wrong is not believed. Time passes as the key has it: nobody waits. The RV-3032 is driven as
its application manual (rev. 1.3) has it, which is held against the bus traffic, also where the power is cut.
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
from tests.support.desk import AMAZON, Desk
from tests.support.keys import MakeKey
from tests.support.led import flickers, watch
from totpkey.clock import host_clock
from totpkey.clock.phrases import offset as in_words
from totpkey.clock.synchronise import GOAL, Offset, measure, synchronise
from totpkey.errors import HostClockWrong
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey.link.replies import KeyTime
from totpkey_firmware.clock import chips, rv3032
from totpkey_protocol import limits, words
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import READ_ONE, RV3032, TIMES, WRITE_ONE

MakeDesk = Callable[[Callable[[Now], ClockChip]], Desk]
CHIPS = [DS3231, PCF8523, RV3028, RV3032]
#: Those that `make test` tries on the emulated RP2040: the stick's, and that of most kits.
ON_THE_CHIP = (DS3231, RV3032)


@pytest.fixture
def desk_with(make_key: MakeKey) -> MakeDesk:
    return lambda clock: Desk(make_key(drive_folder(), clock))


@pytest.mark.parametrize(
    "chip", [pytest.param(chip, marks=[pytest.mark.quick] if chip in ON_THE_CHIP else []) for chip in CHIPS]
)
def test_set_kept_and_typed_by(desk_with: MakeDesk, chip: type[ClockChip]) -> None:
    desk = desk_with(chip)
    with desk.until_done(desk.client()) as client:
        assert client.clock().chip == chip.name
        assert client.hello().clock == words.LOST
        client.begin_session()
        time = round(desk.key.true_time)
        desk.key.run(time + 1 - desk.key.true_time)
        client.set_time(time + 1)
        assert abs(desk.key.clock.unix_time - desk.key.true_time) < 0.05
        # The key tells the time somewhere between the question and its answer's arrival.
        asked, told = desk.key.true_time, client.time().seconds
        assert asked - 0.05 < told < desk.key.true_time + 0.05
        client.add(AMAZON)
    desk.key.unplug()
    desk.key.wait_unplugged(10 * 86400 + 17)
    desk.plug_in()
    # At the chip's worst it may be 35 s off by now.
    desk.expect_code(AMAZON, slow=limits.SLOW_MOST)
    assert abs(desk.key.clock.unix_time - desk.key.true_time) < 0.05


def test_a_time_that_this_key_did_not_set_is_not_believed(desk_with: MakeDesk) -> None:
    """The clock comes out of another project, and tells that one's local time."""
    desk = desk_with(DS3231)
    desk.key.clock.set_unix(desk.key.true_time + 3600)
    with desk.until_done(desk.client()) as client:
        assert client.hello().clock == words.DOUBTFUL
        client.add(AMAZON)
    assert desk.press() == ""
    assert desk.blinks(4) >= 4
    with desk.until_done(desk.setup_client()) as client:
        client.set_time(round(desk.key.true_time))
    desk.expect_code(AMAZON)


def test_a_clock_that_counts_twelve_hours_is_not_believed(desk_with: MakeDesk) -> None:
    """Its hours would be read as 24, and be wrong half of the day."""
    desk = desk_with(DS3231)
    desk.provision(AMAZON)
    desk.key.unplug()
    # 11 in the evening.
    desk.key.clock.write(bytes((0x02, 0x40 | 0x20 | 0x11)))
    desk.plug_in()
    with desk.setup_client() as client:
        assert client.hello().clock == words.LOST


@pytest.mark.parametrize("chip", CHIPS)
def test_without_power_it_is_not_believed(desk_with: MakeDesk, chip: type[ClockChip]) -> None:
    desk = desk_with(chip)
    desk.provision(AMAZON)
    desk.lose_the_time()
    assert desk.press() == ""
    # Two flashes every 1.9 s; a key that is ready flashes once in 4.
    assert desk.blinks(4) >= 4
    with desk.until_done(desk.setup_client()) as client:
        assert client.hello().clock == words.LOST
        client.set_time(round(desk.key.true_time))
    desk.expect_code(AMAZON)


def test_a_weak_battery_is_told(desk_with: MakeDesk) -> None:
    desk = desk_with(PCF8523)
    with desk.client() as client:
        assert client.clock().battery == words.OFF
        client.set_time(round(desk.key.true_time))
        assert client.clock().battery == words.GOOD
        assert isinstance(desk.key.clock, PCF8523)
        desk.key.clock.battery_is_low = True
        # The key asks its chip each minute while all is well.
        desk.key.run(62)
        assert client.clock().battery == words.LOW


def test_a_clock_that_a_cut_left_standing_is_not_believed(desk_with: MakeDesk) -> None:
    desk = desk_with(PCF8523)
    desk.provision(AMAZON)
    with desk.setup_client() as client:
        client.send("set_time", time=round(desk.key.true_time))
        chip = desk.key.clock
        assert isinstance(chip, PCF8523)
        assert desk.key.run_until(lambda: chip.stands_still)
    desk.key.unplug()
    desk.key.wait_unplugged(3600)
    desk.plug_in()
    assert desk.press() == ""
    with desk.setup_client() as client:
        assert client.hello().clock == words.LOST


@pytest.mark.parametrize("kind", [RV3028, RV3032])
def test_the_eeprom_is_written_once(desk_with: MakeDesk, kind: type[RV3028 | RV3032]) -> None:
    desk = desk_with(kind)
    with desk.client() as client:
        for _ in range(3):
            client.set_time(round(desk.key.true_time))
    chip = desk.key.clock
    assert isinstance(chip, kind)
    assert chip.eeprom_writes == 1


@pytest.mark.quick
def test_the_first_setting_arrives_on_the_second(
    desk_with: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What begins the session takes the key time, and must not come between."""
    desk = desk_with(DS3231)
    with desk.client() as client:
        settings: list[int] = []
        set_time = client.set_time

        def noting(time: int, within: int = 1000) -> KeyTime:
            settings.append(time)
            return set_time(time, within)

        monkeypatch.setattr(client, "set_time", noting)
        left = synchronise(client, lambda: desk.key.true_time, desk.key.run)
    assert len(settings) == 1
    assert abs(left.seconds) < 0.05


def test_the_light_says_before_and_after_a_code_how_doubtful_the_time_is(desk_with: MakeDesk) -> None:
    """A PCF8523 may be off by 40 ppm: by 30 s after 8.7 days, and by twice and four times that."""
    desk = desk_with(PCF8523)
    desk.provision(AMAZON)
    desk.key.unplug()
    for days, doubt in ((5, 0), (5, 1), (10, 2), (20, 3), (700, 3)):
        desk.key.wait_unplugged(days * 86400)
        desk.plug_in()
        desk.key.run(4)
        assert flickers(watch(desk.key, 13)) == doubt, days
        desk.away_from_the_boundary(AMAZON, 14, limits.SLOW_MOST)
        assert desk.press(0.4) == desk.code(AMAZON)
        # A second of light, then as many flickers.
        answer = watch(desk.key, 5)
        assert flickers(answer) == doubt, days
        desk.key.unplug()


on_the_simulator = pytest.mark.simulator_only(
    reason="`test_the_first_setting_arrives_on_the_second` does so on the chip"
)


def after_a_while(desk: Desk) -> KeyClient:
    """A client of the key in setup again, and a person who makes the gesture after 12 s."""

    def obey(touch: Touch) -> None:
        if touch.begins:
            desk.key.run(12.3)
        desk.obey(touch)

    desk.replug_for_setup()
    return desk.client(obey)


def synchronised(desk: Desk, client: KeyClient) -> Offset:
    return synchronise(client, lambda: desk.key.true_time, desk.key.run)


def ahead(desk: Desk) -> float:
    """How far the clock chip itself is ahead, in seconds."""
    return desk.key.clock.unix_time - desk.key.true_time


@on_the_simulator
@pytest.mark.parametrize("off", [-240.0, -2.3, 0.7, 3600.0])
def test_a_clock_that_is_off_is_put_right(desk: Desk, off: float) -> None:
    with desk.client() as client:
        synchronised(desk, client)
        client.add(AMAZON)
        desk.key.clock.set_unix(desk.key.true_time + off)
    with after_a_while(desk) as client:
        assert measure(client, lambda: desk.key.true_time).seconds == pytest.approx(off, abs=0.05)
        left = synchronised(desk, client)
    assert abs(ahead(desk)) < 0.01
    assert left.seconds == pytest.approx(ahead(desk), abs=0.01)


@on_the_simulator
def test_a_computer_that_misses_each_second_says_how_inexact_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.SYNCHRONISED)
    with desk.client() as client:
        left = synchronise(client, lambda: desk.key.true_time, lambda seconds: desk.key.run(seconds + 0.3))
        assert GOAL < abs(left.seconds) < client.clock().off / 1000


@on_the_simulator
@pytest.mark.parametrize("time", [0.0, 1_700_000_000.0, 5_000_000_000.0])
def test_a_computer_without_the_time_sets_no_clock(desk: Desk, time: float) -> None:
    with desk.client() as client, pytest.raises(HostClockWrong):
        synchronise(client, lambda: time, desk.key.run)
    assert desk.key.clock.has_lost_time


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0301, "in step with this computer (within 31 ms)"),
        (-0.4, "0.4 s behind this computer"),
        (75.9, "1 min 15 s ahead of this computer"),
        (-7260, "2 h 1 min behind this computer"),
        (90000, "1 d 1 h ahead of this computer"),
    ],
)
def test_an_offset_in_words(seconds: float, words: str) -> None:
    assert in_words(Offset(seconds, 0.001)) == words


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
    bench: Bench, monkeypatch: pytest.MonkeyPatch
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
    bench: Bench, monkeypatch: pytest.MonkeyPatch
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
    """Another chip, at this address or another one, with so many registers before a read wraps around."""

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


OTHERS = [
    *((0x51, content) for content in (PCF8563, PCF85063, PCF85363, b"\xff", b"\x00", bytes(range(256)))),
    *((0x51, nearly(register)) for register in (0x2E, 0x3C, 0x3F)),
    *((0x52, content) for content in (b"\xff", b"\x00", b"\x42")),
]


@pytest.mark.parametrize(("address", "content"), OTHERS, ids=lambda value: repr(value)[:24])
def test_other_chips_at_its_address_are_left_alone(address: int, content: bytes) -> None:
    def prepare(chip: ClockChip) -> None:
        assert isinstance(chip, Other)
        chip.address, chip.content = address, content

    assert found(Other, prepare) == ""


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


@pytest.mark.parametrize("kind", CHIPS)
def test_a_new_chip(kind: type[ClockChip]) -> None:
    assert found(kind, lambda chip: None) == kind.name


@pytest.mark.parametrize("kind", CHIPS)
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


def test_a_chip_with_more_registers_is_left_alone() -> None:
    assert found(Larger, lambda chip: chip.set_unix(START)) == ""
