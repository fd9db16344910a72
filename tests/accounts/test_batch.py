"""One touch for many accounts, which are written to flash in groups."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk, refused
from totpkey.accounts.account import Account
from totpkey.link.client import KeyClient
from totpkey_protocol import errors, limits
from totpkey_protocol.words import CHANGE

#: Device time that the import of a hundred accounts may take, in s.
MOST = 12


def accounts(count: int) -> list[Account]:
    return [Account("Example", f"user{n}@example.com", n.to_bytes(20, "big")) for n in range(count)]


def labels(desk: Desk) -> list[str]:
    with desk.client() as client:
        return [account.label for account in client.list()]


def test_a_hundred_accounts_take_one_press_and_some_seconds(desk: Desk) -> None:
    wanted = accounts(100)
    with desk.noting() as (client, asked):
        client.set_time(round(desk.key.true_time))
        client.batch(len(wanted))
        # The gesture before took as long as its person did.
        began = desk.key.uptime_ms
        for account in wanted:
            client.add(account)
        took = (desk.key.uptime_ms - began) / 1000
        listed = [entry.label for entry in client.list()]
        client.done()
    assert asked == [CHANGE]
    assert took <= MOST
    assert listed == [account.label for account in wanted]
    desk.await_face(serial=False)
    desk.replug()
    desk.away_from_the_boundary(wanted[0])
    desk.key.press(0.8)
    desk.key.run(0.3)
    assert desk.press() == desk.code(wanted[1])


def begun(desk: Desk, count: int) -> KeyClient:
    """A client that has added so many accounts of a batch of 50."""
    client = desk.client()
    client.batch(50)
    for account in accounts(count):
        client.add(account)
    return client


def after_a_cut(desk: Desk) -> list[str]:
    """What is listed once the plug was pulled."""
    desk.key.unplug()
    desk.plug_in()
    desk.hold_for_setup()
    return labels(desk)


def close(desk: Desk, client: KeyClient) -> None:
    client.close()
    desk.key.run(1)


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.parametrize(
    "end",
    [close, lambda _, client: client.hello(), lambda desk, _: desk.key.run(limits.GRANT_IDLE + 0.5)],
    ids=["the port is closed", "another command", "nothing comes"],
)
def test_what_ends_a_batch(desk: Desk, end: Callable[[Desk, KeyClient], object]) -> None:
    desk.plug_in()
    end(desk, begun(desk, 5))
    assert after_a_cut(desk) == [account.label for account in accounts(5)]


def test_a_plug_pulled_in_the_middle_costs_one_group_at_most(desk: Desk) -> None:
    with desk.client() as client:
        client.add(AMAZON)
    begun(desk, 20)
    left = after_a_cut(desk)
    assert 20 - 16 < len(left) <= 21
    assert left == ["shop", *(account.label for account in accounts(len(left) - 1))]


def test_accounts_of_a_batch_can_be_changed_at_once(desk: Desk) -> None:
    with desk.client() as client:
        client.batch(50)
        added = [client.add(account) for account in accounts(3)]
        client.rename(added[1].account, "", "renamed")
        client.remove(added[0].account)
        client.add(GITHUB)
        assert [entry.label for entry in client.list()] == ["renamed", "user2@example.com", "me"]


def test_without_a_press_there_is_no_batch(desk: Desk) -> None:
    with desk.client(lambda *_: None) as client, refused(errors.PRESS_TIMEOUT):
        client.batch(10)


@pytest.mark.parametrize("count", [0, limits.BATCH + 1])
def test_the_size_of_a_batch_is_bounded(desk: Desk, count: int) -> None:
    with desk.client() as client, refused(errors.OUT_OF_RANGE):
        client.batch(count)
