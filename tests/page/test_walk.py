"""Set-up from the first screen to the last, in real browsers, over Web Serial and over the bridge."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.page.conftest import NewPage
from tests.page.desk import Desk
from tests.page.seller import Seller
from totpkey.web import page_file


def test_first(chromium: Browser, new_page: NewPage, usb_desk: Desk) -> None:
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    seller = Seller(page, usb_desk)
    seller.is_at("Set up your key")
    seller.connects()
    seller.sets_up()
    seller.is_at("Your accounts")
