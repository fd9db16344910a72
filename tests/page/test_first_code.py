"""From the opened page to the first code: at most 150 words, 5 clicks and 4 screens, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from readers.tests.pictures.codes import code, page, saved
from tests.page.desk import PageDesk
from tests.page.first_code import LANGUAGES, MAIL, types_its_code
from tests.page.reading import shown, words
from tests.page.seller import SHOWN, Seller
from totpkey.web import page_file
from totpkey_readers.records import base32

MOST_WORDS, MOST_CLICKS, MOST_SCREENS = 150, 5, 4
#: The key in the browser's list, and the list's button: here a policy allows the port. And the page's own.
CONNECTING = 3
#: The screen of many a laptop. Nobody has to look for Save below it.
LAPTOP: ViewportSize = {"width": 1366, "height": 768}


class Walk:
    """A new key before the page, up to the first code."""

    def __init__(self, seller: Seller) -> None:
        self.seller = seller
        self.read: list[str] = []
        seller.page.add_init_script(
            "globalThis.clicks = 0; addEventListener('click', (event) => (clicks += event.isTrusted), true);"
        )
        seller.page.goto(page_file().as_uri())
        seller.is_at("connect.title")
        self.reads()
        seller.desk.plug_in()
        seller.is_at("setup.title")
        self.reads()
        seller.picks_site()
        expect(seller.button("add.save")).to_be_in_viewport(ratio=1)
        self.reads()

    def reads(self) -> None:
        """Note the screen that is there now."""
        self.read.append(shown(self.seller.page))

    def ends(self) -> None:
        self.seller.is_at("enroll.type")
        self.reads()
        clicks = CONNECTING + self.seller.page.evaluate("clicks")
        types_its_code(self.seller)
        counted = [words(self.seller.page, text, self.seller.language) for text in self.read]
        print(self.seller.language, clicks, "clicks,", sum(counted), "words:", counted)
        assert len(self.read) <= MOST_SCREENS
        assert clicks <= MOST_CLICKS
        assert sum(counted) <= MOST_WORDS, self.read


@pytest.fixture(params=LANGUAGES)
def walk(request: pytest.FixtureRequest, chromium: Browser, usb_desk: PageDesk) -> Iterator[Walk]:
    with chromium.new_context(viewport=LAPTOP, locale=LANGUAGES[request.param]) as context:
        yield Walk(Seller(context.new_page(), usb_desk, request.param))


def test_with_the_setup_key(walk: Walk) -> None:
    """It is pasted anywhere on the screen; then the cursor is where the name goes."""
    walk.seller.pastes(SHOWN)
    assert walk.seller.field("add.setup_key").input_value() == SHOWN
    walk.seller.page.keyboard.type(MAIL)
    walk.seller.presses("add.save")
    walk.ends()


def test_with_a_picture_of_the_qr_code(walk: Walk) -> None:
    """Its name is in the code, so there is nothing to fill in."""
    uri = f"otpauth://totp/Amazon%3A{MAIL}?secret={base32.encode(base32.decode(SHOWN))}&issuer=Amazon"
    picture = list(saved(page((code(uri), (300, 200))), "PNG"))
    walk.seller.carries_files("paste", [{"name": "screenshot.png", "type": "image/png", "bytes": picture}])
    walk.ends()
