"""The light's messages are visible, however long the flash or a PIN takes before them.

A sector of the flash may take 400 ms to erase (W25Q16JV data sheet, section 9.6). The test watches the light,
and not the call that should show something.
"""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.led import lasting, of_colour, watch
from totpkey_virtual.flash import SLOWEST

GREEN, RED, VIOLET, AMBER = (0, 60, 0), (60, 0, 0), (40, 0, 40), (60, 25, 0)
PIN = "1211"
#: Erase and program in seconds: as usual, and in the data sheet's upper range.
SPEEDS = {"typical": (0.045, 0.0004), "slow": (0.3, 0.003), "slowest": SLOWEST}


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_second_account_never_shows_the_first_one_s_count(desk: Desk, speed: str) -> None:
    desk.provision(AMAZON, GITHUB)
    desk.key.set_flash_times(*SPEEDS[speed])
    for colour, count in ((VIOLET, 2), (AMBER, 1), (VIOLET, 2)):
        desk.key.press(0.7)
        # The write, and then the number, before the light of a ready key says it again.
        assert desk.key.run_until(lambda: any(desk.key.light), 2.5)
        assert lasting(of_colour(desk.key, watch(desk.key, 2), colour), 150) == count


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_right_pin_is_answered_by_three_green_flashes(desk: Desk, speed: str) -> None:
    desk.provision(AMAZON, pin=PIN)
    desk.replug()
    desk.key.set_flash_times(*SPEEDS[speed])
    desk.enter(PIN)
    assert lasting(of_colour(desk.key, watch(desk.key, 5), GREEN), 150) == 3


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_wrong_pin_is_answered_by_six_red_flashes(desk: Desk, speed: str) -> None:
    desk.provision(AMAZON, pin=PIN)
    desk.replug()
    desk.key.set_flash_times(*SPEEDS[speed])
    desk.enter("1121")
    seen = of_colour(desk.key, watch(desk.key, 5), RED)
    # On one plain LED a try that takes no time is as short; the answer comes 0.3 s after it.
    assert lasting([flash for flash in seen if flash.dark < 250], 60) == 6


@pytest.mark.slow
@pytest.mark.simulator_only(reason="it runs for minutes")
def test_a_choice_that_takes_a_second_to_store_does_not_put_the_clock_wrong(desk: Desk) -> None:
    """Once a minute the key waits for its chip's next second, and somebody may be choosing meanwhile."""
    desk.provision(AMAZON, GITHUB)
    desk.hold_for_setup()
    for phase in range(12):
        with desk.client() as client:
            off = client.time().seconds - desk.key.true_time
        desk.key.set_flash_times(*SLOWEST)
        desk.key.run(50 + phase * 0.0137)
        for _ in range(9):
            desk.key.press(0.7)
            desk.key.run(0.6)
        with desk.client() as client:
            assert abs(client.time().seconds - desk.key.true_time - off) < 0.05
