"""Pages with the right checksum whose content this firmware has never written: none stops the key."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.vault.bench import MINUTE, account, contents, refused, start
from tests.vault.forging import Found, forge, found, newest
from totpkey_firmware.store.format import LAST
from totpkey_firmware.store.usage_log import UsageLog
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, limits
from totpkey_protocol.journal import TYPED
from totpkey_protocol.words import BLANK, BLOCKED, OPEN

SLOTS, RETRIES, STATE, INDEX, TYPING, CLOCK, USES, ELEMENT = 1, 2, 3, 4, 7, 8, 9, 10
CARD, JOURNAL, LOANS = 11, 12, 13
DRAWN = random.Random(5)


def payloads(genuine: bytes) -> list[bytes]:
    """What may stand there: cut off, longer, all ones or zeros, and anything."""
    cut = [genuine[:length] for length in range(0, len(genuine), max(len(genuine) // 20, 1))]
    changed = [bytes((genuine[0],)) + DRAWN.randbytes(len(genuine)) for _ in range(15)] if genuine else []
    filled = [
        bytes(4080),
        b"\xff" * 4080,
        b"\x01" + b"\xff" * 4079,
        genuine + bytes(200),
        genuine + b"\xff" * 200,
    ]
    return [*cut, *changed, *filled, *(DRAWN.randbytes(DRAWN.randrange(300)) for _ in range(15))]


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


def with_slot(payload: bytes, kind: int, cost: int, passes: int, lanes: int) -> bytes:
    """SLOTS with other parameters of the first slot, which stand around its salt."""
    return (
        payload[:18]
        + bytes((kind,))
        + payload[19:35]
        + struct.pack("<IHB", cost, passes, lanes)
        + payload[42:]
    )


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
    written(with_pin, SLOTS, with_slot(slots.payload, *slot))
    assert (start(with_pin).state == BLOCKED) != sound


def test_what_newer_firmware_stores_behind_the_state_survives(lived: str) -> None:
    (*_, state) = found(lived, STATE)
    written(lived, STATE, state.payload + b"newer")
    start(lived).set_locking(90, False)
    assert found(lived, STATE)[-1].payload.endswith(b"newer")
    assert start(lived).settings.idle == 90


@pytest.mark.parametrize("kind", [RETRIES, STATE, INDEX])
def test_after_the_last_number_only_a_wipe_is_possible(lived: str, kind: int) -> None:
    written_last(lived, kind)
    vault = start(lived)
    if vault.state == OPEN and len(vault):
        with refused(errors.STORAGE):
            vault.changes.add(account(9))
    vault.wipe()
    assert vault.state == BLANK
    vault.create()
    vault.changes.add(account(1))
    assert contents(start(lived)) == contents(vault)


def written_last(path: str, kind: int) -> None:
    (*_, page) = found(path, kind) or [Found(0, kind, 0, 0, bytes(1))]
    forge(path, page, page.payload, LAST - newest(path))
