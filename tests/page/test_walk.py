"""Set-up from the first screen to the last, in real browsers, over Web Serial and over the bridge.

The first code takes at most 150 words, 5 clicks and 4 screens, in both languages.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.reading import COUNTS_CLICKS, Reader
from tests.page.seller import LANGUAGES, MAIL, SHOWN, URI, Seller
from tests.support.cases import slow
from totpkey.web import page_file
from totpkey.web.server import PageServer


def whole_walk(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.enroll")
    seller.picks_site()
    assert "Login settings" in seller.page.locator("ol.steps").inner_text()
    seller.enters("add.setup_key", SHOWN)
    seller.presses("add.save")
    seller.is_told("problems.no_name")
    assert seller.field("add.setup_key").input_value() == SHOWN
    seller.enters("add.sign_in", MAIL)
    seller.presses("add.save")
    seller.is_at("enroll.type")
    seller.types_its_code()
    seller.presses("enroll.failed")
    seller.sees("enroll.refused")
    seller.presses("enroll.worked")
    seller.sees("enroll.before")
    seller.presses("enroll.finished")
    seller.is_at("home.title")
    assert seller.accounts() == [f"Amazon {MAIL}"]
    seller.presses("home.done")
    seller.is_at("done.title")
    desk = seller.desk
    desk.until(lambda: not desk.bridge.path.exists() and desk.key.usb.enumeration is not None)
    # No code is typed twice: let the next one come.
    with desk.bridge.lock:
        desk.key.run(31)
    seller.types_its_code(ahead=31)


def test_over_web_serial(seller: Seller) -> None:
    whole_walk(seller)


@pytest.mark.parametrize("place", ["file", slow("http")])
def test_over_the_bridge(
    place: str, browser: Browser, at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    opened = f"{page_file().as_uri()}{server.admission.fragment}"
    seller = at_page(desk, server.address if place == "http" else opened, browser=browser)
    whole_walk(seller)
    assert "#" not in seller.page.url


def test_the_language_is_switched_with_what_was_typed(seller: Seller) -> None:
    page = seller.page
    seller.is_ready()
    seller.presses("home.add")
    seller.enters("add.secret", "JBSWY3DPEHPK3PXP")
    page.get_by_role("button", name="中文").click()
    chinese = Seller(page, seller.desk, "zh")
    chinese.is_at("add.title")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert chinese.field("add.secret").input_value() == "JBSWY3DPEHPK3PXP"
    chinese.presses("next")
    chinese.names("甲", "乙")
    chinese.sees("add.saved", name="甲:乙")
    assert page.get_by_role("status").inner_text() == chinese.text("add.saved", name="甲:乙")


MOST_WORDS, MOST_CLICKS, MOST_SCREENS = 150, 5, 4
#: The key in the browser's list, and the list's button: here a policy allows the port. And the page's own.
CONNECTING = 3
#: The screen of many a laptop. Nobody has to look for Save below it.
LAPTOP: ViewportSize = {"width": 1366, "height": 768}


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest, at_page: AtPage, usb_desk: PageDesk) -> Reader:
    """Somebody who has read all up to the site's steps, with a new key."""
    reader = Reader(at_page(usb_desk, language=request.param, script=COUNTS_CLICKS, viewport=LAPTOP))
    reader.is_at("connect.title")
    reader.reads()
    reader.desk.plug_in()
    reader.is_at("setup.title")
    reader.reads()
    reader.picks_site()
    expect(reader.button("add.save")).to_be_in_viewport(ratio=1)
    reader.reads()
    return reader


def ends(reader: Reader) -> None:
    reader.is_at("enroll.type")
    reader.reads()
    reader.types_its_code()
    assert len(reader.read) <= MOST_SCREENS
    reader.check(MOST_WORDS, MOST_CLICKS, CONNECTING)


def test_with_the_setup_key(reader: Reader) -> None:
    """It is pasted anywhere on the screen; then the cursor is where the name goes."""
    reader.pastes(SHOWN)
    assert reader.field("add.setup_key").input_value() == SHOWN
    reader.page.keyboard.type(MAIL)
    reader.presses("add.save")
    ends(reader)


def test_with_a_picture_of_the_qr_code(reader: Reader) -> None:
    """Its name is in the code, so there is nothing to fill in."""
    reader.shows(URI)
    ends(reader)
