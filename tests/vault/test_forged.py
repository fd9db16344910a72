"""Pages that an attacker wrote who can write the flash but cannot open the key.

Their heads and checksums are right, as docs/reference/storage.md describes them. Tests of what the key does
not prevent say so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vault.bench import (
    MINUTE,
    account,
    as_tuple,
    contents,
    fresh,
    refused,
    start,
)
from tests.vault.forging import forge, found
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors
from totpkey_protocol.words import LOCKED, TOP_ROW

INDEX, RECORDS, TYPING = 4, 5, 7
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


def opened(path: str) -> Vault:
    vault = start(path)
    assert vault.state == LOCKED
    vault.unlock_pin("1234", MINUTE)
    return vault


def typed_by(path: str) -> list[tuple[object, ...]]:
    """How it types once it is open, and after its lock was changed, which seals anew what is genuine."""
    vault = opened(path)
    now = types_as(vault.typing_settings)
    vault.set_pin("5678")
    vault.finish_sealing()
    again = start(path)
    again.unlock_pin("5678", MINUTE)
    return [now, types_as(again.typing_settings)]


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


def test_how_another_key_types_is_not_taken_over(own_typing: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = start(fresh(tmp_path / "other"))
    other.create()
    other.set_typing_settings(TypingSettings(TOP_ROW, 1, 1, 1, "", ENTERS))
    (page,) = found(str(tmp_path / "other" / "pages.bin"), TYPING)
    forge(own_typing, page, page.payload, 1)
    assert typed_by(own_typing) == [types_as(TypingSettings())] * 2


def test_a_whole_older_vault_is_taken(own_typing: str) -> None:
    """Not held, and nothing in the same flash could: what is there is what the owner himself once had."""
    older = Path(own_typing).read_bytes()
    opened(own_typing).changes.remove(0)
    Path(own_typing).write_bytes(older)
    assert contents(opened(own_typing)) == [as_tuple(account(1))]
