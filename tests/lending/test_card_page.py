"""The page of a card in the vault: what it remembers, and what happens when it is odd."""

from __future__ import annotations

import pytest

from tests.vault.bench import account, start
from tests.vault.conftest import empty_vault, path, vault
from totpkey_firmware.store.format import CARD
from totpkey_firmware.vault import card as cards
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors
from totpkey_protocol.errors import Refusal
from totpkey_protocol.record import STORED_END_SIZE

__all__ = ["empty_vault", "path", "vault"]
PRIVATE, PUBLIC, MARK = bytes(range(32)), bytes(range(32, 64)), b"eight by"
LAST = 0xFFFFFFFF


def make(vault: Vault, name: bytes = b"Anna") -> None:
    cards.make(vault, name, bytearray(PRIVATE), PUBLIC)


def borrow(vault: Vault, number: int, made: int) -> bytes:
    """Put a borrowed account onto the list, as the command does. Return its mark."""
    one = account(number)
    stored = bytes(16) + made.to_bytes(4, "little")
    one.end = b"\0\0\0\0\5" + stored[5:] + bytes(STORED_END_SIZE - len(stored)) + b"Otto"
    cards.Card(vault.changes).note(cards.mark_of(one), 0, number)
    vault.changes.add(one)
    return cards.mark_of(one)


def test_a_card_comes_back_after_a_start(path: str, vault: Vault) -> None:
    make(vault)
    card = cards.Card(start(path).changes)
    assert (card.name, card.public, bytes(card.private())) == ("Anna", PUBLIC, PRIVATE)
    assert card.borrowed(MARK) == (0, 0)


def test_without_a_card_there_is_none(vault: Vault) -> None:
    with pytest.raises(Refusal) as caught:
        cards.Card(vault.changes)
    assert (caught.value.code, caught.value.field) == (errors.NOT_FOUND, "card")


def test_a_removed_account_leaves_when_its_file_was_made(path: str, vault: Vault) -> None:
    make(vault)
    mark = borrow(vault, 77, 1000)
    assert cards.Card(vault.changes).borrowed(mark) == (0, 77)
    vault.remove(vault.index(77))
    assert cards.Card(start(path).changes).borrowed(mark) == (1000, 77)


def test_an_account_of_the_keys_own_leaves_nothing(vault: Vault) -> None:
    make(vault)
    before = vault.pool.sequence(CARD)
    vault.remove(0)
    assert vault.pool.sequence(CARD) == before


def test_what_flash_has_lost_comes_back_by_no_file(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    make(vault)
    mark = borrow(vault, 77, 1000)

    def lost(index: int) -> None:
        raise Refusal(errors.STORAGE)

    monkeypatch.setattr(vault, "account", lost)
    vault.remove(vault.index(77))
    assert cards.Card(vault.changes).borrowed(mark) == (LAST, 77)


@pytest.mark.parametrize("odd", [b"", b"\2" + bytes(80), b"\1\xff" + bytes(80), b"\1"], ids=len)
def test_an_odd_page_is_no_card_and_keeps_nobody_from_the_rest(path: str, vault: Vault, odd: bytes) -> None:
    make(vault)
    borrow(vault, 77, 1000)
    page = vault.changes.open_page(CARD)
    page[:] = odd
    vault.changes.write_page(CARD)
    again = start(path)
    with pytest.raises(Refusal):
        cards.Card(again.changes)
    again.remove(again.index(77))
    make(again, b"Ben")
    assert cards.Card(again.changes).name == "Ben"


def test_a_page_that_opens_under_no_key_is_replaced(path: str, vault: Vault) -> None:
    make(vault)
    vault.pool.write(CARD, bytes(100))
    again = start(path)
    with pytest.raises(Refusal):
        cards.Card(again.changes)
    again.finish_sealing()
    make(again, b"Ben")
    assert cards.Card(start(path).changes).name == "Ben"


def test_an_old_card_is_blanked(path: str, vault: Vault) -> None:
    make(vault)
    vault.pool.tidy()
    before = vault.pool.sequence(CARD)
    make(vault, b"Ben")
    whole = vault.pool.sequence(CARD)
    assert whole > before
    with open(path, "rb") as file:
        content = file.read()
    heads = [content[at : at + 12] for at in range(4096, len(content), 8192)]
    assert sum(head[:5] == b"TPK3" + bytes([CARD]) for head in heads) == 1
