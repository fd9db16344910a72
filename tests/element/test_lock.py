"""The PIN with a secure element, from its owner's point of view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.element import thief
from tests.element.wires import (
    OTHER_PIN,
    PIN,
    WRONG_PIN,
    Bench,
    Stepping,
    VendorPair,
    vendor,
    with_accounts,
    with_pin,
)
from tests.flash import attacker
from tests.vault.bench import (
    ARGON2,
    DERIVED,
    MINUTE,
    Memory,
    account,
    as_tuple,
    contents,
    fresh,
    refused,
    start,
)
from totpkey_firmware.element import tropic01
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import BANKS, ELEMENT, RETRIES
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault import bank_page
from totpkey_firmware.vault.element_lock import OPENINGS
from totpkey_firmware.vault.keeper import Keeper
from totpkey_protocol import errors
from totpkey_protocol.errors import Refusal
from totpkey_protocol.limits import TRIES
from totpkey_protocol.words import BLOCKED, LOCKED
from totpkey_protocol.words import PIN as PIN_SLOT


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return with_pin(tmp_path)


def test_it_opens_with_its_pin_alone(bench: Bench) -> None:
    vault = bench.setup()
    assert vault.state == LOCKED
    assert (vault.with_element, vault.locks.tries_left) == (True, 8)
    keeper = bench.everyday()
    with refused(errors.WRONG_PIN):
        keeper.unlock_pin(WRONG_PIN, MINUTE)
    assert bench.tries_left == 7
    keeper.unlock_pin(PIN, MINUTE)
    assert contents(keeper) == [as_tuple(account(1))]
    assert bench.tries_left == 8
    for _ in range(20):
        assert bench.opens(PIN)


def test_setup_has_no_memory_for_the_element_and_tries_no_pin(bench: Bench) -> None:
    vault = bench.setup()
    with refused(errors.NO_ELEMENT):
        vault.unlock_pin(PIN, MINUTE)
    assert vault.locks.tries_left == 8
    assert contents(bench.opened_in_setup()) == [as_tuple(account(1))]


def test_the_eighth_wrong_pin_is_the_last(bench: Bench) -> None:
    before = bench.moment()
    for _ in range(8):
        assert not bench.opens(WRONG_PIN)
    assert bench.everyday().state == BLOCKED
    vault = bench.opened_by_passphrase()
    assert not vault.has(PIN_SLOT)
    # An older flash does not help: the slots are destroyed.
    bench.path.write_bytes(before.flash)
    assert not any(bench.opens(PIN) for _ in range(8))


def test_an_older_flash_gives_no_more_tries(bench: Bench) -> None:
    before = bench.moment()
    for _ in range(14):
        assert not bench.opens(WRONG_PIN)
        bench.path.write_bytes(before.flash)
    # All were made in the first slot; in a flash that counts, the others are there.
    assert not bench.opens(PIN)
    assert bench.opens(PIN)


def test_an_element_that_is_gone_or_another_costs_no_try(bench: Bench) -> None:
    own = bench.memory
    for connected, memory in ((False, own), (True, Stepping(PAIRINGS[0][1]))):
        bench.connected, bench.memory = connected, memory
        with refused(errors.NO_ELEMENT):
            bench.everyday().unlock_pin(PIN, MINUTE)
        vault = bench.setup()
        assert (vault.with_element, vault.locks.tries_left) == (True, 8)
    bench.memory = own
    assert bench.opens(PIN)


def test_the_passphrase_leaves_the_tries_counted_until_the_element_makes_them_good(bench: Bench) -> None:
    for _ in range(5):
        assert not bench.opens(WRONG_PIN)
    vault = bench.opened_by_passphrase()
    assert vault.locks.tries_left == 3
    data_key = vault.hand_over()
    assert bench.everyday().resume(data_key)
    assert bench.tries_left == 3
    bench.memory.steps.clear()
    bench.back_by_passphrase()
    assert bench.tries_left == 8
    for _ in range(7):
        assert not bench.opens(WRONG_PIN)
    assert bench.opens(PIN)


def test_each_opening_looks_for_the_element_anew(bench: Bench) -> None:
    for _ in range(5):
        assert not bench.opens(WRONG_PIN)
    data_key = bytes(bench.opened_by_passphrase().hand_over())
    bench.connected = False
    keeper = bench.everyday()
    for connected, tries_left in ((False, 3), (True, 8)):
        bench.element.connected = connected
        assert keeper.resume(bytearray(data_key))
        keeper.turn()
        assert keeper.locks.tries_left == tries_left
        keeper.lock()


def test_a_pin_that_is_set_while_the_element_is_gone(bench: Bench) -> None:
    assert not bench.opens(WRONG_PIN)
    bench.connected = False
    vault = bench.opened_by_passphrase()
    vault.set_pin(OTHER_PIN)
    assert (vault.with_element, vault.locks.tries_left) == (False, 8)
    assert not bench.opened(OTHER_PIN).with_element
    # It is back: what it knew is destroyed, and it is taken into use again.
    bench.connected = True
    keeper = bench.opened(OTHER_PIN)
    assert keeper.with_element
    assert len(bank_page.known(keeper.pool)) == 1
    assert bench.opens(OTHER_PIN)
    assert not bench.opens(PIN)


@pytest.mark.parametrize("pairing", range(len(PAIRINGS)))
def test_an_element_that_comes_later(tmp_path: Path, pairing: int) -> None:
    bench = Bench(tmp_path)
    bench.memory = Stepping(PAIRINGS[pairing][1])
    bench.connected = False
    with_accounts(bench).set_pin(PIN)
    assert not bench.opened().with_element
    bench.connected = True
    assert bench.opened().with_element
    assert bench.opens(PIN)


def test_only_where_something_would_replace_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with_accounts(bench, passphrase=False).set_pin(PIN)
    assert not bench.opened().with_element
    vault = bench.opened_in_setup()
    vault.note_backup(1_800_000_000)
    vault.changes.add(account(2))
    assert not bench.opened().with_element
    bench.opened_in_setup().note_backup(1_800_000_001)
    assert bench.opened().with_element
    assert bench.opens(PIN)


def test_change_and_remove(bench: Bench) -> None:
    for pin, other in ((OTHER_PIN, PIN), (PIN, OTHER_PIN)) * 3:
        bench.opened_in_setup(other).set_pin(pin)
        keeper = bench.opened(pin)
        assert keeper.with_element
        assert len(bank_page.known(keeper.pool)) == 1
        assert [bench.opens(each) for each in (pin, other, pin)] == [True, False, True]
    before = bench.moment()
    bench.opened_in_setup().remove_slot(PIN_SLOT)
    keeper = bench.back_by_passphrase()
    assert bank_page.known(keeper.pool) == []
    bench.path.write_bytes(before.flash)
    assert not any(bench.opens(PIN) for _ in range(8))


def test_a_worn_bank_is_left(bench: Bench) -> None:
    pool = bench.everyday().pool
    (used,) = bank_page.known(pool)
    pool.write(RETRIES, bytes((0,)) + (OPENINGS - 2).to_bytes(2, "little"))
    for expected in (used, used + 1, used + 1):
        pool = bench.opened().pool
        assert bank_page.known(pool) == [expected]
    assert bytes(pool.read(RETRIES) or b"") == bytes((0, 1, 0))
    worn = list(bench.memory.wear)
    assert bench.opens(PIN)
    assert [slot for slot in range(128) if bench.memory.wear[slot] != worn[slot]] == [8 * (used + 1)]


def test_a_session_that_was_opened_before_serves_the_pin(bench: Bench) -> None:
    keeper = bench.everyday()
    element = keeper.locks.element
    assert element is not None
    assert element.wants_session
    slices: list[int] = []
    element.open_session(lambda: slices.append(1))
    assert len(slices) > 100
    assert not element.wants_session
    keeper.unlock_pin(PIN, MINUTE)
    # The key opens a session again that has ended meanwhile, and no try is lost.
    keeper = bench.everyday()
    element = keeper.locks.element
    assert element is not None
    element.open_session(lambda: None)
    bench.element.power_on()
    bench.time.now += 1
    with refused(errors.WRONG_PIN):
        keeper.unlock_pin(WRONG_PIN, MINUTE)
    assert bench.tries_left == 7
    assert bench.opens(PIN)


def test_the_elements_random_numbers_go_into_what_hides_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two keys whose own source is stuck, with the same element: each has another S."""
    monkeypatch.setattr("totpkey_firmware.crypto.kdf.os.urandom", bytes)
    hidden = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        bench = with_pin(tmp_path / name)
        (bank,) = bank_page.known(bench.everyday().pool)
        page = bank_page.read_page(bench.everyday().pool, bank)
        assert page is not None
        hidden.add(page.sealed)
    assert len(hidden) == 2


