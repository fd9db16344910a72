"""Set-up from the first screen to the last, in real browsers, over Web Serial and over the bridge."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import MAIL, SHOWN, Seller
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
