"""If flash has lost accounts, the others stay usable, and the key is never treated as empty."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.damage import damaged
from tests.support.desk import AMAZON, GITHUB, HID, Desk, refused
from totpkey.accounts.account import Account
from totpkey_protocol import errors
from totpkey_protocol.words import UNREADABLE

#: So long that several of them fill a bucket.
MANY = tuple(Account(f"Shop {n}", "a" * 60, bytes((n + 1, *range(59)))) for n in range(12))

#: How often the light is looked at, and how long a flicker with its flash lasts, in s.
SAMPLE, ROUND = 0.02, 2.59


def damage(desk: Desk, bucket: int) -> None:
    """Turn one bit of every page of that bucket."""
    desk.key.unplug()
    desk.key.flash = damaged(desk.key.flash, bucket)


def lamp(desk: Desk) -> tuple[int, int, int]:
    """The light, a little later."""
    desk.key.run(SAMPLE)
    return desk.key.light


def test_a_key_whose_only_account_is_lost_comes_up_says_so_and_can_be_wiped(desk: Desk) -> None:
    desk.provision(AMAZON)
    damage(desk, 0)
    desk.plug_in()
    assert desk.classes() == [HID]
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ""
    desk.key.run(2)
    shown = [lamp(desk) for _ in range(round(2 * ROUND / SAMPLE))]
    lit = [colour != (0, 0, 0) for colour in shown]
    assert sum(now and not before for before, now in pairwise(lit)) == pytest.approx(10, abs=1), (
        "4 + 1 flashes"
    )
    assert set(shown) <= {(0, 0, 0), (40, 0, 0), (255, 255, 255)}
    with desk.until_done(desk.setup_client()) as client:
        (account,) = client.list()
        assert account.label == UNREADABLE
        with refused(errors.STORAGE):
            client.code(account.account)
        client.remove(account.account)
        assert client.list() == ()
        client.add(GITHUB)
        client.wipe()
        client.set_time(round(desk.key.true_time))
        client.add(AMAZON)
    desk.expect_code(AMAZON)


def test_accounts_in_other_buckets_stay_in_use(desk: Desk) -> None:
    desk.provision(AMAZON, *MANY)
    damage(desk, 1)
    desk.plug_in()
    typed = []
    for _ in range(1 + len(MANY)):
        desk.away_from_the_boundary(AMAZON)
        typed.append(desk.press())
        desk.key.press(0.8)
        desk.key.run(3)
    assert "" in typed
    assert typed[0]
    with desk.setup_client() as client:
        listed = client.list()
        lost = [account.account for account in listed if account.label == UNREADABLE]
        assert len(listed) == 1 + len(MANY)
        assert len(lost) == typed.count("")
        client.choose(lost[0])
        for account in lost[1:]:
            client.remove(account)
        again = client.add(GITHUB)
        assert [account.label for account in client.list()].count(UNREADABLE) == 1
        client.choose(again.account)
        desk.expect_code(GITHUB)
