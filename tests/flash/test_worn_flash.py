"""Worn flash: one sector of the vault that no longer erases cleanly costs its owner nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flash import attacker
from tests.support.desk import AMAZON, GITHUB, HID, Desk
from totpkey.accounts.account import Account
from totpkey_protocol import words
from totpkey_protocol.storage import STRIDE
from totpkey_virtual.flash import FlashCells

FORGE = Account("Forge", "work", b"0123456789abcdef")
PIN = "1111"

#: What the cells hold that were to become some content: where the page begins in it, and that content.
Wear = Callable[[int, bytearray], None]


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
    # By then it has looked for what a cut may have left.
    desk.key.run(3)
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
