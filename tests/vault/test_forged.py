"""Pages that this firmware has never written: an attacker's, and odd ones.

An attacker can write the flash but cannot open the key. The heads and checksums are right, as
docs/reference/storage.md describes them. Tests of what the key does not prevent say so.
An odd page has content that no firmware writes. None stops the key.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.vault.bench import (
    MINUTE,
    Found,
    account,
    as_tuple,
    contents,
    forge,
    found,
    newest,
    refused,
    start,
)
from totpkey_firmware.store.format import LAST
from totpkey_firmware.store.usage_log import UsageLog
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, limits
from totpkey_protocol.journal import TYPED
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED, OPEN, TOP_ROW

#: An owner's own table, and that of somebody who would have each digit be Enter.
TABLE = bytes(range(190))
ENTERS = bytes((0x28, 0)) * 95
OWN = TypingSettings(TOP_ROW, 16, 20, 5, "mine", TABLE)


@pytest.mark.parametrize("ahead", [1, 1000])
def test_an_older_page_of_accounts_is_not_taken_for_a_new_one(path: str, vault: Vault, ahead: int) -> None:
    (older,) = found(path, RECORDS)
    changed = account(1)
    changed.label = "renamed"
    vault.replace(0, changed)
    assert contents(start(path)) == [as_tuple(changed)]
    forge(path, older, older.payload, ahead)
    with refused(errors.STORAGE):
        start(path).account(0)


def test_an_older_index_is_not_taken_for_a_new_one(path: str, vault: Vault) -> None:
    older = found(path, INDEX)[-1]
    vault.changes.remove(0)
    forge(path, older, older.payload, 1)
    assert contents(start(path)) == []


@pytest.fixture
def own_typing(path: str, vault: Vault) -> str:
    """The file of a vault behind a PIN, whose owner has set how it types."""
    vault.set_typing_settings(OWN)
    vault.set_pin("1234")
    return path


def opened(path: str, pin: str = "1234") -> Vault:
    vault = start(path)
    assert vault.state == LOCKED
    vault.unlock_pin(pin, MINUTE)
    return vault


def typed_by(path: str) -> list[tuple[object, ...]]:
    """How it types once it is open, and after its lock was changed, which seals anew what is genuine."""
    vault = opened(path)
    now = types_as(vault.typing_settings)
    vault.set_pin("5678")
    vault.finish_sealing()
    return [now, types_as(opened(path, "5678").typing_settings)]


def types_as(settings: TypingSettings) -> tuple[object, ...]:
    return tuple(vars(settings).items())


def test_the_owners_table_is_in_force(own_typing: str) -> None:
    assert types_as(opened(own_typing).typing_settings) == types_as(OWN)
    # It stays so, whatever else is written.
    opened(own_typing).set_floor(1_800_000_000)
    assert typed_by(own_typing) == [types_as(OWN)] * 2


@pytest.mark.parametrize("ahead", [None, 1])
def test_a_table_of_somebody_else_is_not_typed_by(own_typing: str, ahead: int | None) -> None:
    (page,) = found(own_typing, TYPING)
    forge(own_typing, page, page.payload.replace(TABLE, ENTERS), ahead)
    assert found(own_typing, TYPING)[-1].payload != page.payload
    assert typed_by(own_typing) == [types_as(TypingSettings())] * 2


def test_any_changed_byte_of_how_it_types_is_noticed(own_typing: str) -> None:
    (page,) = found(own_typing, TYPING)
    # The mode and the name would be none any more, and say so by themselves.
    for at in [*range(1, 6), *range(11, len(page.payload))]:
        forge(own_typing, page, page.payload[:at] + bytes((page.payload[at] ^ 1,)) + page.payload[at + 1 :])
        assert types_as(opened(own_typing).typing_settings) == types_as(TypingSettings()), at


def test_an_older_table_is_not_taken_for_a_new_one(own_typing: str) -> None:
    (older,) = found(own_typing, TYPING)
    opened(own_typing).set_typing_settings(TypingSettings())
    forge(own_typing, older, older.payload, 1)
    assert typed_by(own_typing) == [types_as(TypingSettings())] * 2


def test_how_another_key_types_is_not_taken_over(own_typing: str, another: str) -> None:
    start(another).set_typing_settings(TypingSettings(TOP_ROW, 1, 1, 1, "", ENTERS))
    (page,) = found(another, TYPING)
    forge(own_typing, page, page.payload, 1)
    assert typed_by(own_typing) == [types_as(TypingSettings())] * 2


def test_a_whole_older_vault_is_taken(own_typing: str) -> None:
    """Not held, and nothing in the same flash could: what is there is what the owner himself once had."""
    older = Path(own_typing).read_bytes()
    opened(own_typing).changes.remove(0)
    Path(own_typing).write_bytes(older)
    assert contents(opened(own_typing)) == [as_tuple(account(1))]


SLOTS, RETRIES, STATE, INDEX, RECORDS, TYPING, CLOCK, USES, ELEMENT = 1, 2, 3, 4, 5, 7, 8, 9, 10
CARD, JOURNAL, LOANS = 11, 12, 13
DRAWN = random.Random(5)


def payloads(genuine: bytes) -> list[bytes]:
    """What may stand there: cut off, longer, all ones or zeros, and anything."""
    cut = [genuine[:length] for length in range(0, len(genuine), max(len(genuine) // 20, 1))]
    changed = [bytes((genuine[0],)) + DRAWN.randbytes(len(genuine)) for _ in range(15)] if genuine else []
    filled = [bytes(4080), b"\xff" * 4080, b"\x01" + b"\xff" * 4079]
    longer = [genuine + bytes(200), genuine + b"\xff" * 200]
    return [*cut, *changed, *filled, *longer, *(DRAWN.randbytes(DRAWN.randrange(300)) for _ in range(15))]


def written(path: str, kind: int, payload: bytes) -> None:
    """Forge a page that counts."""
    forge(path, Found(0, kind, 0, 0, b""), payload, 1)


@pytest.fixture
def lived(path: str, vault: Vault) -> str:
    """A vault without a lock that has a page of every kind that is not sealed."""
    ledger = vault.ledger
    ledger.reckoning.synced = limits.TIME_LEAST
    ledger.note(0, 0, limits.TIME_LEAST)
    ledger.save()
    vault.set_locking(60, True)
    vault.set_typing_settings(TypingSettings(layout="us", table=bytes(limits.TABLE)))
    nvm: Any = bytearray(b"\xff" * 4096)
    UsageLog(nvm, vault.pool, vault.keys, vault.journal).note(1, 2, TYPED)
    return path


@pytest.mark.parametrize("kind", [RETRIES, STATE, TYPING, CLOCK, USES, ELEMENT, CARD, JOURNAL, LOANS, 100])
def test_an_open_key_keeps_its_accounts_whatever_such_a_page_says(lived: str, kind: int) -> None:
    before = contents(start(lived))
    genuine = found(lived, kind)
    pages_before = Path(lived).read_bytes()
    for payload in payloads(genuine[-1].payload if genuine else b""):
        written(lived, kind, payload)
        vault = start(lived)
        assert vault.state == OPEN
        assert contents(vault) == before
        told = vault.ledger
        assert told.until(15) >= 0
        assert vault.settings.floor <= limits.TIME_MOST
        assert 0 <= vault.locks.wait_ms(MINUTE) <= MINUTE
        nvm: Any = bytearray(b"\xff" * 4096)
        log = UsageLog(nvm, vault.pool, vault.keys, vault.journal)
        log.of(1)
        before_use = vault.journal(log).read().total
        log.note(1, 2, TYPED)
        assert vault.journal(log).read().total == before_use + 1
        vault.turn()
        vault.set_locking(61, False)
        Path(lived).write_bytes(pages_before)


def test_a_page_of_slots_that_cannot_be_read_blocks_the_key_which_can_be_wiped(with_pin: str) -> None:
    pages_before = Path(with_pin).read_bytes()
    (slots,) = found(with_pin, SLOTS)
    costs = [slots.payload[:35] + struct.pack("<I", cost) + slots.payload[39:] for cost in (7000, 0xFFFFFFFF)]
    for payload in [*payloads(slots.payload), *costs]:
        written(with_pin, SLOTS, payload)
        vault = start(with_pin)
        assert vault.state == BLOCKED
        vault.wipe()
        assert start(with_pin).state == BLANK
        Path(with_pin).write_bytes(pages_before)


@pytest.mark.parametrize(
    ("slot", "sound"),
    [
        ((0, 0, 0, 0), False),
        ((2, 6000, 0, 0), True),
        ((2, 6001, 0, 0), False),
        ((3, 7, 1, 1), False),
        ((3, 8, 1, 1), True),
        ((3, 65536, 0, 1), False),
        ((3, 65536, 1, 0), False),
        ((3, 2**30 - 1, 1, 1), True),
        ((3, 2**30, 1, 1), False),
        ((4, 6000, 15, 0), True),
        ((4, 2100, 16, 0), False),
        ((4, 6001, 15, 0), False),
        ((5, 2100, 0, 0), False),
    ],
)
def test_slots_that_no_firmware_wrote_block_the_key(
    with_pin: str, slot: tuple[int, int, int, int], sound: bool
) -> None:
    """The bounds of docs/reference/storage.md: another cost may keep the key busy for years."""
    (slots,) = found(with_pin, SLOTS)
    payload = bytearray(slots.payload)
    # The parameters of the first slot stand around its salt.
    payload[18], payload[35:42] = slot[0], struct.pack("<IHB", *slot[1:])
    written(with_pin, SLOTS, bytes(payload))
    assert (start(with_pin).state == BLOCKED) != sound


def test_what_newer_firmware_stores_behind_the_state_survives(lived: str) -> None:
    (*_, state) = found(lived, STATE)
    written(lived, STATE, state.payload + b"newer")
    start(lived).set_locking(90, False)
    assert found(lived, STATE)[-1].payload.endswith(b"newer")
    assert start(lived).settings.idle == 90


@pytest.mark.parametrize("kind", [RETRIES, STATE, INDEX])
def test_after_the_last_number_only_a_wipe_is_possible(lived: str, kind: int) -> None:
    (*_, page) = found(lived, kind) or [Found(0, kind, 0, 0, bytes(1))]
    forge(lived, page, page.payload, LAST - newest(lived))
    vault = start(lived)
    if vault.state == OPEN and len(vault):
        with refused(errors.STORAGE):
            vault.changes.add(account(9))
    vault.wipe()
    assert vault.state == BLANK
    vault.create()
    vault.changes.add(account(1))
    assert contents(start(lived)) == contents(vault)
