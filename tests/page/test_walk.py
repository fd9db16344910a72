"""Set-up from the first screen to the last, in real browsers, over Web Serial and over the bridge."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.page.conftest import NewPage, Serve
from tests.page.desk import PageDesk
from tests.page.first_code import MAIL, types_its_code
from tests.page.seller import SHOWN, Seller
from tests.support.cases import slow
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web import page_file


def seller_central(seller: Seller) -> None:
    """Set up Seller Central by its setup key."""
    seller.picks_site()
    assert "Login settings" in seller.page.locator("ol.steps").inner_text()
    seller.presses("add.save")
    seller.is_told("problems.secret_empty")
    seller.enters("add.setup_key", SHOWN)
    seller.presses("add.save")
    seller.is_told("problems.no_name")
    assert seller.field("add.setup_key").input_value() == SHOWN
    seller.enters("add.sign_in", MAIL)
    seller.presses("add.save")
    seller.is_at("enroll.type")


def whole_walk(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.enroll")
    seller_central(seller)
    types_its_code(seller)
    seller.presses("enroll.failed")
    seller.sees("enroll.refused")
    seller.presses("enroll.worked")
    seller.sees("enroll.before")
    seller.presses("enroll.finished")
    seller.is_at("home.title")
    assert [name.split() for name in seller.accounts()] == [["Amazon", MAIL]]
    seller.presses("home.done")
    seller.is_at("done.title")
    desk = seller.desk
    desk.until(lambda: not desk.bridge.path.exists() and desk.key.usb.enumeration is not None)
    # No code is typed twice: let the next one come.
    with desk.bridge.lock:
        desk.key.run(31)
    types_its_code(seller, ahead=31)


def test_over_web_serial(chromium: Browser, new_page: NewPage, usb_desk: PageDesk) -> None:
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    whole_walk(Seller(page, usb_desk))


@pytest.mark.parametrize("place", ["file", slow("http")])
def test_over_the_bridge(
    place: str,
    browser: Browser,
    new_page: NewPage,
    desk: PageDesk,
    simulated_keys: SimulatedKeys,
    serve: Serve,
) -> None:
    server = serve(page_file(), simulated_keys)
    page = new_page(browser)
    page.goto(server.address if place == "http" else f"{page_file().as_uri()}{server.admission.fragment}")
    whole_walk(Seller(page, desk))
    assert "#" not in page.url


def test_the_language_is_switched_with_what_was_typed(
    chromium: Browser, new_page: NewPage, usb_desk: PageDesk
) -> None:
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    seller = Seller(page, usb_desk)
    seller.is_ready()
    seller.presses("home.add")
    seller.enters("add.secret", "JBSWY3DPEHPK3PXP")
    page.get_by_role("button", name="中文").click()
    chinese = Seller(page, usb_desk, "zh")
    chinese.is_at("add.title")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert chinese.field("add.secret").input_value() == "JBSWY3DPEHPK3PXP"
    chinese.presses("next")
    chinese.names("甲", "乙")
    chinese.sees("add.saved", name="甲:乙")
    assert page.get_by_role("status").inner_text() == chinese.text("add.saved", name="甲:乙")
