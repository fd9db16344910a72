"""A key that was left alone locks itself."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, Desk
from totpkey.link.replies import Locking
from totpkey_protocol import words

PIN = "2580"
IDLE = 40


def left_open(desk: Desk, locking: Locking) -> None:
    """A key with a PIN in its everyday face, open."""
    with desk.until_done(desk.first_set_up()) as client:
        client.add(AMAZON)
        client.set_pin(PIN)
        client.set_locking(locking)
    desk.expect_code(AMAZON)


def test_an_open_key_locks_itself_after_its_idle_time(desk: Desk) -> None:
    left_open(desk, Locking(IDLE, False))
    # Each press types another code, and each touch restarts the idle time.
    for _ in range(2):
        desk.key.run(31)
        desk.expect_code(AMAZON)
    desk.key.run(IDLE + 1)
    assert desk.press() == ""
    # That press was taken for the beginning of a PIN, which is forgotten if nothing follows.
    desk.key.run(16)
    desk.enter_pin(PIN)
    desk.expect_code(AMAZON)


def test_without_an_idle_time_it_stays_open(desk: Desk) -> None:
    left_open(desk, Locking(0, False))
    desk.key.run(60)
    desk.expect_code(AMAZON)


@pytest.mark.simulator_only(reason="it runs for two minutes; the everyday face does so on the chip")
def test_in_setup_a_program_that_talks_keeps_it_open(desk: Desk) -> None:
    left_open(desk, Locking(IDLE, False))
    with desk.setup_client() as client:
        client.unlock_pin(PIN)
        for _ in range(2):
            desk.key.run(IDLE - 10)
            assert client.hello().state == words.OPEN
        desk.key.run(IDLE + 1)
        assert client.hello().state == words.LOCKED


def left_open_through_a_sleep(desk: Desk, locking: Locking) -> None:
    left_open(desk, locking)
    desk.key.suspend()
    desk.key.run(2)
    desk.key.resume()
    # No code is typed twice: that alone would leave it silent.
    desk.key.run(31)


def test_it_locks_itself_when_the_computer_goes_to_sleep(desk: Desk) -> None:
    left_open_through_a_sleep(desk, Locking(0, True))
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ""


def test_a_sleeping_computer_leaves_it_open_unless_that_is_set(desk: Desk) -> None:
    left_open_through_a_sleep(desk, Locking(0, False))
    desk.expect_code(AMAZON)
