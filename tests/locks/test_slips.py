"""A person's mistakes on a key with a PIN, and what they do not cost."""

from __future__ import annotations

import pytest

from tests.flash import attacker
from tests.support.desk import AMAZON, Desk
from tests.support.keys import MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import limits, storage, words
from totpkey_virtual.simulator import SimulatedKey

PIN = "2580"


def with_pin(desk: Desk) -> None:
    """A key that was plugged in again, and is locked."""
    with desk.first_set_up() as client:
        client.add(AMAZON)
        client.set_pin(PIN)
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


def test_two_keys_whose_random_generator_is_stuck_differ() -> None:
    def slots_of(unique_id: bytes) -> list[tuple[bytes, bytes]]:
        key = SimulatedKey(
            drive_folder(),
            "raspberry_pi_pico",
            alone=storage.FILES,
            unix_time=MORNING,
            uid=unique_id,
            entropy=lambda length: b"\x55" * length,
        )
        desk = Desk(key)
        with desk.client() as client:
            client.add(AMAZON)
        return [(bytes(slot.salt), bytes(slot.wrapped)) for slot in attacker.slots(key.flash)]

    (one,), (other,) = slots_of(b"KEY ONE."), slots_of(b"KEY TWO.")
    assert one[0] != other[0]
    assert one[1] != other[1]
