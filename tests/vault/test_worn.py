"""Every change on flash that fails: cut at each of its writes, and worn.

With each kind of torn page a change is complete or absent. Worn places no longer store what is written, or no
longer become blank.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cases import sampled
from tests.vault.bench import (
    BLANK_PAGE,
    DEAD,
    DERIVED,
    MINUTE,
    TORN,
    WORN,
    CutPlaces,
    PowerCut,
    Worn,
    account,
    add,
    contents,
    fail,
    fresh,
    live,
    packed,
    page_of,
    pages,
    refused,
    start,
    stored,
)
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import CLOCK, INDEX, RECORDS, RETRIES, SLOTS, STATE, TYPING, USES, WIPING
from totpkey_firmware.store.glance import is_new
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.records import FULL_ENOUGH
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import PAGES
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED, OPEN, PASSPHRASE, PIN

DIGITS = "2580"


def started(path: str, worn: dict[int, str]) -> Vault:
    """The vault as a start finds it, open, and tidied as it is once the key is at leisure."""
    vault = start(Worn(path, worn))
    if vault.state == LOCKED:
        vault.unlock_pin(DIGITS, MINUTE)
    vault.turn()
    return vault


def made(path: str, locked: bool) -> Vault:
    """A vault with two accounts, and pages of each kind."""
    vault = started(path, {})
    vault.create()
    vault.changes.add(account(1))
    vault.changes.add(account(2))
    vault.set_locking(90, True)
    vault.set_typing_settings(TypingSettings(pace=7))
    vault.ledger.save()
    vault.pool.write(RETRIES, b"\0")
    vault.pool.write(USES, b"\0")
    if locked:
        vault.set_pin(DIGITS)
    return vault


def names(vault: Vault) -> list[int]:
    return [vault.account(index).identifier for index in range(len(vault))]


@pytest.mark.parametrize("change", ["add", "remove"])
def test_the_change_after_an_add_tells_that_what_it_replaced_stays(path: str, change: str) -> None:
    """The page is blanked after the reply, when there is nobody to tell."""
    vault = made(path, False)
    vault = started(path, {live(vault.pool)[RECORDS, 0][0]: DEAD})
    vault.changes.add(account(3))
    vault.pool.finish()
    with refused(STORAGE):
        vault.changes.add(account(4)) if change == "add" else vault.changes.remove(0)
    assert names(vault) == [1, 2, 3]
    vault.changes.add(account(4))
    assert names(started(path, {})) == [1, 2, 3, 4]


KINDS = (SLOTS, RETRIES, STATE, INDEX, RECORDS, WIPING, TYPING, CLOCK, USES)


@pytest.mark.parametrize("locked", [False, True], ids=["no lock", "PIN"])
@pytest.mark.parametrize("how", WORN)
@pytest.mark.parametrize("kind", [*KINDS, None], ids=lambda kind: f"kind {kind}" if kind else "torn")
def test_a_key_with_a_worn_place_starts_and_is_changed_and_wiped(
    path: str, kind: int | None, how: str, locked: bool
) -> None:
    """Whatever old page stands there: it is neither taken for a live one, nor in the way."""
    vault = made(path, locked)
    # Where the next page goes.
    taken = [place for place, _, _ in live(vault.pool).values()]
    bad = next(place for place in range(vault.pool.writer.next_place, PAGES) if place not in taken)
    Places(path).write(bad, page_of(kind, 0, 0, b"\x01old") if kind else bytes(range(256)) * 16)
    worn = {bad: how}
    shown = pages(path)[bad]

    vault = started(path, worn)
    assert (vault.state, names(vault)) == (OPEN, [1, 2])
    assert (vault.has("pin"), vault.settings.idle, vault.typing_settings.pace) == (locked, 90, 7)
    vault.changes.add(account(3))
    vault = started(path, worn)
    assert names(vault) == [1, 2, 3]
    if how == DEAD:
        assert pages(path)[bad] == shown
    elif kind in (SLOTS, RECORDS):
        assert b"old" not in pages(path)[bad]

    if how == DEAD:
        with refused(STORAGE):
            vault.wipe()
    else:
        vault.wipe()
    kept = [page for place, page in enumerate(pages(path)) if place != bad and page != BLANK_PAGE]
    # Where the place goes on showing what it held, one page says that nothing before it counts.
    assert [page[4] for page in kept] == ([WIPING] if how == DEAD else [])
    for _ in range(2):
        assert vault.state == BLANK
        assert is_new(path)
        vault = started(path, worn)
    vault.create()
    vault.changes.add(account(4))
    assert not is_new(path)
    vault = started(path, worn)
    assert (vault.state, names(vault)) == (OPEN, [4])
    assert not vault.has("pin")


@pytest.mark.parametrize("how", WORN)
@pytest.mark.parametrize("kind", [SLOTS, INDEX, RECORDS])
def test_a_live_page_in_a_place_that_wears_out_is_replaced_for_good(path: str, kind: int, how: str) -> None:
    vault = made(path, locked=False)
    worn = {live(vault.pool)[kind, 0][0]: how}
    vault = started(path, worn)
    try:
        vault.replace(0, account(1, 30))
        vault.set_pin(DIGITS)
        vault.changes.remove(1)
    except Refusal:
        # It is in force all the same, and its owner knows that the older page can still be read.
        assert how == DEAD
        assert kind in (SLOTS, RECORDS)
        vault = started(path, worn)
        vault.set_pin(DIGITS)
        vault.changes.remove(1)
    vault = started(path, worn)
    assert vault.has("pin")
    assert contents(vault) == [tuple(vars(account(1, 30)).items())]


@pytest.mark.parametrize("how", WORN)
def test_a_page_goes_to_another_place_where_one_does_not_take_it(path: str, how: str) -> None:
    pool = Pool(Worn(path, {0: how}))
    pool.write(STATE, b"old")
    payload = b"\x02" * 300
    for _ in range(PAGES + 3):
        pool.write(STATE, payload)
        assert stored(pool, STATE) == payload == stored(Pool(Places(path)), STATE)


def test_what_no_place_takes_is_refused_and_what_was_there_stays(path: str) -> None:
    Pool(Places(path)).write(STATE, b"old")
    pool = Pool(Worn(path, dict.fromkeys(range(PAGES), DEAD)))
    for _ in range(30):
        with refused(STORAGE):
            pool.write(STATE, b"new")
        assert stored(pool, STATE) == b"old"
    assert stored(Pool(Places(path)), STATE) == b"old"


def test_a_refused_page_does_not_come_back(path: str) -> None:
    """Not even where what reads back wrong at once reads right later, and the place takes nothing more."""

    class Late(Worn):
        def read_into(self, place: int, at: int, buffer: bytearray | memoryview) -> None:
            super().read_into(place, at, buffer)
            if place in self.worn and self.worn[place] == DEAD:
                buffer[-1] ^= 1

        def write(self, place: int, page: bytes | bytearray) -> None:
            super().write(place, page)
            if place == 1:
                self.worn[place] = DEAD

    pool = Pool(Places(path))
    pool.write(STATE, b"first")
    pool = Pool(Late(path, {}))
    pool.write(STATE, b"second")
    pool.write(STATE, b"third")
    assert b"second" in pages(path)[1]
    assert stored(Pool(Places(path)), STATE) == b"third"


def test_a_wipe_that_no_place_would_take_tells_so_and_starts_go_on(path: str) -> None:
    made(path, locked=False)
    worn = dict.fromkeys(range(PAGES), DEAD)
    vault = started(path, worn)
    with refused(STORAGE):
        vault.wipe()
    assert names(started(path, worn)) == [1, 2]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from([(SLOTS, 0), (INDEX, 0), (RECORDS, 0), (RECORDS, 1)])),
        st.tuples(st.just("remove"), st.sampled_from([(RECORDS, 0), (RECORDS, 1)])),
        st.tuples(st.just("wear"), st.tuples(st.integers(0, 9), st.sampled_from(sorted(WORN)))),
        st.tuples(st.sampled_from(["start", "wipe"]), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
@pytest.mark.slow
def test_nothing_older_ever_wins(steps: list[tuple[str, object]]) -> None:
    """Through writes, starts and wipes, with ever more places worn: what was written last is there."""
    with TemporaryDirectory() as folder:
        path = fresh(Path(folder))
        worn: dict[int, str] = {}
        model: dict[tuple[int, int], bytes] = {}
        pool = Pool(Worn(path, worn))
        for number, (what, argument) in enumerate(steps):
            if what == "start":
                pool = Pool(Worn(path, worn))
                pool.tidy()
            else:
                _do(pool, worn, model, what, argument, b"%d" % number)
            for opened in (pool, Pool(Worn(path, worn))):
                for key, payload in model.items():
                    assert stored(opened, *key) == payload
                # A bucket that was removed may come back: no index lists what is in it.
                found = {key for key in live(opened) if key[0] not in (RECORDS, WIPING)}
                assert found == {key for key in model if key[0] != RECORDS}


def _do(
    pool: Pool,
    worn: dict[int, str],
    model: dict[tuple[int, int], bytes],
    what: str,
    argument: object,
    text: bytes,
) -> None:
    key = argument if isinstance(argument, tuple) else (0, 0)
    try:
        if what == "wear":
            # A page that is live reads as before: cells are lost when they are changed.
            worn[key[0]] = key[1]
        elif what == "write":
            pool.write(key[0], text, key[1])
        elif what == "remove" and pool.has(*key):
            pool.remove(*key)
        elif what == "wipe":
            pool.wipe()
    except Refusal:
        # What a dead place shows cannot be hidden; and a page is given up after three places.
        assert DEAD in worn.values() or len(worn) >= 3
    if what == "write" and stored(pool, *key) == text:
        model[key] = text
    if what == "remove" and not pool.has(*key):
        model.pop(key, None)
    if what == "wipe" and not len(pool):
        model.clear()


PIN_NOW, PIN_NEW = "1234", "4321"
#: The torn pages that `make test` tries; `make test-all` tries all of them.
QUICK = ("erased", "random", "half new")

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
    for number in range(FULL_ENOUGH // (2 + len(packed(account(100, 128))))):
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
    "first PIN, and its key, of more": (crowded_typing, 10, sealed(lambda vault: vault.set_pin(PIN_NOW))),
    "PIN change, and its key": (with_pin, 9, sealed(lambda vault: vault.set_pin(PIN_NEW))),
    "passphrase removed, and its key": (with_both, 9, sealed(lambda vault: vault.remove_slot(PASSPHRASE))),
    "wrong PIN": (with_pin, 1, fail),
    "right PIN": (with_pin, 2, unlocked(lambda vault: None)),
    "wipe": (with_both, 9, lambda vault: vault.wipe()),
}


def enter_pin(vault: Vault) -> str:
    """Open it by one of the PINs. Return which, "" for neither."""
    for pin in (PIN_NOW, PIN_NEW):
        with suppress(Refusal):
            vault.unlock_pin(pin, MINUTE)
            return pin
    return ""


def observed(path: str) -> dict[str, object]:
    """All that can be seen of a vault, by its owner; not how many PINs were tried."""
    vault = start(path)
    seen: dict[str, object] = {"state": vault.state, "export": vault.locks.export_allowed}
    if vault.state == LOCKED:
        seen["opened by"] = enter_pin(vault)
        if vault.state == LOCKED:
            vault.unlock_derived(DERIVED)
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
        enter_pin(vault)
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


def prepared(path: str, name: str) -> list[dict[str, object]]:
    """Set up what the change needs. Return what is seen before it and after it."""
    prepare, writes, change = CHANGES[name]
    prepare(start(path))
    done = copy(path, "done")
    assert count_writes(done, change) == writes
    return [observed(copy(path)), observed(done)]


@pytest.mark.parametrize("torn", sampled(TORN, QUICK))
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_cut_is_there_or_not(path: str, name: str, torn: str) -> None:
    _, writes, change = CHANGES[name]
    before, after = prepared(path, name)
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
def test_a_second_cut_while_the_first_is_repaired(path: str, name: str, torn: str) -> None:
    _, writes, change = CHANGES[name]
    either = prepared(path, name)
    for write in range(writes):
        broken = copy(path, "broken")
        cut(broken, write, "random", change)
        repairs = count_writes(copy(broken), lambda vault: vault.turn())
        for repair in range(repairs):
            again = copy(broken, "again")
            cut(again, repair, torn, lambda vault: vault.turn())
            assert observed(copy(again)) in either
            keep_on(start(again))


@pytest.mark.parametrize("torn", TORN)
def test_the_last_wrong_pin_destroys_the_slot_wherever_it_is_cut(path: str, torn: str) -> None:
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
def test_no_cut_gives_a_try_back(path: str, torn: str) -> None:
    """A power cut while a PIN is compared costs that try."""
    with_pin(start(path))
    fail(start(path))
    assert count_writes(copy(path), unlocked(lambda vault: None)) == 2
    for write, left in enumerate([(7, 6), (6, 8)]):
        broken = copy(path, "broken")
        cut(broken, write, torn, unlocked(lambda vault: None))
        assert start(broken).locks.tries_left in left
