"""What opens the vault, and how often a PIN may be tried; and a new data key with each lock.

When there is one, and what happens while pages are sealed under it, is tested with cuts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flash import attacker
from tests.vault.bench import (
    ARGON2,
    DERIVED,
    MINUTE,
    CutPlaces,
    Memory,
    Worn,
    account,
    as_tuple,
    contents,
    exhaust,
    fail,
    refused,
    slots_page,
    start,
)
from totpkey_firmware.store.format import INDEX, RECORDS, RETRIES, TYPING
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.keeper import Keeper
from totpkey_firmware.vault.sealing import DataKeys
from totpkey_firmware.vault.settings import TypingSettings
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
        fail(vault, 0)
        assert vault.locks.tries_left == left
    with refused(errors.TOO_MANY_TRIES):
        start(with_pin, memory).unlock_pin("1234", MINUTE)
    replugged = start(with_pin)
    assert replugged.locks.tries_left == 5
    replugged.unlock_pin("1234", MINUTE)
    assert replugged.locks.tries_left == 8


@pytest.mark.parametrize("opens", ["PIN", "passphrase", "PIN that is set again"])
def test_what_opens_gives_the_tries_of_this_power_up_back(path: str, vault: Vault, opens: str) -> None:
    vault.set_pin("1234")
    vault.set_passphrase(DERIVED, *ARGON2)
    for _ in range(3):
        vault.lock()
        for _ in range(2):
            fail(vault)
        if opens == "PIN":
            vault.unlock_pin("1234", MINUTE)
        else:
            vault.unlock_derived(DERIVED)
        if opens == "PIN that is set again":
            vault.set_pin("1234")
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
        fail(vault, now + delay)
        # The next one counts from this one.
        now += delay
    assert vault.state == BLOCKED


def test_the_delay_counts_from_the_try_before(with_pin: str) -> None:
    vault = start(with_pin)
    for _ in range(3):
        fail(vault, 7000)
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
        fail(start(with_pin))
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


#: Bit 1 of the flags: an older data key follows.
RENEWING = 2


def renewing(path: str) -> bool:
    """Whether some page may still be sealed under an older data key."""
    return slots_page(path)[1] & RENEWING > 0


def data_keys(path: str, pin: str | None = None, derived: bytes | None = None) -> set[bytes]:
    return attacker.data_keys(Path(path).read_bytes(), pin, derived)


def sealed_under(path: str, data_key: bytes) -> set[int]:
    """The kinds of the pages that this data key opens."""
    return {page.kind for page in attacker.opened(Path(path).read_bytes(), data_key)}


def start_open(path: str) -> Vault:
    """The vault as it would be found now, opened by its PIN."""
    vault = start(shutil.copy(path, f"{path}.found"))
    vault.unlock_pin("1234", MINUTE)
    return vault


def pin(vault: Vault) -> bool:
    return vault.set_pin("1234")


def passphrase(vault: Vault) -> bool:
    return vault.set_passphrase(DERIVED, *ARGON2)


def other_pin(vault: Vault) -> bool:
    return vault.set_pin("5678")


def without_pin(vault: Vault) -> bool:
    return vault.remove_slot(PIN)


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ((), pin),
        ((pin,), passphrase),
        ((pin, passphrase), other_pin),
        ((pin, passphrase), without_pin),
        ((pin,), without_pin),
    ],
)
def test_what_the_owner_knows_gets_a_new_data_key(
    path: str, vault: Vault, before: tuple[Callable[[Vault], bool], ...], change: Callable[[Vault], bool]
) -> None:
    for lock in before:
        lock(vault)
    vault.finish_sealing()
    (older,) = data_keys(path, "1234", DERIVED)
    assert change(vault)
    vault.finish_sealing()
    assert not renewing(path)
    newer = data_keys(path, "5678" if change is other_pin else "1234", DERIVED)
    assert len(newer) == 1
    assert older not in newer
    assert sealed_under(path, newer.pop()) >= {INDEX, RECORDS}
    assert sealed_under(path, older) <= {INDEX}
    assert contents(vault) == [as_tuple(account(1))]


def test_a_lock_that_nobody_entered_keeps_the_data_key_and_still_opens(path: str, vault: Vault) -> None:
    vault.set_pin("1234")
    vault.set_passphrase(DERIVED, *ARGON2)
    vault.lock()
    vault.unlock_derived(DERIVED)
    older = data_keys(path, "1234", DERIVED)
    assert not vault.set_passphrase(DERIVED[::-1], *ARGON2)
    assert data_keys(path, "1234", DERIVED[::-1]) <= older
    vault.lock()
    vault.unlock_pin("1234", MINUTE)
    # Now the PIN is known, and the passphrase is not; to set it makes it known.
    assert not vault.set_pin("5678")
    assert vault.set_passphrase(DERIVED, *ARGON2)
    vault.finish_sealing()
    assert not data_keys(path, "5678", DERIVED) & older


def test_to_lock_forgets_what_was_entered_the_data_key_and_the_records(vault: Vault) -> None:
    pin(vault)
    passphrase(vault)
    vault.account(0)
    assert vault._records is not None
    entered = vault.locks._secrets
    secrets = [entered[:32], entered[32:], vault.keys.present, vault._records._body]
    assert all(map(any, secrets))
    vault.lock()
    assert vault.state == LOCKED
    assert not any(map(any, [entered, *secrets[2:], vault.keys.older]))


def test_a_pin_that_flash_did_not_take_is_not_put_in_the_place_of_the_one_before(
    path: str, vault: Vault
) -> None:
    vault.set_pin("1234")
    vault.finish_sealing()
    worn = Worn(path, {})
    again = start(worn)
    again.unlock_pin("1234", MINUTE)
    worn.worn = dict.fromkeys(range(PAGES), "takes nothing")
    with refused(errors.STORAGE):
        again.set_pin("5678")
    worn.worn = {}
    # The key would now wrap the slot of 1234 by what comes of 5678.
    again.set_passphrase(DERIVED, *ARGON2)
    again.finish_sealing()
    assert contents(start_open(path)) == [as_tuple(account(1))]


def test_a_batch_goes_on_over_the_turns_of_the_loop(path: str, vault: Vault) -> None:
    vault.turn()
    vault.set_pin("1234")
    vault.changes.gather()
    for number in range(2, 6):
        vault.changes.add(account(number))
        vault.turn()
    assert renewing(path)
    # None of them was written one by one.
    assert len(start_open(path)) == 1
    vault.settle()
    while renewing(path):
        vault.turn()
    assert contents(start_open(path)) == [as_tuple(account(number)) for number in range(1, 6)]


@pytest.mark.parametrize("setup", [True, False], ids=["setup", "everyday"])
def test_the_next_start_goes_on(path: str, vault: Vault, setup: bool) -> None:
    vault.set_typing_settings(TypingSettings(layout="us", table=bytes(190)))
    (older,) = data_keys(path)
    vault.set_pin("1234")
    assert renewing(path)
    again = start(path) if setup else Keeper(Pool(CutPlaces(path)), Memory(), 0)
    again.unlock_pin("1234", MINUTE)
    assert contents(again) == [as_tuple(account(1))]
    assert again.typing_settings.layout == "us"
    for _ in range(PAGES):
        again.turn()
    assert not renewing(path)
    assert not sealed_under(path, older) & {RECORDS}
    (newer,) = data_keys(path, "1234")
    assert sealed_under(path, newer) == {INDEX, RECORDS, TYPING}
    last = start_open(path)
    assert contents(last) == [as_tuple(account(1))]
    assert last.typing_settings.layout == "us"


def test_what_is_written_meanwhile_is_under_the_new_one(path: str, vault: Vault) -> None:
    (older,) = data_keys(path)
    vault.set_pin("1234")
    vault.changes.add(account(2))
    assert not sealed_under(path, older) & {RECORDS}


def test_flash_that_refuses_a_page_ends_it_until_the_next_lock_or_start(path: str, vault: Vault) -> None:
    vault.changes.add(account(199, 128))
    worn = Worn(path, {})
    again = start(worn)
    again.turn()
    again.set_pin("1234")
    worn.worn = dict.fromkeys(range(PAGES), "takes nothing")
    again.finish_sealing()
    assert renewing(path)
    worn.worn = {}
    for _ in range(PAGES):
        again.turn()
    assert renewing(path)
    kept = contents(again)
    last = start_open(path)
    assert contents(last) == kept
    last.finish_sealing()
    assert not renewing(f"{path}.found")
    # The owner is not told that a lock was not entered: only flash was in the way, and no longer is.
    assert again.set_passphrase(DERIVED, *ARGON2)
    again.finish_sealing()
    assert not renewing(path)
    assert contents(start_open(path)) == kept


def test_pages_are_never_sealed_under_three_data_keys(
    path: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flash may refuse to have the pages sealed, and take the slots."""
    assert vault.set_pin("1234")
    with monkeypatch.context() as patched:
        patched.setattr(vault, "finish_sealing", lambda: None)
        assert not vault.set_passphrase(DERIVED, *ARGON2)
    last = start_open(path)
    assert contents(last) == [as_tuple(account(1))]
    last.finish_sealing()
    assert contents(last) == [as_tuple(account(1))]


def test_the_next_lock_finishes_the_one_before(path: str, vault: Vault) -> None:
    vault.set_pin("1234")
    assert renewing(path)
    between = data_keys(path, "1234")
    vault.set_passphrase(DERIVED, *ARGON2)
    assert renewing(path)
    vault.finish_sealing()
    assert not data_keys(path, "1234", DERIVED) & between


def test_marks_are_proved_by_the_present_data_key_from_its_first_moment_on() -> None:
    keys, block = DataKeys(), bytes(range(16))
    for renews in (False, True, False):
        data_key = os.urandom(32)
        if renews:
            keys.renew(bytearray(data_key))
        else:
            keys.take(bytearray(data_key), bytearray())
        assert keys.proof(block) == attacker.mark_proof(data_key, block)
