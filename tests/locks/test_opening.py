"""What opens the key, by its cable and its button; and that a locked key reveals nothing.

A key that was left alone locks itself. A person's mistakes with a PIN do not cost more than they must.
"""

from __future__ import annotations

import pytest

from tests.attacks.stage import Port
from tests.cuts.content import use_tries
from tests.flash import attacker
from tests.support.desk import AMAZON, DERIVED, GITHUB, HID, Desk, refused
from totpkey.link.replies import Locking
from totpkey_protocol import errors, limits, words
from totpkey_virtual.simulator import SimulatedKey

PIN = "2580"
ARGON2 = (bytes(16), 65536, 3, 4)


def plugged_in_with_pin(desk: Desk) -> None:
    """A key that was plugged in again, and is locked."""
    desk.provision(AMAZON, pin=PIN)
    desk.replug()


def locked(desk: Desk) -> None:
    """The same with two accounts, in setup."""
    desk.provision(AMAZON, GITHUB, pin=PIN)
    desk.replug_for_setup()


def test_a_key_with_a_pin_starts_locked_and_types_nothing(desk: Desk) -> None:
    plugged_in_with_pin(desk)
    assert desk.classes() == [HID]
    assert desk.press() == ""
    assert desk.blinks(5) >= 2


@pytest.mark.quick
def test_the_pin_is_entered_with_the_button(desk: Desk) -> None:
    plugged_in_with_pin(desk)
    desk.enter_pin(PIN)
    desk.expect_code(AMAZON)


def test_a_wrong_pin_opens_nothing(desk: Desk) -> None:
    plugged_in_with_pin(desk)
    desk.enter_pin("1111")
    assert desk.press() == ""


def test_a_locked_key_tells_nothing_over_serial(desk: Desk) -> None:
    locked(desk)
    with desk.client() as client:
        hello = client.hello()
        assert (hello.state, hello.accounts) == (words.LOCKED, 0)
        with refused(errors.NOT_ALLOWED):
            client.list()
        client.unlock_pin(PIN)
        assert [account.name for account in client.list()] == ["Amazon:shop", "GitHub:me"]


def test_opened_in_setup_it_stays_open_through_done_until_unplugged(desk: Desk) -> None:
    """The memory that handed the data key over does not keep it."""
    locked(desk)
    with desk.until_done(desk.client()) as client:
        client.unlock_pin(PIN)
    data_keys = attacker.data_keys(desk.key.flash, PIN)
    assert data_keys
    # Nothing reads the chip's memory by its meaning.
    if isinstance(desk.key, SimulatedKey):
        assert not any(data_key[:8] in desk.key.sleep_memory for data_key in data_keys)
    desk.expect_code(AMAZON)
    desk.replug()
    assert desk.press() == ""


def test_three_wrong_pins_a_power_up_and_eight_in_all(desk: Desk) -> None:
    locked(desk)
    tries = 0
    while tries < limits.TRIES:
        with desk.client() as client:
            assert client.slots().tries == limits.TRIES - tries
            for _ in range(min(limits.TRIES_A_POWER_UP, limits.TRIES - tries)):
                desk.wait_for_the_next_try(client)
                with refused(errors.WRONG_PIN):
                    client.unlock_pin("0000")
                tries += 1
            if tries < limits.TRIES:
                with refused(errors.TOO_MANY_TRIES):
                    client.unlock_pin(PIN)
                desk.replug_for_setup()
    with desk.client() as client:
        assert client.hello().state == words.BLOCKED
        assert not client.slots().pin
    desk.replug()
    with desk.setup_client() as client:
        assert client.hello().state == words.BLOCKED


def test_a_passphrase_opens_a_blocked_key(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB, pin=PIN)
    with desk.setup_client() as client:
        client.unlock_pin(PIN)
        client.set_passphrase(DERIVED, *ARGON2)
    use_tries(desk)
    with desk.client() as client:
        assert client.hello().state == words.BLOCKED
        with refused(errors.WRONG_PASSPHRASE):
            client.unlock_passphrase(bytes(32))
        client.unlock_passphrase(DERIVED)
        assert len(client.list()) == 2


