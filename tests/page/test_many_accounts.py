"""More than eight accounts: grouped by site, with a search, and with the distinctive part of names bold."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import SHOWN, Seller
from totpkey.accounts import account

pytestmark = pytest.mark.slow

SHOPS = ("de", "fr", "it", "es", "nl")
NAMES = (
    *(f"Amazon:{shop}@my-shop.example" for shop in SHOPS),
    *("GitHub:me", "Google:美国店", "Amazon:uk@my-shop.example", "google:日本店"),
)


def shown(seller: Seller) -> dict[str, list[str]]:
    """The names below each heading, as they can be seen."""
    found: dict[str, list[str]] = seller.page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("ul.accounts")].map((list) => [
             list.previousElementSibling?.innerText ?? "",
             [...list.querySelectorAll(".name")].map((name) => name.innerText.replace(/\\s+/g, " ")),
           ]))"""
    )
    return found


def bold(seller: Seller, place: str) -> list[str]:
    return seller.page.locator(f"{place} strong").all_inner_texts()


def seller_with(names: tuple[str, ...], at_page: AtPage, desk: PageDesk) -> Seller:
    """A seller who opens the page when the key has those accounts."""
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        for name in names:
            client.add(account.read(SHOWN, name).account)
    seller = at_page(desk)
    seller.is_at("home.title")
    return seller


@pytest.fixture
def many(at_page: AtPage, usb_desk: PageDesk) -> Seller:
    return seller_with(NAMES, at_page, usb_desk)


def test_they_stand_below_their_sites_with_what_tells_them_in_bold(many: Seller) -> None:
    assert shown(many) == {
        "Amazon (6)": [f"{shop}@my-shop.example" for shop in (*SHOPS, "uk")],
        "Google (2)": ["美国店", "日本店"],
        "Other sites (1)": ["GitHub me"],
    }
    assert bold(many, ".accounts .name") == [*SHOPS, "uk", "美国", "日本", "GitHub"]
    # Each keeps the light of its place on the key.
    uk = many.page.locator(".accounts li", has_text="uk@").get_by_role("img")
    assert uk.get_attribute("aria-label") == "1 long 3 short (white)"


def test_a_search_finds_by_site_and_name(many: Seller) -> None:
    many.enters("home.search", "ｓｈｏｐ  AMAZON u")
    many.sees("home.found", count=1)
    assert shown(many) == {"Amazon (1)": ["uk@my-shop.example"]}
    assert bold(many, ".accounts .name") == ["uk"]
    many.enters("home.search", "店")
    assert list(shown(many)) == ["Google (2)"]
    many.enters("home.search", "nobody")
    many.sees("home.nothing")
    assert shown(many) == {}
    many.enters("home.search", "")
    assert list(shown(many)) == ["Amazon (6)", "Google (2)", "Other sites (1)"]


def test_an_account_moves_among_those_around_it(many: Seller) -> None:
    many.opens("uk")
    many.presses("account.up")
    many.is_asked()
    many.page.keyboard.press("Escape")
    many.is_told("problems.withdrawn")
    many.enters("home.search", "uk")
    many.enters("home.search", "")
    assert shown(many)["Amazon (6)"][-2:] == ["nl@my-shop.example", "uk@my-shop.example"]
    many.opens("uk")
    many.presses("account.up")
    many.consents()
    many.sees("account.moved", name="Amazon:uk@my-shop.example", place=5)
    assert shown(many)["Amazon (6)"][-2:] == ["uk@my-shop.example", "nl@my-shop.example"]
    expect(many.page.locator(".accounts summary").nth(4)).to_be_focused()
    many.page.reload()
    many.is_at("home.title")
    assert shown(many)["Amazon (6)"][-2:] == ["uk@my-shop.example", "nl@my-shop.example"]


def test_what_is_done_to_one_that_was_found_is_done_to_that_one(many: Seller) -> None:
    many.enters("home.search", "uk")
    many.opens("uk")
    many.presses("account.choose")
    many.consents()
    expect(many.page.locator(".accounts li", has_text="uk@").locator(".chosen")).to_be_visible()
    many.presses("home.done")
    many.sees("done.chosen", name="Amazon:uk@my-shop.example", light="1 long 3 short (white)")
    # The card names them in the key's order, the same words in bold.
    assert bold(many, ".sheet") == [*SHOPS, "GitHub", "美国", "uk", "日本"]


def test_eight_need_neither_a_search_nor_groups(at_page: AtPage, usb_desk: PageDesk) -> None:
    seller = seller_with(NAMES[:8], at_page, usb_desk)
    assert list(shown(seller)) == [""]
    expect(seller.field("home.search")).to_have_count(0)
    assert shown(seller)[""][0] == "Amazon de@my-shop.example"
    assert bold(seller, ".accounts .name") == [*SHOPS, "GitHub", "Google", "uk"]
