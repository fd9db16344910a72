"""The accounts against a plain list, through restarts and cuts; and what a removal leaves."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.vault.bench import (
    TORN,
    CutPlaces,
    FullOfFaults,
    PowerCut,
    account,
    as_tuple,
    contents,
    fresh,
    packed,
    refused,
    start,
)
from totpkey_firmware.accounts import Account
from totpkey_firmware.store.format import RECORDS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.changes import BUCKETS
from totpkey_firmware.vault.records import LENGTH_SIZE
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, limits
from totpkey_protocol.storage import PAGES

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=limits.NAME)
ACCOUNTS = st.builds(
    Account,
    st.integers(0, 0xFFFFFFFF),
    NAMES,
    NAMES,
    # Long ones fill the buckets soon.
    st.one_of(st.binary(min_size=1, max_size=limits.SECRET), st.just(b"s" * limits.SECRET)),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.integers(6, 8),
    st.integers(10, 300),
)
BATCHES = st.lists(ACCOUNTS, min_size=1, max_size=40)
CUTS = st.tuples(st.integers(0, 5), st.sampled_from(sorted(TORN)), st.integers(0, 1000))
#: A place among the accounts, as a share of their number.
PLACES = st.integers(0, 10**6)


class AgainstAList(RuleBasedStateMachine):
    """Changes do to a vault what they do to a list; one that is cut does that, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.path = fresh(Path(self._folder.name))
        start(self.path).create()
        self.model: list[Account] = []
        #: All identifiers so far: a key never draws one twice.
        self.used: set[int] = set()
        self.gone: set[int] = set()
        #: Accounts whose own change was cut. That may have left an unlisted record, which stays until its
        #: bucket is written next or an account is removed.
        self.unlisted: set[int] = set()
        self.start()

    def start(self) -> None:
        self.flash = CutPlaces(self.path)
        self.vault = start(self.flash)
        self.swept = False

    def draw(self, account: Account) -> None:
        """Give a new account an identifier that none has had."""
        while account.identifier in self.used:
            account.identifier = (account.identifier + 1) & 0xFFFFFFFF
        self.used.add(account.identifier)

    def change(
        self, new: list[Account], cut: tuple[int, str, int] | None, name: str, *values: object
    ) -> None:
        """Make one change, cut or not."""
        if cut:
            self.flash.cut_at(*cut)
        try:
            getattr(self.vault.changes, name)(*values)
        except PowerCut:
            self.start()
            if contents(self.vault) == [as_tuple(one) for one in self.model]:
                self.unlisted |= {value.identifier for value in values if isinstance(value, Account)}
                return
        else:
            self.swept = True
        self.gone |= {one.identifier for one in self.model} - {one.identifier for one in new}
        self.model = new

    @rule(account=ACCOUNTS, cut=st.none() | CUTS)
    def add(self, account: Account, cut: tuple[int, str, int] | None) -> None:
        self.draw(account)
        self.change([*self.model, account], cut, "add", account)

    @rule(accounts=BATCHES, cut=st.none() | CUTS)
    def batch(self, accounts: list[Account], cut: tuple[int, str, int] | None) -> None:
        """What is added at once comes in its order, and a cut costs only the end of it."""
        for one in accounts:
            self.draw(one)
        if cut:
            self.flash.cut_at(*cut)
        came = len(accounts)
        try:
            self.vault.changes.gather()
            for account in accounts:
                self.vault.changes.add(account)
            self.vault.settle()
        except PowerCut:
            self.start()
            came = len(self.vault) - len(self.model)
            self.unlisted |= {account.identifier for account in accounts[came:]}
        self.model = self.model + accounts[:came]

    @precondition(lambda self: self.model)
    @rule(place=PLACES, account=ACCOUNTS, cut=st.none() | CUTS)
    def replace(self, place: int, account: Account, cut: tuple[int, str, int] | None) -> None:
        index = place % len(self.model)
        account.identifier = self.model[index].identifier
        new = [*self.model[:index], account, *self.model[index + 1 :]]
        self.change(new, cut, "replace", index, account)

    @precondition(lambda self: self.model)
    @rule(place=PLACES, cut=st.none() | CUTS)
    def remove(self, place: int, cut: tuple[int, str, int] | None) -> None:
        index = place % len(self.model)
        self.change(self.model[:index] + self.model[index + 1 :], cut, "remove", index)

    @precondition(lambda self: self.model)
    @rule(place=PLACES, position=PLACES, cut=st.none() | CUTS)
    def move(self, place: int, position: int, cut: tuple[int, str, int] | None) -> None:
        index, position = place % len(self.model), position % len(self.model)
        new = self.model[:index] + self.model[index + 1 :]
        new.insert(position, self.model[index])
        self.change(new, cut, "move", index, position)

    @rule()
    def turn(self) -> None:
        self.vault.turn()
        self.swept = True

    @rule()
    def restart(self) -> None:
        self.start()

    @invariant()
    def holds_what_the_list_holds(self) -> None:
        assert contents(self.vault) == [as_tuple(account) for account in self.model]
        for index, known in enumerate(self.model):
            assert self.vault.index(known.identifier) == index

    @invariant()
    def nothing_is_left_of_what_is_gone(self) -> None:
        if self.swept:
            held = records_held(self.vault)
            assert not self.gone & set(held)
            for known in self.model:
                assert held.count(known.identifier) == 1 or known.identifier in self.unlisted

    def teardown(self) -> None:
        self._folder.cleanup()


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def records_held(vault: Vault) -> list[int]:
    """The identifiers of all records in all buckets, listed or not."""
    records = vault._records
    assert records is not None
    held = []
    for bucket in range(BUCKETS):
        held += [
            int.from_bytes(records.load(bucket)[at : at + 4], "little") for at, _ in records.spans(bucket)
        ]
    return held


