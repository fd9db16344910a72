"""The store against a plain list, and after a write that was cut or whose copy was damaged."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from totpkey_firmware.accounts import Account, unpack
from totpkey_firmware.store import Store
from totpkey_protocol import errors, limits

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=limits.NAME)
ACCOUNTS = st.builds(
    Account,
    st.integers(0, 0xFFFFFFFF),
    NAMES,
    NAMES,
    st.binary(min_size=1, max_size=limits.SECRET),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.integers(6, 8),
    st.integers(10, 300),
)


def as_tuple(account: Account) -> tuple[object, ...]:
    return tuple(vars(account).items())


def slots(folder: Path, size: int = 4096) -> tuple[str, str]:
    paths = folder / "a", folder / "b"
    for path in paths:
        path.write_bytes(b"\xff" * size)
    return str(paths[0]), str(paths[1])


@given(ACCOUNTS)
def test_records_round_trip(account: Account) -> None:
    assert as_tuple(unpack(account.pack())) == as_tuple(account)


class AgainstAList(RuleBasedStateMachine):
    """Random adds, replacements, removals and restarts do to a store what they do to a list."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.paths = slots(Path(self._folder.name))
        self.store = Store(self.paths)
        self.model: list[Account] = []

    def fits(self, more: int) -> bool:
        used = 18 + sum(2 + len(account.pack()) for account in self.model)
        return used + 2 + more <= 4096

    @rule(account=ACCOUNTS)
    def add(self, account: Account) -> None:
        if self.fits(len(account.pack())):
            assert self.store.add(account) == len(self.model)
            self.model.append(account)
        else:
            with pytest.raises(errors.Refusal, match=errors.FULL):
                self.store.add(account)

    @precondition(lambda self: self.model)
    @rule(account=ACCOUNTS, place=st.integers(0, 1000))
    def replace(self, account: Account, place: int) -> None:
        index = place % len(self.model)
        if self.fits(len(account.pack()) - len(self.model[index].pack()) - 2):
            self.store.replace(index, account)
            self.model[index] = account
        else:
            with pytest.raises(errors.Refusal, match=errors.FULL):
                self.store.replace(index, account)

    @precondition(lambda self: self.model)
    @rule(place=st.integers(0, 1000))
    def remove(self, place: int) -> None:
        index = place % len(self.model)
        del self.model[index]
        self.store.remove(index)

    @rule()
    def restart(self) -> None:
        self.store = Store(self.paths)

    @invariant()
    def same(self) -> None:
        assert len(self.store) == len(self.model)
        for index, account in enumerate(self.model):
            assert as_tuple(self.store.account(index)) == as_tuple(account)
        assert all(os.path.getsize(path) == 4096 for path in self.paths)

    def teardown(self) -> None:
        self._folder.cleanup()


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def filled(paths: tuple[str, str]) -> Store:
    store = Store(paths)
    for number in range(5):
        store.add(Account(number, "Amazon", f"seller {number}", bytes([number]) * 32))
    return store


def test_a_removed_secret_is_in_neither_copy(tmp_path: Path) -> None:
    paths = slots(tmp_path)
    store = filled(paths)
    store.add(Account(9, "", "gone", b"a secret to be forgotten"))
    store.remove(5)
    assert not any(b"a secret to be forgotten" in Path(path).read_bytes() for path in paths)


@pytest.mark.parametrize("damage", ["cut short", "one bit", "erased"])
def test_a_damaged_copy_leaves_the_one_before(tmp_path: Path, damage: str) -> None:
    paths = slots(tmp_path)
    filled(paths)
    # Five writes, alternating from the second file on: the last went to the second.
    last = Path(paths[1])
    data = last.read_bytes()
    if damage == "cut short":
        last.write_bytes(data[:200] + b"\xff" * (len(data) - 200))
    elif damage == "one bit":
        last.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    else:
        last.write_bytes(b"\xff" * len(data))
    store = Store(paths)
    assert [store.account(index).label for index in range(len(store))] == [f"seller {n}" for n in range(4)]
    store.add(Account(7, "", "the next one", b"secret"))
    assert Store(paths).account(4).label == "the next one"


def test_full_says_so_and_loses_nothing(tmp_path: Path) -> None:
    store = filled(slots(tmp_path, 512))
    with pytest.raises(errors.Refusal, match=errors.FULL):
        store.add(Account(8, "i" * 64, "l" * 64, bytes(128)))
    assert store.account(4).label == "seller 4"
