"""The vault as a whole: its states, settings, export, wipe and damage, and how many accounts fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.vault.bench import (
    ARGON2,
    BLANK_PAGE,
    DERIVED,
    CutPlaces,
    Memory,
    PowerCut,
    account,
    as_tuple,
    contents,
    exhaust,
    packed,
    pages,
    refused,
    slots_page,
    start,
)
from totpkey_firmware.accounts import Account, unpack
from totpkey_firmware.crypto import siv
from totpkey_firmware.store.format import INDEX, MAGIC, RECORDS, SLOTS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.changes import BUCKETS
from totpkey_firmware.vault.keeper import Keeper
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, limits
from totpkey_protocol.record import STORED_END_SIZE
from totpkey_protocol.words import (
    BLANK,
    BLOCKED,
    DEVICE,
    HOTP,
    KEYPAD,
    LOCKED,
    OPEN,
    PASSPHRASE,
    PIN,
    TOP_ROW,
)


def test_a_fresh_file_is_a_blank_vault(path: str) -> None:
    vault = start(path)
    assert vault.state == BLANK
    assert len(vault) == 0
    assert pages(path) == [BLANK_PAGE] * 64
    for change in (
        lambda: vault.changes.add(account(1)),
        lambda: vault.set_pin("1234"),
        lambda: vault.choose(0),
    ):
        with refused(errors.NOT_ALLOWED):
            change()
    vault.set_floor(1_800_000_000)
    assert pages(path) == [BLANK_PAGE] * 64


def test_what_a_power_cut_has_left_goes_while_nobody_waits(path: str, vault: Vault) -> None:
    """The older page of a change, which the start leaves so that no press waits, and no change comes."""
    flash = CutPlaces(path)
    again = start(flash)
    older = next(page for page in pages(path) if page[:4] == MAGIC and page[4] == RECORDS)
    flash.cut_at(1, "not begun")
    with pytest.raises(PowerCut):
        again.changes.replace(0, account(1, 24))
    started = start(path)
    assert older in pages(path)
    started.turn()
    assert older not in pages(path)
    assert contents(started) == [as_tuple(account(1, 24))]


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


def test_a_change_from_the_everyday_face_leaves_no_record_open(
    path: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bytearray] = []

    def open_into(room: bytearray, *arguments: Any) -> None:
        siv.open_into(room, *arguments)
        assert any(room)
        opened.append(room)

    monkeypatch.setattr("totpkey_firmware.vault.sealing.open_into", open_into)
    keeper = Keeper(Pool(CutPlaces(path)), Memory(), 0)
    keeper.replace(0, keeper.account(0))
    assert len(opened) > 1
    keeper.close()
    bodies = [body for body in opened if len(body) > 64]
    assert bodies
    assert not any(any(body) for body in bodies)


def test_an_export_opens_by_an_independent_implementation(vault: Vault) -> None:
    sealed = vault.export(0, DERIVED)
    key = HKDFExpand(SHA256(), 64, b"totpkey export").derive(DERIVED)
    record = AESSIV(key).decrypt(bytes(sealed), [b"totpkey export"])
    assert as_tuple(unpack(record)) == as_tuple(account(1))


def test_export_is_switched_off_for_good(path: str) -> None:
    vault = start(path)
    vault.create(export=False)
    vault.changes.add(account(1))
    vault.set_pin("1234")
    vault.remove_slot(PIN)
    for one in (vault, start(path)):
        assert not one.locks.export_allowed
        with refused(errors.EXPORT_OFF):
            one.export(0, DERIVED)


def test_an_account_with_an_end_is_sealed_for_nobody(vault: Vault) -> None:
    """Commands leave it out before they ask for a touch. The vault refuses it whatever they do."""
    lent = account(1)
    lent.end = bytes(STORED_END_SIZE)
    vault.replace(0, lent)
    with refused(errors.NOT_ALLOWED):
        vault.export(0, DERIVED)
    with refused(errors.NOT_ALLOWED):
        vault.sealed(0, bytes(64), b"another purpose")


def test_settings_are_kept(path: str, vault: Vault) -> None:
    vault.changes.add(account(2))
    vault.set_floor(4_102_444_799)
    vault.choose(1)
    vault.set_locking(600, True)
    again = start(path)
    assert (again.settings.floor, again.chosen) == (4_102_444_799, 1)
    assert (again.settings.idle, again.settings.suspend) == (600, True)
    again.changes.remove(1)
    assert again.chosen == 0


def test_the_floor_can_be_raised_while_locked(with_pin: str) -> None:
    start(with_pin).set_floor(1_800_000_000)
    assert start(with_pin).settings.floor == 1_800_000_000


def test_the_same_setting_again_costs_no_write(path: str) -> None:
    flash = CutPlaces(path)
    vault = start(flash)
    vault.create()
    vault.set_locking(60, False)
    writes = flash.writes
    vault.set_locking(60, False)
    assert flash.writes == writes


@pytest.mark.parametrize("state", [BLANK, LOCKED, OPEN, BLOCKED])
def test_a_wipe_leaves_the_file_as_it_came(path: str, state: str) -> None:
    vault = start(path)
    ledger = vault.ledger
    ledger.approved = 1
    ledger.save()
    if state != BLANK:
        vault.create()
        vault.changes.add(account(1))
        vault.set_typing_settings(TypingSettings(TOP_ROW))
        vault.set_locking(600, True)
    if state in (LOCKED, BLOCKED):
        vault.set_pin("1234")
        vault = exhaust(path) if state == BLOCKED else start(path)
    assert vault.state == state
    vault.wipe()
    assert vault.state == BLANK
    kept = vault.settings.floor, vault.settings.idle, vault.locks.tries_left, vault.ledger.approved
    assert kept == (0,) * 4
    assert vault.typing_settings.mode == KEYPAD
    assert pages(path) == [BLANK_PAGE] * 64
    vault.create()
    vault.changes.add(account(3))
    assert contents(start(path)) == [as_tuple(account(3))]


def test_a_counter_ends_with_its_last_number(path: str, empty_vault: Vault) -> None:
    """RFC 4226 section 5.1 lets it have eight bytes; a record has four (docs/reference/storage.md)."""
    empty_vault.changes.add(Account(1, "Shop", "me", b"s" * 20, kind=HOTP, counter=2**32 - 2))
    account = empty_vault.account(0)
    empty_vault.count(account)
    assert account.counter == empty_vault.account(0).counter == 2**32 - 1
    with refused(errors.OUT_OF_RANGE):
        empty_vault.count(account)
    assert account.counter == start(path).account(0).counter == 2**32 - 1


def test_lost_slots_block_and_destroy_nothing(path: str, vault: Vault) -> None:
    place = next(at for at, page in enumerate(pages(path)) if page[4] == SLOTS and page != BLANK_PAGE)
    CutPlaces(path).write(place, BLANK_PAGE)
    again = start(path)
    assert again.state == BLOCKED
    assert Pool(CutPlaces(path)).has(RECORDS, 0)
    with refused(errors.NOT_ALLOWED):
        again.create()
    again.wipe()
    assert again.state == BLANK


def test_a_record_of_another_vault_is_refused(path: str, vault: Vault, another: str) -> None:
    graft(another, path, RECORDS)
    with refused(errors.STORAGE):
        start(path).account(0)


@pytest.mark.parametrize("kind", [INDEX, SLOTS])
def test_a_damaged_vault_comes_up_blocked_and_can_be_wiped(
    path: str, vault: Vault, another: str, kind: int
) -> None:
    graft(another, path, kind)
    again = start(path)
    assert again.state == BLOCKED
    assert not any(again.keys.present)
    again.wipe()
    again.create()


def test_slots_of_a_later_version_block(path: str, vault: Vault) -> None:
    Pool(CutPlaces(path)).write(SLOTS, b"\x02" + slots_page(path)[1:])
    assert start(path).state == BLOCKED


def graft(another: str, path: str, kind: int) -> None:
    """Put a page of another vault in the place of this one's; its head is the same."""
    (place,) = [at for at, page in enumerate(pages(path)) if page[:4] == MAGIC and page[4] == kind]
    theirs = pages(another)[place]
    assert theirs[:12] == pages(path)[place][:12]
    assert theirs != pages(path)[place]
    CutPlaces(path).write(place, theirs)


