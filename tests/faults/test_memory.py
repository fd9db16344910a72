"""On the chip a PIN gets its time, in setup's heap as with the button."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.keys import CHIPS

PIN = "2580"
#: In ms. 1310 to 1360.
OPENS = 1400
#: From the request on: the announcement, the gesture, and 2 s to set the PIN.
ANSWERS = 10_500


@pytest.mark.parametrize("make_kind", CHIPS, indirect=True)
def test_a_pin_entered_with_the_button_opens_in_its_time(desk: Desk) -> None:
    desk.provision(AMAZON, pin=PIN)
    # Meanwhile it has sealed its accounts under the new data key. Unplugged before, it goes on when it opens.
    desk.replug()
    took = desk.opening(PIN)
    assert 900 < took <= OPENS
    desk.expect_code(AMAZON)


@pytest.mark.parametrize("make_kind", CHIPS, indirect=True)
def test_a_pin_is_set_in_setup_before_the_watchdog_loses_patience(desk: Desk) -> None:
    """Setup's heap is nearly full: without room made for it, it was collected for 7 s of the watchdog's 8."""
    desk.provision(AMAZON, GITHUB)
    desk.key.press(0.8)
    desk.key.run(0.5)
    desk.replug()
    with desk.setup_client() as client:
        asked = desk.key.uptime_ms
        client.set_pin(PIN)
        assert desk.key.uptime_ms - asked < ANSWERS
