"""A person's mistakes on a key with a PIN, and what they do not cost."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, Desk
from totpkey_protocol import limits, words

PIN = "2580"


def with_pin(desk: Desk) -> None:
    """A key that was plugged in again, and is locked."""
    desk.provision(AMAZON, pin=PIN)
    desk.replug()


def tries(desk: Desk) -> int:
    """How many are left."""
    with desk.setup_client() as client:
        return client.slots().tries


@pytest.mark.parametrize("entered", ["1", "123", "1" * (limits.PIN_MOST + 1)])
def test_what_is_no_pin_costs_no_try(desk: Desk, entered: str) -> None:
    # One press, then a hold: on an open key that chooses the next account.
    with_pin(desk)
    desk.enter_pin(entered)
    assert tries(desk) == limits.TRIES
    desk.replug()
    # Nor is any of it taken for a part of the next.
    for pin in (entered, PIN):
        desk.enter_pin(pin)
    desk.expect_code(AMAZON)


def test_a_pin_of_any_length_allowed_is_tried(desk: Desk) -> None:
    with_pin(desk)
    for pin in ("1" * limits.PIN_LEAST, "1" * limits.PIN_MOST):
        desk.enter_pin(pin)
    assert tries(desk) == limits.TRIES - 2


def test_after_a_wipe_a_new_pin_has_all_its_tries(desk: Desk) -> None:
    with_pin(desk)
    for _ in range(limits.TRIES_A_POWER_UP):
        desk.enter_pin("1111")
    with desk.setup_client() as client:
        client.wipe()
        client.add(AMAZON)
        client.set_pin("1379")
        client.lock()
        client.unlock_pin("1379")
        assert client.hello().state == words.OPEN
