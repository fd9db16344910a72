"""What opens the vault, and how often a PIN may be tried."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.vault.bench import (
    ARGON2,
    DERIVED,
    MINUTE,
    Memory,
    Worn,
    account,
    as_tuple,
    contents,
    exhaust,
    refused,
    start,
)
from totpkey_firmware.store.format import RETRIES
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors
from totpkey_protocol.storage import PAGES
from totpkey_protocol.words import BLOCKED, LOCKED, OPEN, PIN


def test_the_passphrase_opens_and_gives_its_parameters_while_locked(path: str, vault: Vault) -> None:
    with refused(errors.NO_SUCH_SLOT):
        vault.locks.passphrase()
    vault.set_passphrase(DERIVED, *ARGON2)
    again = start(path)
    assert again.locks.passphrase() == ARGON2
    with refused(errors.WRONG_PASSPHRASE):
        again.unlock_derived(bytes(32))
    with refused(errors.NO_SUCH_SLOT):
        again.unlock_pin("1234", 0)
    assert again.state == LOCKED
    again.unlock_derived(DERIVED)
    assert contents(again) == [as_tuple(account(1))]


def test_an_open_vault_is_handed_over_to_the_next_start_and_to_no_other_vault(with_pin: str) -> None:
    vault = start(with_pin)
    vault.unlock_pin("1234", 0)
    handed_over = vault.hand_over()
    wrong = bytearray(b"w" * 64)
    again = start(with_pin)
    assert not again.resume(wrong)
    assert again.state == LOCKED
    assert not any(wrong)
    assert again.resume(handed_over)
    assert contents(again) == [as_tuple(account(1))]
    again.changes.add(account(2))


def test_three_tries_a_power_up(with_pin: str) -> None:
    memory = Memory()
    for left in (7, 6, 5):
        # A reset does not help.
        vault = start(with_pin, memory)
        with refused(errors.WRONG_PIN):
            vault.unlock_pin("0000", 0)
        assert vault.locks.tries_left == left
    with refused(errors.TOO_MANY_TRIES):
        start(with_pin, memory).unlock_pin("1234", MINUTE)
    replugged = start(with_pin)
    assert replugged.locks.tries_left == 5
    replugged.unlock_pin("1234", MINUTE)
    assert replugged.locks.tries_left == 8


def by_pin(vault: Vault) -> None:
    vault.unlock_pin("1234", MINUTE)


def by_passphrase(vault: Vault) -> None:
    vault.unlock_derived(DERIVED)


def by_pin_that_is_set_again(vault: Vault) -> None:
    vault.unlock_derived(DERIVED)
    vault.set_pin("1234")


@pytest.mark.parametrize("opens", [by_pin, by_passphrase, by_pin_that_is_set_again])
def test_what_opens_gives_the_tries_of_this_power_up_back(
    path: str, vault: Vault, opens: Callable[[Vault], None]
) -> None:
    vault.set_pin("1234")
    vault.set_passphrase(DERIVED, *ARGON2)
    for _ in range(3):
        vault.lock()
        for _ in range(2):
            with refused(errors.WRONG_PIN):
                vault.unlock_pin("0000", MINUTE)
        opens(vault)
        assert vault.locks.tries_left == 8


def test_the_delay_grows_from_the_fourth_try_on(with_pin: str) -> None:
    now = 5000
    for number, delay in enumerate((0, 0, 0, 2000, 4000, 8000, 16_000, 32_000)):
        vault = start(with_pin, now=now)
        assert vault.locks.wait_ms(now) == delay
        if delay:
            with refused(errors.TOO_EARLY):
                vault.unlock_pin("1234", now + delay - 1)
            assert vault.locks.tries_left == 8 - number
        with refused(errors.WRONG_PIN):
            vault.unlock_pin("0000", now + delay)
        # The next one counts from this one.
        now += delay
    assert vault.state == BLOCKED


def test_the_delay_counts_from_the_try_before(with_pin: str) -> None:
    vault = start(with_pin)
    for _ in range(3):
        with refused(errors.WRONG_PIN):
            vault.unlock_pin("0000", 7000)
    assert vault.locks.wait_ms(8000) == 1000


def test_a_spent_pin_that_flash_keeps_opens_nothing(with_pin: str) -> None:
    # The power was cut before the slot was destroyed, and now flash refuses that.
    start(with_pin).pool.write(RETRIES, bytes((8,)))
    worn = Worn(with_pin, dict.fromkeys(range(PAGES), "takes nothing"))
    vault = start(worn)
    worn.worn = {}
    assert vault.has(PIN)
    with refused(errors.TOO_MANY_TRIES):
        vault.unlock_pin("1234", MINUTE)


def test_the_right_pin_counts_even_as_the_eighth(with_pin: str) -> None:
    for _ in range(7):
        with refused(errors.WRONG_PIN):
            start(with_pin).unlock_pin("0000", MINUTE)
    vault = start(with_pin)
    vault.unlock_pin("1234", MINUTE)
    assert vault.state == OPEN
    assert start(with_pin).locks.tries_left == 8


def test_a_passphrase_opens_a_blocked_vault_and_a_new_pin_has_all_its_tries(path: str, vault: Vault) -> None:
    vault.set_passphrase(DERIVED, *ARGON2)
    vault.set_pin("1234")
    blocked = exhaust(path)
    assert blocked.state == BLOCKED
    blocked.unlock_derived(DERIVED)
    assert contents(blocked) == [as_tuple(account(1))]
    blocked.set_pin("4321")
    again = start(path)
    assert (again.state, again.locks.tries_left) == (LOCKED, 8)
    again.unlock_pin("4321", 0)


def test_a_try_is_in_flash_before_it_is_compared(with_pin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> bytes:
        raise InterruptedError(start(with_pin).locks.tries_left)

    monkeypatch.setattr("totpkey_firmware.vault.key_slots.pbkdf2", look)
    with pytest.raises(InterruptedError, match="7"):
        start(with_pin).unlock_pin("1234", 0)
