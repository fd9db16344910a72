"""If flash has lost an account, the page says so in the reader's language, and how to remove it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.seller import SHOWN, Seller
from tests.support.damage import damaged
from totpkey_protocol.words import UNREADABLE


@pytest.mark.slow
def test_what_the_key_cannot_read_is_told_and_can_be_removed(seller: Seller) -> None:
    seller.has_an_account()
    desk = seller.desk
    desk.unplug()
    desk.key.flash = damaged(desk.key.flash, 0)
    desk.plug_in()
    desk.hold_for_setup()
    seller.is_at("home.title")
    name = seller.text("account.lost_name")
    assert seller.accounts() == [name]
    assert UNREADABLE not in seller.page.locator("main").inner_text()
    seller.opens(name)
    seller.sees("account.lost")
    for useless in ("account.choose", "account.rename"):
        expect(seller.button(useless)).to_have_count(0)
    seller.removes()
    seller.consents("touch.remove", name=name)
    seller.sees("account.removed", name=name)
    assert seller.accounts() == []
    seller.adds(SHOWN, "Amazon", "shop")