def test_what_renews_slots_is_sealed_as_the_documents_say(bench: Bench) -> None:
    data_key = bytes(bench.opened().hand_over())
    flash = bench.path.read_bytes()
    (slot,) = thief.loot(flash).slots
    (secret,) = thief.renewing(flash, data_key)
    assert thief.opens(slot, attacker.secret_of_pin(PIN, slot) + secret)
    assert thief.renewing(flash, data_key[::-1]) == set()


def test_an_older_page_of_a_bank_makes_no_slot_sound(bench: Bench) -> None:
    """An attacker raises the sequence number; the PIN still unlocks, because it does not need the seal."""
    assert not bench.opens(WRONG_PIN)
    pool = bench.setup().pool
    (bank,) = bank_page.known(pool)
    page = pool.read(ELEMENT, bank)
    assert page is not None
    pool.write(ELEMENT, page, bank)
    before = list(bench.memory.wear)
    bench.back_by_passphrase()
    assert bench.tries_left == 7
    assert bench.memory.wear == before
    assert contents(bench.opened()) == [as_tuple(account(1))]
    assert bench.tries_left == 8


def test_there_are_as_many_banks_as_the_element_has_slots_for() -> None:
    assert BANKS * TRIES == tropic01.SLOTS


def test_pages_left_over_are_gone_in_the_end(bench: Bench) -> None:
    keeper = bench.opened()
    page = keeper.pool.read(ELEMENT, bank_page.known(keeper.pool)[0])
    assert page is not None
    keeper.pool.write(ELEMENT, page, 9)
    assert bench.opens(PIN)
    assert 9 not in bank_page.known(bench.everyday().pool)


