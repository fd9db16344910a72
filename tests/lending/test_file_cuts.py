"""Power cuts while a card is made, and a file is accepted, renewed or forgotten.

A file opens once, and no cut uses one up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.cuts.cutting import changed
from tests.cuts.kinds import Simulator, Snapshot
from tests.cuts.scenarios import Scenario, command, sealed
from tests.lending.conftest import FIVE, SIX
from tests.lending.envelope import Letter, record, seal
from tests.support.desk import AMAZON, DERIVED, Desk
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card, StoredAccount
from totpkey_protocol import errors

SIMULATOR = Simulator()


@dataclass(frozen=True)
class Borrower:
    """A key with an account of its own and a card, two files for it, and what the second seals."""

    snapshot: Snapshot
    card: Card
    old: bytes = b""
    newer: bytes = b""
    content: bytes = b""


def provisioned(accepts: bool = False) -> Borrower:
    desk = Desk(SIMULATOR.make())
    with desk.first_set_up() as client:
        client.add(AMAZON)
        card = client.make_card("Anna")
        made = round(desk.key.true_time) - 60

        def content(seconds: int, end: bytes) -> bytes:
            return Letter(made + seconds, end, "Otto", record(b"a secret", "till")).pack()

        old, newer = seal(card.public, content(0, FIVE)), seal(card.public, content(9, SIX))
        if accepts:
            assert client.accept(old).added
    # All pages are written then.
    desk.key.run(2)
    desk.key.unplug()
    return Borrower(Snapshot.of(desk.key), card, old, newer, content(9, SIX))


def borrowed(client: KeyClient) -> StoredAccount | None:
    return next((entry for entry in client.list() if entry.lender), None)


def remove(client: KeyClient) -> None:
    there = borrowed(client)
    assert there
    client.remove(there.account)


def refuses(client: KeyClient, file: bytes) -> bool:
    code = ""
    try:
        client.accept(file)
    except KeyRefused as refused:
        code = refused.code
    assert code in ("", errors.FILE_USED)
    return code != ""


def cut(
    borrower: Borrower,
    change: Callable[[KeyClient], object],
    check: Callable[[KeyClient], str],
    whole: Callable[[Callable[[KeyClient], object]], Callable[[Desk], None]] = command,
    opens: Callable[[KeyClient], object] = KeyClient.hello,
) -> set[str]:
    """Cut the power at each write of a change, in each way. Return what `check` found."""
    trace = changed(Scenario("a loan", (), whole(change)), SIMULATOR, borrower.snapshot)
    found = set()
    assert trace.steps
    for left in trace.left():
        desk = Desk(SIMULATOR.make(left.snapshot))
        desk.plug_in()
        with desk.setup_client() as client:
            opens(client)
            found.add(check(client))
        desk.key.unplug()
    return found


def test_a_loan_is_in_the_book_or_nobody_has_its_file() -> None:
    borrower = provisioned()

    def lend(client: KeyClient) -> None:
        client.lend(client.list()[0].account, borrower.card, FIVE, "me")

    def check(client: KeyClient) -> str:
        before = client.loans()
        lend(client)
        after = client.loans()
        assert (after.lost, after.count) == (False, before.count + 1)
        assert after.loans.startswith(before.loans)
        return str(before.count)

    assert cut(borrower, lend, check) == {"0", "1"}


@pytest.mark.parametrize("has_one", [False, True])
def test_a_card_is_made_or_not(has_one: bool) -> None:
    borrower = provisioned(accepts=True)
    if not has_one:
        desk = Desk(SIMULATOR.make())
        with desk.first_set_up() as client:
            client.add(AMAZON)
        desk.key.unplug()
        borrower = Borrower(Snapshot.of(desk.key), borrower.card)

    def check(client: KeyClient) -> str:
        try:
            card = client.card()
        except KeyRefused:
            return "none"
        if has_one:
            there = borrowed(client)
            assert there
            if card == borrower.card:
                assert refuses(client, borrower.old)
                assert not refuses(client, borrower.newer)
            else:
                with pytest.raises(KeyRefused, match="damaged"):
                    client.accept(borrower.newer)
        return card.name

    expected = {"Anna", "Ben"} if has_one else {"none", "Ben"}
    assert cut(borrower, lambda client: client.make_card("Ben"), check) == expected


@pytest.mark.slow
def test_a_file_is_accepted_or_opens_again() -> None:
    borrower = provisioned()

    def check(client: KeyClient) -> str:
        there = borrowed(client)
        if there is None:
            assert client.accept(borrower.old).added
        else:
            assert refuses(client, borrower.old)
        remove(client)
        assert refuses(client, borrower.old)
        return "there" if there else "not yet"

    assert cut(borrower, lambda client: client.accept(borrower.old), check) == {"there", "not yet"}


def test_an_end_is_renewed_or_the_file_opens_again() -> None:
    borrower = provisioned(accepts=True)

    def check(client: KeyClient) -> str:
        there = borrowed(client)
        assert there
        assert refuses(client, borrower.newer) == (there.end == SIX.hex())
        remove(client)
        assert refuses(client, borrower.old)
        assert refuses(client, borrower.newer)
        return there.end

    assert cut(borrower, lambda client: client.accept(borrower.newer), check) == {FIVE.hex(), SIX.hex()}


def test_what_is_removed_comes_back_by_no_file() -> None:
    borrower = provisioned(accepts=True)

    def check(client: KeyClient) -> str:
        there = borrowed(client)
        assert refuses(client, borrower.old)
        if there:
            remove(client)
            assert refuses(client, borrower.old)
        assert client.accept(borrower.newer).added
        return "there" if there else "gone"

    assert cut(borrower, remove, check) == {"there", "gone"}


@pytest.mark.slow
def test_a_new_data_key_makes_a_new_card_and_what_is_borrowed_stays() -> None:
    borrower = provisioned(accepts=True)

    def check(client: KeyClient) -> str:
        card, account = client.card(), borrowed(client)
        assert account
        assert card.name == borrower.card.name
        changed = client.slots().passphrase
        assert (card != borrower.card) == changed
        file = seal(card.public, borrower.content) if changed else borrower.newer
        assert (client.accept(file).account, refuses(client, file)) == (account.account, True)
        return "locked" if changed else "open"

    def opens(client: KeyClient) -> None:
        if client.hello().state == "locked":
            client.unlock_passphrase(DERIVED)

    def change(client: KeyClient) -> None:
        client.set_passphrase(DERIVED, bytes(16), 65536, 3, 4)
        client.card()

    assert cut(borrower, change, check, sealed, opens) == {"open", "locked"}
