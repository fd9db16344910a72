"""Worn flash: places that no longer store what is written, or no longer become blank."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.bench import (
    BLANK_PAGE,
    DEAD,
    MINUTE,
    WORN,
    Worn,
    account,
    contents,
    fresh,
    live,
    pages,
    refused,
    start,
)
from tests.vault.forging import page_of
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.format import (
    CLOCK,
    INDEX,
    RECORDS,
    RETRIES,
    SLOTS,
    STATE,
    TYPING,
    USES,
    WIPING,
)
from totpkey_firmware.store.glance import is_new
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.settings import TypingSettings
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol.errors import STORAGE, Refusal
from totpkey_protocol.storage import PAGES
from totpkey_protocol.words import BLANK, LOCKED, OPEN

PIN = "2580"


def started(path: str, worn: dict[int, str]) -> Vault:
    """The vault as a start finds it, open, and tidied as it is once the key is at leisure."""
    vault = start(Worn(path, worn))
    if vault.state == LOCKED:
        vault.unlock_pin(PIN, MINUTE)
    vault.turn()
    return vault


def put(path: str, place: int, kind: int, sequence: int, payload: bytes = b"\x01old") -> None:
    """Have some page stand there."""
    Places(path).write(place, page_of(kind, 0, sequence, payload))


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
        vault.set_pin(PIN)
    return vault


def free_place(vault: Vault) -> int:
    """Where the next page goes."""
    taken = [place for place, _, _ in live(vault.pool).values()]
    return next(place for place in range(vault.pool.writer.next_place, PAGES) if place not in taken)


def stored(pool: Pool, kind: int, bucket: int = 0) -> bytes | None:
    payload = pool.read(kind, bucket)
    return None if payload is None else bytes(payload)


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
    bad = free_place(vault)
    if kind:
        put(path, bad, kind, 0)
    else:
        Places(path).write(bad, bytes(range(256)) * 16)
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
        vault.set_pin(PIN)
        vault.changes.remove(1)
    except Refusal:
        # It is in force all the same, and its owner knows that the older page can still be read.
        assert how == DEAD
        assert kind in (SLOTS, RECORDS)
        vault = started(path, worn)
        vault.set_pin(PIN)
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
