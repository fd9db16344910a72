"""A thief with an older dump, and the lock of that time, before a newer dump of the same key."""

from __future__ import annotations

import pytest

from tests.cuts.content import Content
from tests.cuts.kinds import Kind
from tests.flash import attacker
from tests.flash.dumped import BOTH, OTHER_PIN, PIN, SECRETS, holding, in_setup, kind
from totpkey.accounts.account import Account
from totpkey.link.conversation import Touch

__all__ = ["kind"]

INDEX, RECORDS = 4, 5
#: Long enough for all pages of a few accounts, in s.
SEALED = 6
LATER = Account("Bank", "came later", bytes(range(100, 130)))


def test_with_the_older_data_key_nothing_newer_opens(kind: Kind) -> None:
    """Once the PIN was changed. Other changes of locks are in tests/vault/test_locks.py."""
    before = holding(Content(BOTH, pin=PIN), kind)
    older = attacker.data_keys(before.flash, PIN)
    # Two where the power was cut before all pages were sealed under the second.
    assert older
    desk = in_setup(kind, before)
    with desk.client() as client:
        client.unlock_pin(PIN)
        assert client.set_pin(OTHER_PIN)
        client.add(LATER)
    desk.key.run(SEALED)
    after = desk.key.flash
    for key in older:
        assert attacker.opened(before.flash, key), "it opened nothing before"
        # Older pages of the list hold no secret, and are not blanked.
        assert {page.kind for page in attacker.opened(after, key)} <= {INDEX}
    newer = attacker.data_keys(after, OTHER_PIN)
    assert len(newer) == 1
    assert not newer & older
    assert attacker.stolen(after, OTHER_PIN) == {*SECRETS, LATER.secret}
    desk.key.unplug()


@pytest.mark.parametrize("ends", ["done", "nothing more", "the port closed", "a rename", "a gesture"])
def test_the_page_that_an_add_replaces_is_blanked_soon(ends: str, kind: Kind) -> None:
    """The reply does not wait for it; what comes next does."""
    desk = in_setup(kind, holding(Content(BOTH), kind))
    left: list[int] = []

    def obey(touch: Touch) -> None:
        left.append(records(desk.key.flash))
        desk.obey(touch)

    with desk.client(obey) as client:
        added = client.add(LATER)
        assert records(desk.key.flash) == 2
        if ends == "a rename":
            client.rename(added.account, "Bank", "renamed")
        elif ends == "done":
            client.done()
            desk.await_face(serial=False)
        elif ends == "nothing more":
            desk.key.run(0.5)
        elif ends == "a gesture":
            client.set_pin(PIN)
            assert left[0] == 1
        assert ends == "the port closed" or records(desk.key.flash) == 1
    desk.key.run(0.5)
    assert records(desk.key.flash) == 1


def records(flash: bytes) -> int:
    """How many pages have accounts."""
    return sum(page.kind == RECORDS for page in attacker.pages(flash))
