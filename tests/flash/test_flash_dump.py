"""What a thief finds who reads the whole flash, with a reader that shares nothing with the firmware.

Each test first shows that the reader opens what it should. Only then does it mean something that it finds
nothing afterwards. Prepared on the simulator; the deciding step runs on simulator and chip. Some thieves
have an older dump, and the lock of that time, too.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cuts.content import Content, put, try_wrong_pin, use_tries
from tests.cuts.cutting import Trace
from tests.cuts.kinds import Kind
from tests.flash import attacker
from tests.flash.dumped import ARGON2, BOTH, OTHER_PIN, PIN, SECRETS, SIMULATOR, holding, in_setup
from tests.flash.dumped import kind as kind
from tests.leaks.known import Known
from tests.support.desk import AMAZON, DERIVED, GITHUB, Desk
from totpkey.accounts.account import Account
from totpkey.link.conversation import Touch
from totpkey_firmware.store.format import INDEX, RECORDS, SLOTS
from totpkey_protocol import limits
from totpkey_virtual.flash import NVM_START

LONGEST = "\N{GRINNING FACE}" * limits.NAME


def remains(before: bytes, after: bytes) -> set[str]:
    """What of the vault that `before` held, opened by its PIN or by nothing, still stands in `after`."""
    known = Known()
    for secret in SECRETS:
        known.add(secret, "an account's secret")
    for key in attacker.data_keys(before, PIN):
        known.add(key, "the data key")
    for slot in attacker.slots(before):
        known.add(slot.wrapped, "a wrapped data key")
        known.add(slot.salt, "a salt")
    # CircuitPython's own image, in front of that, has tables in which anything regular is found.
    after = after[NVM_START:]
    found = {leak.kind for leak in known.find("flash", after)}
    # Of what was sealed not even a piece may have been forgotten in some sector.
    for slot in attacker.slots(before):
        if any(slot.wrapped[at : at + 16] in after for at in range(0, len(slot.wrapped), 16)):
            found.add("a piece of a wrapped data key")
    return found


def test_a_locked_vault_opens_by_its_pin_and_by_nothing_else() -> None:
    dump = holding(Content(BOTH, pin=PIN)).flash
    assert attacker.stolen(dump, PIN) == SECRETS
    assert attacker.stolen(dump) == set()
    assert attacker.stolen(dump, OTHER_PIN, DERIVED) == set()
    wrapped = {"a wrapped data key", "a piece of a wrapped data key"}
    assert remains(dump, dump) == {"a salt", *wrapped}


def test_a_short_pin_is_found_by_trying_all_as_the_threat_model_says() -> None:
    dump = holding(Content((AMAZON,), pin="0042")).flash
    tried = (f"{number:04}" for number in range(10_000))
    assert next(pin for pin in tried if attacker.data_keys(dump, pin)) == "0042"


def test_of_an_older_lock_no_copy_opens() -> None:
    """The device slot before the first PIN, the PIN before the next one, a passphrase that was removed."""
    desk = in_setup(SIMULATOR, holding(Content(BOTH)))
    with desk.client() as client:
        assert attacker.stolen(desk.key.flash) == SECRETS
        client.set_pin(OTHER_PIN)
        assert attacker.stolen(desk.key.flash) == set()
        client.set_passphrase(DERIVED, *ARGON2)
        dump = desk.key.flash
        assert attacker.stolen(dump) == set()
        assert attacker.stolen(dump, OTHER_PIN) == attacker.stolen(dump, derived=DERIVED) == SECRETS
        client.set_pin(PIN)
        assert attacker.stolen(desk.key.flash, OTHER_PIN) == set()
        assert attacker.stolen(desk.key.flash, PIN) == SECRETS
        client.remove_slot("passphrase")
    assert attacker.stolen(desk.key.flash, derived=DERIVED) == set()


def test_a_removed_account_is_gone_from_every_page() -> None:
    desk = in_setup(SIMULATOR, holding(Content(BOTH)))
    with desk.client() as client:
        client.remove(client.list()[0].account)
    assert attacker.stolen(desk.key.flash) == {GITHUB.secret}


def test_a_removed_account_is_gone_whatever_cut_its_renaming(kind: Kind) -> None:
    """It moves to another page. A cut leaves it in both, and the list in its old state or in its new one."""
    others = [replace(GITHUB, label=str(number)) for number in range(11)]
    desk = in_setup(SIMULATOR, holding(Content((AMAZON, *others))))
    with desk.client() as client:
        first, *listed = client.list()
        # Seven of the longest names fill a page.
        for other in listed[:6]:
            client.rename(other.account, LONGEST, LONGEST)
        with Trace(desk.key) as trace:
            client.rename(first.account, LONGEST, LONGEST)
    twice = [left for left in trace.left() if attacker.copies(left.snapshot.flash, AMAZON.secret) == 2]
    for left in (twice[0], twice[-1]):
        desk = in_setup(kind, kind.transplant(left.snapshot))
        with desk.client() as client:
            client.remove(client.list()[0].account)
        assert attacker.stolen(desk.key.flash) == {GITHUB.secret}


def test_after_the_last_wrong_pin_no_key_is_left(kind: Kind) -> None:
    before = holding(Content(BOTH, pin=PIN, tries=1), kind)
    assert attacker.stolen(before.flash, PIN) == SECRETS
    desk = in_setup(kind, before)
    assert attacker.stolen(desk.key.flash, PIN) == SECRETS
    try_wrong_pin(desk)
    after = desk.key.flash
    assert list(attacker.slots(after)) == []
    assert attacker.stolen(after, PIN, DERIVED) == set()
    assert remains(before.flash, after) == set()
    desk.key.unplug()


def test_after_the_last_wrong_pin_a_passphrase_still_opens() -> None:
    desk = in_setup(SIMULATOR, holding(Content(BOTH, pin=PIN)))
    with desk.client() as client:
        client.unlock_pin(PIN)
        client.set_passphrase(DERIVED, *ARGON2)
    use_tries(desk)
    assert attacker.stolen(desk.key.flash, PIN) == set()
    assert attacker.stolen(desk.key.flash, PIN, DERIVED) == SECRETS


@pytest.mark.parametrize("pin", [None, PIN], ids=["open", "locked"])
def test_a_wipe_leaves_nothing_to_open(kind: Kind, pin: str | None) -> None:
    before = holding(Content(BOTH, pin=pin), kind)
    assert attacker.stolen(before.flash, pin) == SECRETS
    desk = in_setup(kind, before)
    with desk.client() as client:
        client.wipe()
    after = desk.key.flash
    assert attacker.pages(after) == []
    assert remains(before.flash, after) == set()
    sealed = [page.payload for page in attacker.pages(before.flash) if page.kind in (SLOTS, INDEX, RECORDS)]
    assert sealed
    assert not any(payload[:16] in after[NVM_START:] for payload in sealed)
    desk.key.unplug()


def test_no_account_secret_and_no_key_ever_stands_in_flash_in_plain() -> None:
    desk = Desk(SIMULATOR.make())
    put(desk, Content(BOTH, pin=PIN))
    dump = desk.key.flash
    known = Known()
    keys = attacker.data_keys(dump, PIN)
    for secret in SECRETS | keys:
        known.add(secret, "a secret")
    for slot in attacker.slots(dump):
        known.add(attacker.secret_of_pin(PIN, slot), "the key that the PIN gives")
    assert len(known) == len(SECRETS) + len(keys) + 1
    assert known.find("flash", dump) == set()


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
