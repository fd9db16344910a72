"""For eyes, ears and fingers: axe finds nothing, and a keyboard or a narrow window is enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.page.checks import check_its_width, check_with_axe
from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.screens import every_screen
from tests.page.seller import Seller
from tests.support.cases import slow
from tests.support.chinese import english_in
from totpkey.web.server import PageServer

MAIL = "a-rather-long-name-of-a-seller@some-very-long-domain.com"
#: Of boards, sites and programs, of the accounts and of a shop.
_NAMES = (
    *(
        "Adafruit Trinkey",
        "Amazon Seller Central",
        "Amazon",
        "Google",
        "GitHub",
        "Microsoft",
        "Chrome",
        "snap",
    ),
    *("sudo snap connect chromium:raw-usb", *(f"{number}-{MAIL}" for number in range(6)), MAIL, "Paris"),
)


def check_its_chinese(page: Page) -> None:
    """No English but names and quotations; the log for those who help is the protocol's."""
    shown = page.evaluate(
        """[...document.querySelectorAll("main, dialog")]
             .map((part) =>
               part.innerText.replaceAll(document.querySelector("pre")?.innerText || "\\0", ""))
             .join("\\n")"""
    )
    assert english_in(shown, *_NAMES) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "zh"), slow(360, "dark", "en"), slow(1100, "dark", "zh"), slow(1100, "light", "en")],
)
def test_every_screen(
    width: int, scheme: str, language: str, at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    desk.unplug()
    size = {"width": width, "height": 740}
    seller = at_page(desk, server.address, language=language, viewport=size, color_scheme=scheme)
    page = seller.page

    def look(_: str) -> None:
        # A picture that moves is judged as it rests.
        page.emulate_media(reduced_motion="reduce")
        check_with_axe(page)
        check_its_width(page)
        if language == "zh":
            check_its_chinese(page)

    seller.is_at("connect.title")
    for summary in page.locator("summary").all():
        summary.click()
    look("connect")
    desk.plug_in()
    every_screen(seller, look, MAIL)


def test_what_the_key_asks_for_can_be_cancelled_but_not_missed(seller: Seller) -> None:
    """Escape or the button withdraw the request; the key hears of it. Then it serves another try."""
    seller.has_an_account()
    dialog = seller.page.locator("dialog.touch")
    seller.opens("shop")
    for by_keyboard in (True, False):
        seller.removes()
        dialog.wait_for()
        if by_keyboard:
            seller.page.keyboard.press("Escape")
        else:
            seller.agrees("cancel")
        seller.is_told("problems.withdrawn")
        expect(dialog).to_be_hidden()
        assert len(seller.accounts()) == 1
    seller.removes()
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")
