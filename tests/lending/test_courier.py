"""An owner, two keys of the staff, a courier who copies, reorders, replays and damages files, and a thief who
copies the flash of a key and puts an older copy back."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.cuts.kinds import Simulator
from tests.support.desk import AMAZON, GITHUB, Desk, phrase
from totpkey.accounts.ends import End, unpack
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card
from totpkey_protocol import errors
from totpkey_protocol.errors import BAD_VALUE, END_REACHED, FILE_USED

STAFF = ("Anna", "Ben")
ACCOUNTS = (AMAZON, GITHUB)
SIMULATOR = Simulator()
staff, accounts = st.sampled_from(STAFF), st.sampled_from((0, 1))


@dataclass(frozen=True)
class File:
    """A file: for which card, which account, the how-manieth, and for how many codes."""

    card: Card
    account: int
    number: int
    codes: int
    sealed: bytes


@dataclass(frozen=True)
class Stolen:
    """A copy of a key's flash, and what the key held then."""

    flash: bytes
    card: Card
    seen: dict[int, int]
    there: dict[int, tuple[str, int]]


class Key:
    """A key of the staff, and what it must hold: for each account the number of its newest file."""

    def __init__(self, desk: Desk, client: KeyClient, name: str) -> None:
        self.desk = desk
        self.client = client
        self.card = client.make_card(name)
        self.seen = {0: 0, 1: 0}
        #: Id and codes that are left, of what is there.
        self.there: dict[int, tuple[str, int]] = {}
        self.stolen: Stolen | None = None

    def expected(self, file: File) -> str:
        if file.card != self.card:
            return BAD_VALUE
        return "" if file.number > self.seen[file.account] else FILE_USED


def refusal(call: object, *arguments: object) -> str:
    try:
        call(*arguments)  # type: ignore[operator]
    except KeyRefused as refused:
        return refused.code
    return ""


class Courier(RuleBasedStateMachine):
    """Plays all of them on simulated keys."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.files: list[File] = []

    def _new(self) -> tuple[Desk, KeyClient]:
        desk = Desk(SIMULATOR.make())
        desk.plug_in()
        client = self._stack.enter_context(desk.client())
        client.set_time(round(desk.key.true_time))
        return desk, client

    @initialize()
    def begin(self) -> None:
        self.owner, self.lender = self._new()
        self.mine = [self.lender.add(account).account for account in ACCOUNTS]
        self.keys = {name: Key(*self._new(), name) for name in STAFF}

    def teardown(self) -> None:
        self._stack.close()

    @rule(name=staff, account=accounts, codes=st.integers(1, 3))
    def lend(self, name: str, account: int, codes: int) -> None:
        self.owner.key.run(1.1)
        card = self.keys[name].card
        sealed = self.lender.lend(self.mine[account], card, End(codes=codes).pack(), "the owner")
        self.files.append(File(card, account, len(self.files) + 1, codes, sealed))

    @precondition(lambda self: self.files)
    @rule(name=staff, data=st.data())
    def deliver(self, name: str, data: st.DataObject) -> None:
        key, file = self.keys[name], data.draw(st.sampled_from(self.files))
        expected = key.expected(file)
        if expected:
            assert refusal(key.client.accept, file.sealed) == expected
            return
        accepted = key.client.accept(file.sealed)
        assert accepted.added == (file.account not in key.there)
        assert accepted.added or accepted.account == key.there[file.account][0]
        key.seen[file.account] = file.number
        key.there[file.account] = accepted.account, file.codes

    @precondition(lambda self: self.files)
    @rule(name=staff, data=st.data())
    def deliver_damaged(self, name: str, data: st.DataObject) -> None:
        sealed = bytearray(data.draw(st.sampled_from(self.files)).sealed)
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
        assert refusal(self.keys[name].client.accept, bytes(sealed)) == BAD_VALUE

    @rule(name=staff, account=accounts)
    def use(self, name: str, account: int) -> None:
        key = self.keys[name]
        if account in key.there:
            identifier, left = key.there[account]
            assert refusal(key.client.code, identifier) == ("" if left else END_REACHED)
            key.there[account] = identifier, max(left - 1, 0)

    @rule(name=staff, account=accounts)
    def remove(self, name: str, account: int) -> None:
        key = self.keys[name]
        if account in key.there:
            key.client.remove(key.there.pop(account)[0])

    @rule(name=staff)
    def make_a_new_card(self, name: str) -> None:
        key = self.keys[name]
        key.card = key.client.make_card(name)
        for account in (0, 1):
            if account not in key.there:
                key.seen[account] = 0

    @rule(name=staff, account=accounts)
    def hand_on(self, name: str, account: int) -> None:
        key, other = self.keys[name], self.keys[STAFF[name == STAFF[0]]]
        if account in key.there:
            identifier = key.there[account][0]
            arguments = identifier, other.card, End(codes=9).pack(), name
            assert refusal(key.client.lend, *arguments) == errors.NOT_ALLOWED
            assert refusal(key.client.set_end, identifier, b"", phrase) == errors.NOT_ALLOWED

    @rule(name=staff)
    def steal(self, name: str) -> None:
        key = self.keys[name]
        flash = bytes(key.desk.key.flash)
        assert not any(account.secret in flash for account in ACCOUNTS)
        key.stolen = Stolen(flash, key.card, dict(key.seen), dict(key.there))

    @rule(name=staff)
    def put_back(self, name: str) -> None:
        """The key is as it was then: its codes count again, as the page says, but no more than that."""
        key, stolen = self.keys[name], self.keys[name].stolen
        if stolen is None:
            return
        key.client.close()
        key.desk.key.unplug()
        key.desk.key.flash = stolen.flash
        key.desk.plug_in()
        key.desk.hold_for_setup()
        key.client = self._stack.enter_context(key.desk.client())
        key.card, key.seen, key.there = stolen.card, dict(stolen.seen), dict(stolen.there)

    @invariant()
    def each_has_what_it_should(self) -> None:
        if not hasattr(self, "keys"):
            return
        for key in self.keys.values():
            listed = {}
            for entry in key.client.list():
                end = unpack(entry.end)
                assert end is not None
                assert entry.lender == "the owner"
                listed[entry.account] = end.codes
            assert listed == dict(key.there.values())


TestCourier = Courier.TestCase
TestCourier.settings = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
