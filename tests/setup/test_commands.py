"""What the commands do, and which of them need a press."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, Desk, refused
from totpkey.accounts.account import Account
from totpkey.link.conversation import Touch
from totpkey_protocol import errors, limits
from totpkey_protocol.words import ACCESS


def no_press(touch: Touch) -> None:
    """Leave the key waiting."""


def test_the_code_is_read_after_a_press(desk: Desk) -> None:
    desk.plug_into_setup()
    with desk.client() as client:
        account = client.list()[0].account
        desk.away_from_the_boundary(AMAZON)
        code = client.code(account)
        assert code.code == desk.code(AMAZON)
        assert abs(code.time - desk.key.true_time) < 2


@pytest.mark.simulator_only(
    reason="it waits three times for half a minute; tests/attacks does once on the chip"
)
def test_without_a_press_nothing_happens(desk: Desk) -> None:
    desk.plug_into_setup()
    with desk.client(on_touch=no_press) as client:
        account = client.list()[0].account
        with refused(errors.PRESS_TIMEOUT):
            client.code(account)
        with refused(errors.PRESS_TIMEOUT):
            client.remove(account)
        with refused(errors.PRESS_TIMEOUT):
            client.set_time(round(desk.key.true_time) + 3600)
        assert len(client.list()) == 2
        assert abs(client.time().seconds - desk.key.true_time) < 1


def test_a_press_for_a_command_types_nothing(desk: Desk) -> None:
    desk.plug_into_setup()
    before = len(desk.key.usb.reports)
    with desk.client() as client:
        client.code(client.list()[0].account)
        desk.key.run(0.3)
    assert desk.reports_since(before) == []


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


def test_closing_the_port_drops_what_waited(desk: Desk) -> None:
    desk.plug_into_setup()
    with desk.client(on_touch=no_press) as client:
        account = client.list()[0].account
        client.send("remove", account=account)
        desk.key.run(0.2)
    # A touch that may have been for it does nothing.
    before = len(desk.key.usb.reports)
    desk.key.press(0.05)
    desk.key.run(limits.CALM + 1)
    assert desk.reports_since(before) == []
    desk.key.press(0.05)
    # After a long look away the key asks the computer for its lock keys first.
    desk.key.run(1)
    assert len(desk.reports_since(before)) > 0, "the press types a code, as with no command waiting"
    with desk.client() as client:
        assert len(client.list()) == 2
