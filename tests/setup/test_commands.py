"""What the commands do, and which of them need a gesture."""

from __future__ import annotations

from tests.support.desk import Desk
from totpkey.accounts.account import Account
from totpkey.link.conversation import Touch
from totpkey_protocol import limits
from totpkey_protocol.words import ACCESS


def no_press(touch: Touch) -> None:
    """Leave the key waiting."""


def test_small_corrections_need_no_hold_until_they_add_up(desk: Desk) -> None:
    desk.plug_into_setup()
    with desk.client(on_touch=no_press) as client:
        client.set_time(round(desk.key.true_time) + 1)
    with desk.noting() as (client, asked):
        client.set_time(round(desk.key.true_time) + limits.SLACK + 2)
        assert abs(client.time().seconds - desk.key.true_time - limits.SLACK - 2) < 0.7
    assert asked == [ACCESS]


def test_the_wait_for_the_touch_is_added_to_the_time(desk: Desk) -> None:
    desk.plug_into_setup()

    def late(touch: Touch) -> None:
        if touch.begins:
            desk.key.run(7)
            desk.obey(touch)

    with desk.client(late) as client:
        client.set_time(round(desk.key.true_time) + 1000)
        assert abs(client.time().seconds - desk.key.true_time - 1000) < 0.6


def test_many_accounts_come_in_pages(desk: Desk) -> None:
    desk.plug_in()
    issuer, label = "发行者" * 20, "标签" * 28
    accounts = [Account(issuer, f"{number} {label}", bytes([number]) * 20) for number in range(7)]
    with desk.client() as client:
        for account in accounts:
            client.add(account)
        assert [entry.label for entry in client.list()] == [account.label for account in accounts]
