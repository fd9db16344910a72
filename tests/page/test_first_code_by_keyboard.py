"""A keyboard alone leads to the first code, and what a screen reader reads on the way makes sense."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import LANGUAGES, MAIL, SHOWN, catalogues
from tests.support.cases import sampled

#: All that has the focus on the way, by its role and its name: that of a text, or as it is.
HEARD = (
    'button "{connect.button}"',
    'heading "{setup.title}" [level=1]',
    'button "{site}"',
    'heading "{site}" [level=1]',
    'link "sellercentral.amazon.com"',
    "text: {enroll.signing_up}",
    'button "{look.screen}"',
    "text: {look.others}",
    'textbox "{add.setup_key}"',
    'textbox "{add.sign_in}"',
    'heading "{enroll.type}" [level=1]',
    'button "{enroll.worked}"',
    'button "{enroll.end}"',
    'button "{enroll.backup_now}"',
    'button "{enroll.lock_now}"',
    'button "{enroll.finished}"',
)


class Listener:
    """Someone who uses the keyboard only, and hears the role and the name of what has the focus."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keyboard = page.keyboard
        self.heard: list[str] = []

    def hears(self) -> str:
        """Note what has the focus, in the words of the accessibility tree. Return its first line."""
        said = self._page.locator(":focus").aria_snapshot().splitlines()[0]
        said = said.removeprefix("- ").removesuffix(":")
        self.heard.append(said)
        return said

    def goes_to(self, name: str) -> None:
        """Press Tab until that name is heard."""
        for _ in range(20):
            self._keyboard.press("Tab")
            if f'"{name}"' in self.hears():
                return
        raise AssertionError(f"Tab does not lead to {name}: {self.heard}")

    def types(self, text: str) -> None:
        self._keyboard.type(text)

    def enters(self) -> None:
        self._keyboard.press("Enter")


@pytest.mark.parametrize("language", sampled(LANGUAGES, ["zh"]))
def test_to_the_first_code(language: str, at_page: AtPage, usb_desk: PageDesk) -> None:
    seller = at_page(usb_desk, language=language)
    listener = Listener(seller.page)
    seller.is_at("connect.title")
    listener.goes_to(seller.text("connect.button"))
    usb_desk.plug_in()
    seller.is_at("setup.title")
    listener.hears()
    site = seller.guide_text("Amazon Seller Central")
    listener.goes_to(site)
    listener.enters()
    seller.page.locator("ol.steps").wait_for()
    listener.hears()
    listener.goes_to(seller.text("add.setup_key"))
    listener.types(SHOWN)
    listener.goes_to(seller.text("add.sign_in"))
    listener.types(MAIL)
    listener.enters()
    seller.is_at("enroll.type")
    listener.hears()
    seller.types_its_code()
    listener.goes_to(seller.text("enroll.worked"))
    listener.enters()
    seller.sees("enroll.before")
    listener.goes_to(seller.text("enroll.finished"))
    print(*listener.heard, sep="\n")
    names = catalogues()[language] | {"site": site}
    assert listener.heard == [re.sub(r"\{(.*)\}", lambda name: names[name[1]], heard) for heard in HEARD]