@pytest.fixture
def sold() -> Iterator[VendorPair]:
    """The vendor's model of a chip as it is sold."""
    with vendor(PAIRINGS[0]) as pair:
        yield pair


@pytest.mark.needs("tvl")
def test_the_same_on_the_vendor_s_chip(sold: VendorPair, tmp_path: Path) -> None:
    """Set, opened, wrong, an older flash put back, and eight wrong ones."""
    path = Path(fresh(tmp_path))

    def plugged() -> Keeper:
        sold.plug()
        return Keeper(Pool(Places(str(path))), Memory(), 0, lambda: sold)

    def opens(pin: str) -> bool:
        try:
            plugged().unlock_pin(pin, MINUTE)
        except Refusal:
            return False
        return True

    vault = start(str(path))
    vault.create()
    vault.set_passphrase(DERIVED, *ARGON2)
    vault.set_pin("2580")
    keeper = plugged()
    keeper.unlock_pin("2580", MINUTE)
    assert keeper.with_element
    assert [opens(pin) for pin in ("0000", "2580", "0000", "0000", "2580")] == [
        False,
        True,
        False,
        False,
        True,
    ]
    before = path.read_bytes()
    assert not opens("0000")
    path.write_bytes(before)
    assert [opens("2580") for _ in range(2)] == [False, True]
    assert not any(opens("0000") for _ in range(8))
    path.write_bytes(before)
    assert not any(opens("2580") for _ in range(8))
