"""Every change, cut at each of its writes with each kind of torn page: complete or absent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import pytest

from tests.support.cases import sampled
from tests.vault.bench import (
    BLANK_PAGE,
    TORN,
    CutPlaces,
    PowerCut,
    account,
    add,
    contents,
    fresh,
    packed,
    pages,
    refused,
    start,
)
from totpkey_firmware.store.format import RECORDS, SLOTS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.records import FULL_ENOUGH
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors
from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED, OPEN, PASSPHRASE, PIN

DERIVED = bytes(range(32))
PIN_NOW, PIN_NEW, PIN_WRONG = "1234", "4321", "0000"
MINUTE = 60_000
#: The torn pages that `make test` tries; `make test-all` tries all of them.
QUICK = ("erased", "random", "half new")
#: What one of `crowded`'s accounts takes.
CROWDED = 2 + len(packed(account(100, 128)))

Change = Callable[[Vault], object]


def blank(vault: Vault) -> None:
    """Nothing is set up."""


def created(vault: Vault) -> None:
    vault.create()
    for number in range(1, 4):
        add(vault, account(number))


def with_pin(vault: Vault) -> None:
    created(vault)
    vault.set_pin(PIN_NOW)
    vault.finish_sealing()


def with_both(vault: Vault) -> None:
    with_pin(vault)
    vault.set_passphrase(DERIVED, b"salt" * 4, 65536, 3, 1)
    vault.finish_sealing()


def crowded(vault: Vault) -> None:
    """The first bucket is full enough to open the second."""
    vault.create()
    for number in range(FULL_ENOUGH // CROWDED):
        add(vault, account(100 + number, 128))


def swollen(vault: Vault) -> None:
    """The first bucket has no room left for a much longer name."""
    vault.create()
    for number in range(14):
        add(vault, account(100 + number))
    for index in range(8, 14):
        grown = vault.account(index)
        grown.issuer = grown.label = "\N{GRINNING FACE}" * 64
        vault.replace(index, grown)


def fail(vault: Vault, pin: str = PIN_WRONG) -> None:
    with refused(errors.WRONG_PIN):
        vault.unlock_pin(pin, MINUTE)


def grow(vault: Vault) -> None:
    grown = vault.account(0)
    grown.label = "\N{GRINNING FACE}" * 64
    vault.replace(0, grown)


def rename(vault: Vault) -> None:
    renamed = vault.account(1)
    renamed.label = "renamed"
    vault.replace(1, renamed)


def unlocked(change: Change) -> Change:
    """The change, made with the secret that opens the vault."""

    def open_and_change(vault: Vault) -> None:
        if vault.state == LOCKED:
            vault.unlock_pin(PIN_NOW, 0)
        change(vault)

    return open_and_change


def sealed(change: Change) -> Change:
    """The change of a lock, until all pages are sealed under the data key that comes with it."""

    def change_and_seal(vault: Vault) -> None:
        unlocked(change)(vault)
        vault.finish_sealing()

    return change_and_seal


def crowded_typing(vault: Vault) -> None:
    """Accounts in two buckets, and a table of a layout."""
    crowded(vault)
    add(vault, account(199, 128))
    vault.set_typing_settings(TypingSettings(layout="us", table=bytes(190)))


#: What was set up before, how many writes the change takes, and the change.
CHANGES: dict[str, tuple[Change, int, Change]] = {
    "create": (blank, 1, lambda vault: vault.create()),
    "add": (created, 3, lambda vault: add(vault, account(9))),
    "add to a new bucket": (crowded, 2, lambda vault: add(vault, account(199, 128))),
    "rename": (created, 2, rename),
    "rename into another bucket": (swollen, 4, grow),
    "remove": (created, 3, lambda vault: vault.changes.remove(1)),
    "move": (created, 1, lambda vault: vault.changes.move(2, 0)),
    "choose": (created, 1, lambda vault: vault.choose(2)),
    "floor": (created, 1, lambda vault: vault.set_floor(1_800_000_000)),
    "locking": (created, 1, lambda vault: vault.set_locking(60, True)),
    "first PIN": (created, 2, lambda vault: vault.set_pin(PIN_NOW)),
    "PIN change": (with_pin, 4, unlocked(lambda vault: vault.set_pin(PIN_NEW))),
    "first passphrase": (created, 2, lambda vault: vault.set_passphrase(DERIVED, bytes(16), 8, 1, 1)),
    "PIN removed": (with_pin, 4, unlocked(lambda vault: vault.remove_slot(PIN))),
    "passphrase removed": (with_both, 4, unlocked(lambda vault: vault.remove_slot(PASSPHRASE))),
    "first PIN, and its key": (created, 7, sealed(lambda vault: vault.set_pin(PIN_NOW))),
    "first PIN, and its key, of more": (
        crowded_typing,
        10,
        sealed(lambda vault: vault.set_pin(PIN_NOW)),
    ),
    "PIN change, and its key": (with_pin, 9, sealed(lambda vault: vault.set_pin(PIN_NEW))),
    "passphrase removed, and its key": (
        with_both,
        9,
        sealed(lambda vault: vault.remove_slot(PASSPHRASE)),
    ),
    "wrong PIN": (with_pin, 1, fail),
    "right PIN": (with_pin, 2, unlocked(lambda vault: None)),
    "wipe": (with_both, 9, lambda vault: vault.wipe()),
}


def observed(path: str) -> dict[str, object]:
    """All that can be seen of a vault, by its owner; not how many PINs were tried."""
    vault = start(path)
    seen: dict[str, object] = {"state": vault.state, "export": vault.locks.export_allowed}
    if vault.state == LOCKED:
        for pin in (PIN_NOW, PIN_NEW):
            try:
                vault.unlock_pin(pin, MINUTE)
                seen["pin"] = pin
                break
            except Refusal:
                continue
        if vault.state == LOCKED:
            vault.unlock_derived(DERIVED)
            seen["passphrase"] = DERIVED
    if vault.state == OPEN:
        vault.turn()
        seen["table"] = vault.typing_settings.table
        seen |= {kind: vault.has(kind) for kind in (PIN, PASSPHRASE)}
        seen["accounts"] = contents(vault)
        seen["chosen"] = vault.chosen if len(vault) else 0
    return seen | {"settings": (vault.settings.floor, vault.settings.idle, vault.settings.suspend)}


def copy(path: str, name: str = "looked-at") -> str:
    return copyfile(path, f"{path}-{name}")


def count_writes(path: str, change: Change) -> int:
    flash = CutPlaces(path)
    change(start(flash))
    return flash.writes


def cut(path: str, write: int, torn: str, change: Change) -> None:
    flash = CutPlaces(path)
    flash.cut_at(write, torn, seed=write)
    with pytest.raises(PowerCut):
        change(start(flash))


def keep_on(vault: Vault) -> None:
    """The next change, whatever state the vault is in."""
    if vault.state == BLANK:
        vault.create()
    elif vault.state == LOCKED and not vault.has(PASSPHRASE):
        for pin in (PIN_NOW, PIN_NEW):
            if vault.state == LOCKED:
                try:
                    vault.unlock_pin(pin, MINUTE)
                except Refusal:
                    continue
    elif vault.state == LOCKED:
        vault.unlock_derived(DERIVED)
    before = len(vault)
    add(vault, account(77))
    assert vault.account(before).identifier == 77


def secrets_beside_the_live_pages(path: str) -> int:
    kinds = [page[4] for page in pages(path) if page != BLANK_PAGE]
    pool = Pool(CutPlaces(path))
    live = pool.has(SLOTS) + sum(pool.has(RECORDS, bucket) for bucket in range(64))
    return sum(kind in (SLOTS, RECORDS) for kind in kinds) - live


@pytest.mark.parametrize("torn", sampled(TORN, QUICK))
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_cut_is_there_or_not(tmp_path: Path, name: str, torn: str) -> None:
    prepare, expected, change = CHANGES[name]
    path = fresh(tmp_path)
    prepare(start(path))
    done = copy(path, "done")
    writes = count_writes(done, change)
    assert writes == expected
    before, after = observed(copy(path)), observed(done)

    seen = []
    for write in range(writes):
        broken = copy(path, "broken")
        cut(broken, write, torn, change)
        seen.append(observed(copy(broken)))
        assert seen[-1] in (before, after)
        vault = start(broken)
        assert vault.state != BLANK or pages(broken) == [BLANK_PAGE] * 64, (
            "a wipe is finished by the next start"
        )
        keep_on(vault)
        assert secrets_beside_the_live_pages(broken) == 0
    # Once it is there it stays.
    assert seen == sorted(seen, key=lambda one: one == after and before != after)


@pytest.mark.parametrize("torn", sampled(TORN, QUICK))
@pytest.mark.parametrize(
    "name", ["add", "remove", "first PIN", "PIN change", "PIN change, and its key", "wipe"]
)
def test_a_second_cut_while_the_first_is_repaired(tmp_path: Path, name: str, torn: str) -> None:
    prepare, _, change = CHANGES[name]
    path = fresh(tmp_path)
    prepare(start(path))
    done = copy(path, "done")
    writes = count_writes(done, change)
    before, after = observed(copy(path)), observed(done)

    for write in range(writes):
        broken = copy(path, "broken")
        cut(broken, write, "random", change)
        repairs = count_writes(copy(broken), lambda vault: vault.turn())
        for repair in range(repairs):
            again = copy(broken, "again")
            cut(again, repair, torn, lambda vault: vault.turn())
            assert observed(copy(again)) in (before, after)
            keep_on(start(again))


@pytest.mark.parametrize("torn", TORN)
def test_the_last_wrong_pin_destroys_the_slot_wherever_it_is_cut(tmp_path: Path, torn: str) -> None:
    path = fresh(tmp_path)
    with_both(start(path))
    for _ in range(7):
        fail(start(path))
    writes = count_writes(copy(path), fail)

    assert writes == 3
    for write in range(writes):
        broken = copy(path, "broken")
        cut(broken, write, torn, fail)
        vault = start(broken)
        # Before the try is counted it is not compared.
        assert vault.state == BLOCKED or (write == 0 and vault.locks.tries_left == 1)
        assert vault.has(PIN) is (vault.state == LOCKED)
        assert secrets_beside_the_live_pages(broken) == 0
        vault.unlock_derived(DERIVED)
        assert len(vault) == 3


@pytest.mark.parametrize("torn", TORN)
def test_no_cut_gives_a_try_back(tmp_path: Path, torn: str) -> None:
    """A power cut while a PIN is compared costs that try."""
    path = fresh(tmp_path)
    with_pin(start(path))
    fail(start(path))
    assert count_writes(copy(path), unlocked(lambda vault: None)) == 2
    for write, left in enumerate([(7, 6), (6, 8)]):
        broken = copy(path, "broken")
        cut(broken, write, torn, unlocked(lambda vault: None))
        assert start(broken).locks.tries_left in left
