"""Back, reload and a second tab; input stays when something is cancelled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.page.conftest import Serve
from tests.page.desk import PageDesk
from tests.page.seller import SHOWN, Seller
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web import page_file
from totpkey.web.server import PageServer

pytestmark = pytest.mark.slow


@pytest.fixture
def server(simulated_keys: SimulatedKeys, serve: Serve) -> PageServer:
    """`totpkey web` with the desk's key."""
    return serve(page_file(), simulated_keys)


@pytest.fixture
def tab(chromium: Browser, server: PageServer) -> Iterator[Page]:
    with chromium.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(server.address)
        yield page


def test_back_goes_to_the_screen_before(tab: Page, desk: PageDesk) -> None:
    seller = Seller(tab, desk)
    seller.is_ready()
    seller.presses("home.enroll")
    seller.is_at("enroll.title")
    seller.picks_site()
    seller.enters("add.setup_key", "JBSW Y3DP")
    seller.enters("add.sign_in", "seller@example.com")
    tab.go_back()
    seller.is_at("enroll.title")
    # Forward has the place and the name again; what is secret is gone.
    tab.go_forward()
    expect(seller.field("add.sign_in")).to_have_value("seller@example.com")
    expect(seller.field("add.setup_key")).to_have_value("")
    tab.go_back()
    seller.is_at("enroll.title")
    tab.go_back()
    seller.is_at("home.title")
    # The page's own way back and the browser's are one.
    seller.presses("home.lock")
    seller.is_at("lock.title")
    seller.goes_back()
    seller.is_at("home.title")
    seller.presses("home.clock")
    seller.is_at("clock.title")
    tab.go_back()
    seller.is_at("home.title")


def test_a_browser_that_drops_a_move_in_its_history_keeps_nobody_waiting(tab: Page, desk: PageDesk) -> None:
    seller = Seller(tab, desk)
    seller.is_ready()
    seller.presses("home.lock")
    seller.is_at("lock.title")
    tab.evaluate("history.go = () => {}")
    seller.goes_back()
    seller.is_at("home.title")
    seller.presses("home.clock")
    seller.is_at("clock.title")


def test_a_page_that_is_loaded_again_finds_the_key_again(tab: Page, desk: PageDesk) -> None:
    seller = Seller(tab, desk)
    seller.is_ready()
    seller.presses("home.lock")
    seller.is_at("lock.title")
    tab.reload()
    seller.is_at("home.title")


def test_the_browser_asks_before_it_throws_away_what_was_entered(tab: Page, desk: PageDesk) -> None:
    seller = Seller(tab, desk)
    seller.is_ready()
    seller.presses("home.add")
    seller.enters("add.secret", SHOWN)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    tab.on("dialog", stay)
    tab.evaluate("setTimeout(() => location.reload())")
    expect(seller.field("add.secret")).to_have_value(SHOWN)
    tab.wait_for_function("true")
    assert asked == ["beforeunload"]
    expect(seller.field("add.secret")).to_have_value(SHOWN)
    seller.enters("add.secret", "")


def test_what_was_entered_is_kept_where_the_touch_is_cancelled(tab: Page, desk: PageDesk) -> None:
    seller = Seller(tab, desk)
    seller.is_ready()
    seller.presses("home.lock")
    seller.presses("lock.pin_add")
    for field in ("lock.pin_field", "lock.again"):
        seller.enters(field, "31428")
    seller.presses("lock.set")
    tab.get_by_role("dialog").wait_for()
    tab.keyboard.press("Escape")
    seller.is_told("problems.withdrawn")
    expect(seller.field("lock.pin_field")).to_have_value("31428")
    seller.presses("lock.set")
    seller.consents()
    seller.sees("lock.pin_done")


def test_a_second_tab_says_which_has_the_key_and_takes_it_over(
    tab: Page, desk: PageDesk, server: PageServer
) -> None:
    first = Seller(tab, desk)
    first.is_ready()
    other = tab.context.new_page()
    other.goto(server.address)
    second = Seller(other, desk)
    second.is_told("problems.other_tab", title="Your accounts – totpkey")
    first.is_at("home.title")
    second.presses("connect.take")
    second.is_at("home.title")
    first.is_told("problems.taken_over")
    first.presses("connect.take")
    first.is_at("home.title")
    second.is_told("problems.taken_over")
