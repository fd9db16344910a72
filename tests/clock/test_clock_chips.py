"""Each clock chip is found, set on the computer's second, kept on its battery, and not believed if wrong.

Time passes as the key has it: nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
from totpkey_protocol import limits, words
from totpkey_protocol.words import LOST, TRUSTED
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032

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
def test_the_clock_s_second_begins_on_the_host_s(desk: Desk) -> None:
    with desk.client() as client:
        left = synchronised(desk, client)
    assert abs(ahead(desk)) < 0.01
    assert left.seconds == pytest.approx(ahead(desk), abs=0.01)


@on_the_simulator
@pytest.mark.parametrize("off", [-240.0, -2.3, 0.7, 3600.0])
def test_a_clock_that_is_off_is_put_right(desk: Desk, off: float) -> None:
    with desk.client() as client:
        synchronised(desk, client)
        client.add(AMAZON)
        desk.key.clock.set_unix(desk.key.true_time + off)
    with after_a_while(desk) as client:
        assert measure(client, lambda: desk.key.true_time).seconds == pytest.approx(off, abs=0.05)
        synchronised(desk, client)
    assert abs(ahead(desk)) < 0.01


@on_the_simulator
def test_a_clock_from_before_it_was_first_set_has_lost_its_time_and_is_put_right(desk: Desk) -> None:
    """No code was given yet: the first setting alone tells that this time is over."""
    with desk.client() as client:
        synchronised(desk, client)
        client.add(AMAZON)
        desk.key.clock.set_unix(desk.key.true_time - 86400)
    with after_a_while(desk) as client:
        assert client.clock().clock == LOST
        synchronised(desk, client)
        assert client.clock().clock == TRUSTED
    assert abs(ahead(desk)) < 0.01


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
