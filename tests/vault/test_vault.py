"""What opens the vault, how often a PIN may be tried, what leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.vault.bench import BLANK_PAGE, Desk, Memory, account, as_tuple, contents, fresh, pages, start
from totpkey_firmware.accounts import unpack
from totpkey_firmware.vault.pages import INDEX, RECORDS, SLOTS, Pool
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors
from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import BLANK, BLOCKED, DEVICE, LOCKED, OPEN, PASSPHRASE, PIN

DERIVED = bytes(range(32))
ARGON2 = (b"salt" * 4, 65536, 3, 1)
#: Far enough from the last try for any delay.
MINUTE = 60_000


@pytest.fixture
def vault(path: str) -> Vault:
    """An open vault with one account and no lock."""
    vault = start(path)
    vault.create()
    vault.add(account(1))
    return vault


@pytest.fixture
def with_pin(path: str, vault: Vault) -> str:
    """The file of a vault that a PIN opens."""
    vault.set_pin("1234")
    return path


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def slots_page(path: str) -> bytes:
    payload = Pool(Desk(path)).read(SLOTS)
    assert payload is not None
    return bytes(payload)


# States


def test_a_fresh_file_is_a_blank_vault(path: str) -> None:
    vault = start(path)
    assert vault.state == BLANK
    assert len(vault) == 0
    assert pages(path) == [BLANK_PAGE] * 64
    for change in (lambda: vault.add(account(1)), lambda: vault.set_pin("1234"), lambda: vault.choose(0)):
        with refused(errors.NOT_ALLOWED):
            change()
    vault.set_floor(1_800_000_000)
    assert pages(path) == [BLANK_PAGE] * 64


def test_without_a_lock_it_opens_by_itself(path: str, vault: Vault) -> None:
    assert vault.state == OPEN
    again = start(path)
    assert again.state == OPEN
    assert contents(again) == [as_tuple(account(1))]
    assert [again.has(kind) for kind in (DEVICE, PIN, PASSPHRASE)] == [True, False, False]
    with refused(errors.NO_SUCH_SLOT):
        again.lock()
    with refused(errors.NOT_ALLOWED):
        again.create()


def test_with_a_pin_it_comes_up_locked_and_tells_nothing(with_pin: str) -> None:
    vault = start(with_pin)
    assert vault.state == LOCKED
    assert len(vault) == 0
    for ask in (lambda: vault.account(0), lambda: vault.index(1), vault.hand_over, lambda: vault.chosen):
        with refused(errors.NOT_ALLOWED):
            ask()
    vault.unlock_pin("1234", 0)
    assert contents(vault) == [as_tuple(account(1))]


def test_the_first_lock_takes_the_device_slot_away_for_good(path: str, vault: Vault) -> None:
    old = slots_page(path)
    vault.set_passphrase(DERIVED, *ARGON2)
    salt_and_wrapped = old[18 + 1 : 18 + 17], old[-80:]
    assert all(part not in Path(path).read_bytes() for part in salt_and_wrapped)
    assert [vault.has(kind) for kind in (DEVICE, PIN, PASSPHRASE)] == [False, False, True]
    vault.set_pin("1234")
    vault.remove_slot(PASSPHRASE)
    assert start(path).state == LOCKED
    vault.remove_slot(PIN)
    assert start(path).state == OPEN
    with refused(errors.NO_SUCH_SLOT):
        vault.remove_slot(PIN)


def test_lock_wipes_the_keys(with_pin: str) -> None:
    vault = start(with_pin)
    vault.unlock_pin("1234", 0)
    vault.account(0)
    assert vault._records is not None
    secrets = [vault._data_key, vault._records._body]
    assert all(any(secret) for secret in secrets)
    vault.lock()
    assert vault.state == LOCKED
    assert all(not any(secret) for secret in secrets)


# Locks


def test_the_passphrase_opens_and_gives_its_parameters_while_locked(path: str, vault: Vault) -> None:
    with refused(errors.NO_SUCH_SLOT):
        vault.passphrase()
    vault.set_passphrase(DERIVED, *ARGON2)
    again = start(path)
    assert again.passphrase() == ARGON2
    with refused(errors.WRONG_PASSPHRASE):
        again.unlock_derived(bytes(32))
    with refused(errors.NO_SUCH_SLOT):
        again.unlock_pin("1234", 0)
    assert again.state == LOCKED
    again.unlock_derived(DERIVED)
    assert contents(again) == [as_tuple(account(1))]


def test_a_changed_pin_alone_opens(with_pin: str) -> None:
    vault = start(with_pin)
    vault.unlock_pin("1234", 0)
    vault.set_pin("98765")
    again = start(with_pin)
    with refused(errors.WRONG_PIN):
        again.unlock_pin("1234", 0)
    again.unlock_pin("98765", 0)


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
    again.add(account(2))


# Tries


def test_three_tries_a_power_up(with_pin: str) -> None:
    memory = Memory()
    for left in (7, 6, 5):
        # A reset does not help.
        vault = start(with_pin, memory)
        with refused(errors.WRONG_PIN):
            vault.unlock_pin("0000", 0)
        assert vault.tries_left == left
    with refused(errors.TOO_MANY_TRIES):
        start(with_pin, memory).unlock_pin("1234", MINUTE)
    replugged = start(with_pin)
    assert replugged.tries_left == 5
    replugged.unlock_pin("1234", MINUTE)
    assert replugged.tries_left == 8


def test_the_delay_grows_from_the_fourth_try_on(with_pin: str) -> None:
    now = 5000
    for number, delay in enumerate((0, 0, 0, 2000, 4000, 8000, 16_000, 32_000)):
        vault = start(with_pin, now=now)
        assert vault.wait_ms(now) == delay
        if delay:
            with refused(errors.TOO_EARLY):
                vault.unlock_pin("1234", now + delay - 1)
            assert vault.tries_left == 8 - number
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
    assert vault.wait_ms(8000) == 1000


def exhaust(path: str) -> Vault:
    for _ in range(8):
        vault = start(path)
        with refused(errors.WRONG_PIN):
            vault.unlock_pin("0000", MINUTE)
    return vault


def test_the_eighth_wrong_pin_destroys_the_slot(with_pin: str) -> None:
    wrapped = slots_page(with_pin)[-80:]
    for vault in (exhaust(with_pin), start(with_pin)):
        assert vault.state == BLOCKED
        assert vault.tries_left == 0
        assert not vault.has(PIN)
        with refused(errors.NO_SUCH_SLOT):
            vault.unlock_pin("1234", MINUTE)
    assert wrapped not in Path(with_pin).read_bytes()


def test_the_right_pin_counts_even_as_the_eighth(with_pin: str) -> None:
    for _ in range(7):
        with refused(errors.WRONG_PIN):
            start(with_pin).unlock_pin("0000", MINUTE)
    vault = start(with_pin)
    vault.unlock_pin("1234", MINUTE)
    assert vault.state == OPEN
    assert start(with_pin).tries_left == 8


def test_a_passphrase_opens_a_blocked_vault_and_a_new_pin_has_all_its_tries(path: str, vault: Vault) -> None:
    vault.set_passphrase(DERIVED, *ARGON2)
    vault.set_pin("1234")
    blocked = exhaust(path)
    assert blocked.state == BLOCKED
    blocked.unlock_derived(DERIVED)
    assert contents(blocked) == [as_tuple(account(1))]
    blocked.set_pin("4321")
    again = start(path)
    assert (again.state, again.tries_left) == (LOCKED, 8)
    again.unlock_pin("4321", 0)


def test_a_try_is_in_flash_before_it_is_compared(with_pin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> bytes:
        raise InterruptedError(start(with_pin).tries_left)

    monkeypatch.setattr("totpkey_firmware.vault.locks.pbkdf2", look)
    with pytest.raises(InterruptedError, match="7"):
        start(with_pin).unlock_pin("1234", 0)


# Export


def test_an_export_opens_by_an_independent_implementation(vault: Vault) -> None:
    sealed = vault.export(0, DERIVED)
    key = HKDFExpand(SHA256(), 64, b"totpkey export").derive(DERIVED)
    record = AESSIV(key).decrypt(sealed, [b"totpkey export"])
    assert as_tuple(unpack(record)) == as_tuple(account(1))


def test_export_is_switched_off_for_good(path: str) -> None:
    vault = start(path)
    vault.create(export=False)
    vault.add(account(1))
    vault.set_pin("1234")
    vault.remove_slot(PIN)
    for one in (vault, start(path)):
        assert not one.export_allowed
        with refused(errors.EXPORT_OFF):
            one.export(0, DERIVED)


# Settings, wipe


def test_settings_are_kept(path: str, vault: Vault) -> None:
    vault.add(account(2))
    vault.set_floor(4_102_444_799)
    vault.choose(1)
    vault.set_locking(600, True)
    again = start(path)
    assert (again.floor, again.chosen, again.idle, again.suspend) == (4_102_444_799, 1, 600, True)
    again.remove(1)
    assert again.chosen == 0


def test_the_floor_can_be_raised_while_locked(with_pin: str) -> None:
    start(with_pin).set_floor(1_800_000_000)
    assert start(with_pin).floor == 1_800_000_000


def test_the_same_setting_again_costs_no_write(path: str) -> None:
    desk = Desk(path)
    vault = Vault(Pool(desk), Memory(), 0)
    vault.create()
    vault.set_locking(60, False)
    writes = desk.writes
    vault.set_locking(60, False)
    assert desk.writes == writes


@pytest.mark.parametrize("state", [BLANK, LOCKED, OPEN, BLOCKED])
def test_a_wipe_leaves_the_file_as_it_came(path: str, state: str) -> None:
    vault = start(path)
    if state != BLANK:
        vault.create()
        vault.add(account(1))
        vault.set_locking(600, True)
    if state in (LOCKED, BLOCKED):
        vault.set_pin("1234")
        vault = exhaust(path) if state == BLOCKED else start(path)
    assert vault.state == state
    vault.wipe()
    assert vault.state == BLANK
    assert (vault.floor, vault.idle, vault.tries_left) == (0, 0, 0)
    assert pages(path) == [BLANK_PAGE] * 64
    vault.create()
    vault.add(account(3))
    assert contents(start(path)) == [as_tuple(account(3))]


def test_lost_slots_block_and_destroy_nothing(path: str, vault: Vault) -> None:
    place = next(at for at, page in enumerate(pages(path)) if page[4] == SLOTS and page != BLANK_PAGE)
    Desk(path).write(place, BLANK_PAGE)
    again = start(path)
    assert again.state == BLOCKED
    assert Pool(Desk(path)).has(RECORDS, 0)
    with refused(errors.NOT_ALLOWED):
        again.create()
    again.wipe()
    assert again.state == BLANK


def test_a_record_of_another_vault_is_refused(path: str, vault: Vault, another: Vault) -> None:
    graft(another, path, RECORDS)
    with refused(errors.STORAGE):
        start(path).account(0)


@pytest.mark.parametrize("kind", [INDEX, SLOTS])
def test_a_damaged_vault_comes_up_blocked_and_can_be_wiped(
    path: str, vault: Vault, another: Vault, kind: int
) -> None:
    graft(another, path, kind)
    again = start(path)
    assert again.state == BLOCKED
    assert not any(again._data_key)
    again.wipe()
    again.create()


def test_slots_of_a_later_version_block(path: str, vault: Vault) -> None:
    Pool(Desk(path)).write(SLOTS, b"\x02" + slots_page(path)[1:])
    assert start(path).state == BLOCKED


@pytest.fixture
def another(tmp_path: Path) -> Vault:
    """The vault of another key."""
    (tmp_path / "other").mkdir()
    other = start(fresh(tmp_path / "other"))
    other.create()
    other.add(account(1))
    return other


def graft(another: Vault, path: str, kind: int) -> None:
    """Put a page of another vault in the place of this one's."""
    page = another._pool.read(kind)
    assert page is not None
    Pool(Desk(path)).write(kind, page)
