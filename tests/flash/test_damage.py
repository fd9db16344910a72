"""If flash has lost accounts or is worn, the others stay usable, and the key is never treated as empty."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.flash import attacker
from tests.support.damage import damaged
from tests.support.desk import AMAZON, GITHUB, HID, Desk, refused
from totpkey.accounts.account import Account
from totpkey_protocol import errors, words
from totpkey_protocol.storage import STRIDE
from totpkey_protocol.words import UNREADABLE
from totpkey_virtual.flash import FlashCells

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


FORGE = Account("Forge", "work", b"0123456789abcdef")
PIN = "1111"


def a_cell_stays_0(at: int, content: bytearray) -> None:
    if 0 <= at + 20 < len(content):
        content[at + 20] &= 0xFE


def the_magic_stays_0(at: int, content: bytearray) -> None:
    if 0 <= at < len(content):
        content[at] = 0


@pytest.fixture(params=[a_cell_stays_0, the_magic_stays_0])
def wear_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Wears the page out that begins at that address."""
    change = FlashCells._change

    def wear_out(page: int) -> None:
        def worn(cells: FlashCells, kind: str, address: int, content: bytes) -> None:
            changed = bytearray(content)
            request.param(page - address, changed)
            change(cells, kind, address, bytes(changed))

        monkeypatch.setattr(FlashCells, "_change", worn)

    return wear_out


@pytest.mark.parametrize("pin", ["", PIN], ids=["no lock", "PIN"])
def test_a_sector_that_no_longer_erases_costs_nothing(
    desk: Desk, wear_out: Callable[[int], None], pin: str
) -> None:
    with desk.until_done(desk.first_set_up()) as client:
        client.add(AMAZON)
        if pin:
            client.set_pin(pin)
        latest = max(attacker.pages(desk.key.flash), key=lambda page: page.sequence)
        wear_out(latest.address + STRIDE)
        client.add(GITHUB)
        client.add(FORGE)
    desk.replug()
    assert desk.classes() == [HID]
    if pin:
        desk.enter_pin(pin)
    # By then it has looked for what a cut may have left, with the slowest flash, too.
    desk.key.run(12)
    desk.away_from_the_boundary(AMAZON, 8)
    assert desk.press(2) == desk.code(AMAZON)

    with desk.setup_client() as client:
        if pin:
            client.unlock_pin(pin)
        assert [account.label for account in client.list()] == ["shop", "me", "work"]
        client.rename(client.list()[0].account, "Amazon", "another")
        client.wipe()
        assert client.hello().state == words.BLANK
        assert attacker.pages(desk.key.flash) == []
    desk.replug()
    with desk.until_done(desk.client()) as client:
        assert client.hello().state == words.BLANK
        client.set_time(round(desk.key.true_time))
        client.add(FORGE)
    desk.away_from_the_boundary(FORGE, 8)
    # Writing to worn places takes long, so the key may ask for NumLock before it types.
    assert desk.press(2) == desk.code(FORGE)