@pytest.fixture
def vault(empty_vault: Vault) -> Vault:
    return empty_vault


def test_an_identifier_is_found_where_its_bytes_span_two_entries(vault: Vault) -> None:
    for identifier in (0x01010101, 0x00010101, 0x00000101, 0x01010100):
        vault.changes.add(Account(identifier, "", "label", b"secret"))
    assert [vault.index(number) for number in (0x01010101, 0x00010101, 0x00000101, 0x01010100)] == [*range(4)]
    assert vault.index(0x00000001) == vault.index(0x01000101) == -1


def test_the_last_record_of_a_bucket_takes_its_page_along(path: str, vault: Vault) -> None:
    vault.changes.add(account(1))
    vault.changes.remove(0)
    assert len(Pool(CutPlaces(path))) == 2


def test_a_place_that_was_to_be_blanked_and_is_taken_again_is_not_blanked(path: str) -> None:
    vault = start(path)
    vault.create()
    vault.changes.add(account(1))
    vault.changes.add(account(2))
    for seconds in range(PAGES + 1):
        vault.set_locking(seconds, False)
    vault.pool.finish()
    again = start(path)
    assert contents(again) == [as_tuple(account(1)), as_tuple(account(2))]
    assert again.settings.idle == PAGES


@pytest.mark.parametrize("takes", [0, 1])
def test_a_batch_that_flash_does_not_take_leaves_what_was_there(path: str, takes: int) -> None:
    start(path).create()
    flash = FullOfFaults(path)
    vault = start(flash)
    vault.changes.add(account(1))
    vault.changes.gather()
    for number in range(2, 12):
        vault.changes.add(account(number))
    flash.takes = takes
    with refused(errors.STORAGE):
        vault.settle()
    assert contents(vault) == [as_tuple(account(1))]
    flash.takes = 10**6
    vault.changes.add(account(50))
    expected = [as_tuple(account(1)), as_tuple(account(50))]
    assert contents(vault) == contents(start(path)) == expected


def test_what_is_read_within_a_batch_costs_nothing_of_it(path: str, vault: Vault) -> None:
    for number in range(40):
        vault.changes.add(account(number))
    expected = [as_tuple(account(number)) for number in range(45)]
    vault.changes.gather()
    for number in range(40, 45):
        vault.changes.add(account(number))
        assert contents(vault) == expected[: number + 1]
    vault.settle()
    assert contents(vault) == contents(start(path)) == expected


@pytest.mark.parametrize(
    ("change", "values", "left"),
    [("move", (2, 0), (2, 0, 1)), ("remove", (1,), (0, 2))],
    ids=["move", "remove"],
)
def test_a_change_within_a_batch_is_kept_with_what_came_before_it(
    path: str, vault: Vault, change: str, values: tuple[int, ...], left: tuple[int, ...]
) -> None:
    changes = vault.changes
    changes.gather()
    for number in range(3):
        changes.add(account(number))
    getattr(changes, change)(*values)
    # Each time, no more is done: the power fails.
    assert contents(start(path)) == [as_tuple(account(number)) for number in left]
    changes.add(account(3))
    assert contents(start(path)) == [as_tuple(account(number)) for number in (*left, 3)]


@pytest.mark.parametrize("missing", [1, 5, 60])
def test_a_record_that_ends_behind_its_bucket_is_none(path: str, vault: Vault, missing: int) -> None:
    """Only somebody who has the data key can write this."""
    long = account(1)
    long.recipe = "{code}{tab}"
    vault.changes.add(long)
    page = vault.changes.new_page()
    page += struct.pack("<H", len(packed(long))) + packed(long)[:-missing]
    vault.changes.write_page(RECORDS)
    for one in (vault, start(path)):
        with refused(errors.STORAGE):
            one.account(0)


def test_a_batch_needs_few_writes(path: str) -> None:
    start(path).create()
    flash = CutPlaces(path)
    vault = start(flash)
    vault.changes.gather()
    for number in range(64):
        vault.changes.add(account(number))
    vault.settle()
    # Four groups: records, index, and the older records blanked; one bucket more begins in between.
    assert flash.writes <= 4 * 3 + 2
    assert len(contents(start(path))) == 64


@pytest.mark.parametrize("short_of_full", [0, 1])
def test_a_batch_fills_no_bucket_beyond_what_is_enough(vault: Vault, short_of_full: int) -> None:
    """Each bucket has so much memory in setup that it holds 1 024 bytes and need not move."""
    enough = 1024
    while enough - vault.pool.length(RECORDS, 0) > 100:
        vault.changes.add(account(len(vault)))
    first = len(vault)
    left = enough - vault.pool.length(RECORDS, 0) - short_of_full
    size = left - LENGTH_SIZE - len(packed(account(first, 0)))
    vault.changes.gather()
    for one in (account(first, size), account(first + 1)):
        vault.changes.add(one)
    vault.settle()
    assert vault.pool.length(RECORDS, 0) == enough - short_of_full
    assert vault.pool.length(RECORDS, 1) > 0