#: Four bytes in UTF-8.
FACE = "\N{GRINNING FACE}"


def test_250_accounts_of_usual_size_leave_pages_for_more(path: str, empty_vault: Vault) -> None:
    numbers = range(1, 251)
    for number in numbers:
        one = account(number)
        one.label = one.label.ljust(limits.NAME - 10, "x")
        assert empty_vault.changes.add(one) == number - 1
        assert number > 1 or len(packed(one)) <= 128
    again = start(path)
    assert [again.account(index).identifier for index in range(len(again))] == list(numbers)
    assert len(Pool(CutPlaces(path))) <= 2 + 30


def test_a_full_index_refuses_and_keeps_all(path: str, empty_vault: Vault) -> None:
    fill(empty_vault, size=1, label=1)
    before = contents(empty_vault)
    assert len(before) == (4096 - 16 - 16 - 1) // 5
    refuse_one_more(empty_vault, path, before)


def test_full_buckets_refuse_and_keep_all(path: str, empty_vault: Vault) -> None:
    fill(empty_vault, size=limits.SECRET, label=20)
    before = contents(empty_vault)
    assert len(Pool(CutPlaces(path))) == 2 + BUCKETS
    refuse_one_more(empty_vault, path, before)
    # An account that has no room to grow stays as it was.
    grown = empty_vault.account(0)
    grown.issuer = FACE * limits.NAME
    with refused(errors.FULL):
        empty_vault.replace(0, grown)
    assert contents(start(path)) == before
    empty_vault.changes.remove(5)
    empty_vault.changes.add(account(9999))
    assert contents(start(path)) == before[:5] + before[6:] + [as_tuple(account(9999))]


def fill(empty_vault: Vault, size: int, label: int) -> None:
    """Add accounts, with names of many bytes, until one is refused."""

    def add_all() -> None:
        for number in range(10_000):
            empty_vault.changes.add(Account(number, FACE * (label - 1), FACE * label, b"s" * size))

    with refused(errors.FULL):
        add_all()


def refuse_one_more(empty_vault: Vault, path: str, before: list[tuple[object, ...]]) -> None:
    content = Path(path).read_bytes()
    with refused(errors.FULL):
        empty_vault.changes.add(Account(0xFFFFFFFF, FACE * 63, FACE * 64, b"s" * 128))
    assert Path(path).read_bytes() == content
    assert contents(start(path)) == before