@pytest.mark.slow
def test_requests_without_a_press_spend_no_try(desk: Desk) -> None:
    locked(desk)
    simulated = isinstance(desk.key, SimulatedKey)
    requests = 1000 if simulated else 50
    changes = len(desk.key.flash_operations)
    port = Port(desk)
    port.open()
    asked = 0
    for _ in range(requests):
        port.begin()
        asked += "notice" in port.ask("unlock_pin", pin="0000")
    # There are no more gestures than that, until two minutes have passed.
    assert asked == 9
    port.close()
    desk.key.run(121 if simulated else 1)
    assert len(desk.key.flash_operations) == changes
    with desk.client() as client:
        assert client.slots().tries == limits.TRIES


def test_an_account_that_is_chosen_over_serial_is_kept_as_one_by_the_button(desk: Desk) -> None:
    with desk.until_done(desk.first_set_up()) as client:
        added = [client.add(account) for account in (AMAZON, GITHUB)]
        assert [account.chosen for account in client.list()] == [True, False]
        client.choose(added[1].account)
        assert [account.chosen for account in client.list()] == [False, True]
        desk.expect_code(GITHUB)
        with refused(errors.NOT_FOUND):
            client.choose("00000000")
    desk.key.run(31)
    desk.expect_code(GITHUB)
    desk.replug()
    desk.key.run(31)
    desk.expect_code(GITHUB)


def test_the_key_tells_a_program_what_was_chosen_with_the_button(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB)
    desk.key.press(0.8)
    desk.key.run(0.3)
    with desk.setup_client() as client:
        assert [account.chosen for account in client.list()] == [False, True]


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


@pytest.mark.parametrize("locks", [True, False])
def test_it_locks_itself_when_the_computer_goes_to_sleep_if_that_is_set(desk: Desk, locks: bool) -> None:
    left_open(desk, Locking(0, locks))
    desk.key.suspend()
    desk.key.run(2)
    desk.key.resume()
    # No code is typed twice: that alone would leave it silent.
    desk.key.run(31)
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ("" if locks else desk.code(AMAZON))


def tries(desk: Desk) -> int:
    """How many are left."""
    with desk.setup_client() as client:
        return client.slots().tries


@pytest.mark.parametrize("entered", ["1", "123", "1" * (limits.PIN_MOST + 1)])
def test_what_is_no_pin_costs_no_try(desk: Desk, entered: str) -> None:
    # One press, then a hold: on an open key that chooses the next account.
    plugged_in_with_pin(desk)
    desk.enter_pin(entered)
    assert tries(desk) == limits.TRIES
    desk.replug()
    # Nor is any of it taken for a part of the next.
    for pin in (entered, PIN):
        desk.enter_pin(pin)
    desk.expect_code(AMAZON)


def test_who_presses_eleven_times_has_lost_count_and_no_try(desk: Desk) -> None:
    plugged_in_with_pin(desk)
    for presses in (1, 1, 1, 11):
        desk.count(presses)
    desk.key.press(0.8)
    desk.key.run(2.5)
    assert tries(desk) == limits.TRIES


def test_a_pin_of_any_length_allowed_is_tried(desk: Desk) -> None:
    plugged_in_with_pin(desk)
    for pin in ("1" * limits.PIN_LEAST, "1" * limits.PIN_MOST):
        desk.enter_pin(pin)
    assert tries(desk) == limits.TRIES - 2


def test_a_wipe_leaves_a_blank_key_whose_new_pin_has_all_its_tries(desk: Desk) -> None:
    plugged_in_with_pin(desk)
    for _ in range(limits.TRIES_A_POWER_UP):
        desk.enter_pin("1111")
    with desk.setup_client() as client:
        client.wipe()
        assert client.hello().state == words.BLANK
        client.add(GITHUB)
        assert [account.name for account in client.list()] == ["GitHub:me"]
        client.set_pin("1379")
        client.lock()
        client.unlock_pin("1379")
        assert client.hello().state == words.OPEN
