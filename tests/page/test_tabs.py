"""Back, reload and a second tab; input stays when something is cancelled."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, expect

from tests.page.browsers import PageDesk
from tests.page.conftest import AtPage
from tests.page.seller import MAIL, SHOWN, Seller
from totpkey.web.server import PageServer


@pytest.fixture
def seller(at_page: AtPage, desk: PageDesk, server: PageServer) -> Seller:
    """Somebody at the page of `totpkey web`, with a key that is ready."""
    seller = at_page(desk, server.address)
    seller.is_ready()
    return seller


@pytest.mark.slow
def test_back_goes_to_the_screen_before(seller: Seller) -> None:
    seller.goes_to("enroll")
    seller.picks_site()
    seller.enters("add.setup_key", "JBSW Y3DP")
    seller.enters("add.sign_in", MAIL)
    seller.page.go_back()
    seller.is_at("enroll.title")
    # Forward has the place and the name again; what is secret is gone.
    seller.page.go_forward()
    expect(seller.field("add.sign_in")).to_have_value(MAIL)
    expect(seller.field("add.setup_key")).to_have_value("")
    seller.page.go_back()
    seller.is_at("enroll.title")
    seller.page.go_back()
    seller.is_at("home.title")
    # The page's own way back and the browser's are one.
    seller.goes_to("lock")
    seller.goes_home()
    seller.goes_to("clock")
    seller.page.go_back()
    seller.is_at("home.title")
    # A page that is loaded again finds the key again.
    seller.goes_to("lock")
    seller.page.reload()
    seller.is_at("home.title")
    # A browser that drops a move in its history keeps nobody waiting.
    seller.goes_to("lock")
    seller.page.evaluate("history.go = () => {}")
    seller.goes_home()
    seller.goes_to("clock")


@pytest.mark.slow
def test_the_browser_asks_before_it_throws_away_what_was_entered(seller: Seller) -> None:
    seller.presses("home.add")
    seller.enters("add.secret", SHOWN)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    seller.page.on("dialog", stay)
    seller.page.evaluate("setTimeout(() => location.reload())")
    expect(seller.field("add.secret")).to_have_value(SHOWN)
    seller.page.wait_for_function("true")
    assert asked == ["beforeunload"]
    expect(seller.field("add.secret")).to_have_value(SHOWN)
    seller.enters("add.secret", "")


@pytest.mark.slow
def test_what_was_entered_is_kept_where_the_touch_is_cancelled(seller: Seller) -> None:
    seller.presses("home.lock")
    seller.presses("lock.pin_add")
    for field in ("lock.pin_field", "lock.again"):
        seller.enters(field, "31428")
    seller.presses("lock.set")
    seller.page.get_by_role("dialog").wait_for()
    seller.page.keyboard.press("Escape")
    seller.is_told("problems.withdrawn")
    expect(seller.field("lock.pin_field")).to_have_value("31428")
    seller.presses("lock.set")
    seller.consents()
    seller.sees("lock.pin_done")


@pytest.mark.slow
def test_a_second_tab_says_which_has_the_key_and_takes_it_over(seller: Seller, server: PageServer) -> None:
    second = Seller(seller.page.context.new_page(), seller.desk)
    second.page.goto(server.address)
    second.is_told("problems.other_tab", title="Your accounts – totpkey")
    seller.is_at("home.title")
    second.presses("connect.take")
    second.is_at("home.title")
    seller.is_told("problems.taken_over")
    seller.presses("connect.take")
    seller.is_at("home.title")
    second.is_told("problems.taken_over")
