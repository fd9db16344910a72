"""The sites that have a guide, and a seller who has several shops at one of them.

Six sites are shown at first sight, the others are folded away, with what is not known of them. Each account
says which shop it is for; a single one asks for nothing more.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import page_definition
from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import LANGUAGES, MAIL, SHOWN, URI, Seller
from totpkey.enroll import guides

FIRST = ("Amazon Seller Central", "Amazon", "GitHub", "Google", "Microsoft", "Another site")
MORE = ("AliExpress", "eBay", "Shopee", "Shopify", "Temu", "TikTok Shop", "Walmart")
#: What nobody of the project has seen stands on the page as such, with the day.
NOTED = {"AliExpress", "eBay", "Shopee", "Temu", "TikTok Shop", "Walmart"}


def shown_tiles(seller: Seller) -> list[str]:
    tiles = seller.page.locator(".tiles button")
    return [tile.inner_text() for tile in tiles.all() if tile.is_visible()]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_seller_finds_each_site_and_adds_one_of_those_folded_away(
    language: str, at_page: AtPage, usb_desk: PageDesk
) -> None:
    usb_desk.plug_in()
    seller = at_page(usb_desk, language=language)
    seller.is_at("setup.title")
    first, more = ([*map(seller.guide_text, names)] for names in (FIRST, MORE))
    assert shown_tiles(seller) == first
    seller.page.get_by_text(seller.text("enroll.more"), exact=True).click()
    assert shown_tiles(seller) == first + more
    for name in MORE:
        seller.picks_site(name)
        hints = seller.page.locator(".hint", has_text="2026")
        assert hints.count() == (name in NOTED), name
        seller.goes_back()
    seller.picks_site("Shopify")
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", "shop@example.com")
    seller.presses("add.save")
    seller.is_at("enroll.type")
    expect(seller.page.get_by_text(seller.guide_text("“Turn on”"), exact=False)).to_be_visible()


def test_the_command_lists_the_same_sites_in_the_same_order() -> None:
    loaded = guides.load().values()
    assert [one.site for one in loaded if not one.more] == [*FIRST]
    assert [one.site for one in loaded if one.more] == [*MORE]
    assert {one.site for one in loaded if one.note} == NOTED
    assert all("29 November 2026" in one.note for one in loaded if one.note)
    assert [guide["site"] for guide in page_definition.data()["guides"]] == [one.site for one in loaded]


def adds_at_amazon(seller: Seller, shop: str = "") -> None:
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", MAIL)
    if shop:
        seller.enters("add.shop", shop)
    seller.presses("add.save")
    seller.is_at("enroll.type")
    seller.presses("enroll.worked")
    seller.presses("enroll.finished")
    seller.is_at("home.title")


def bold(seller: Seller) -> list[str]:
    return seller.page.locator(".accounts .name strong").all_inner_texts()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "first", "second", "told_apart"),
    [("en", "Hamburg", "Berlin", ["Hamburg", "Berlin"]), ("zh", "美国店", "日本店", ["美国", "日本"])],
)
def test_shops_at_one_site_are_told_apart(
    language: str, first: str, second: str, told_apart: list[str], at_page: AtPage, usb_desk: PageDesk
) -> None:
    usb_desk.plug_in()
    seller = at_page(usb_desk, language=language)
    seller.is_at("setup.title")
    seller.picks_site()
    expect(seller.field("add.shop")).to_have_count(0)
    adds_at_amazon(seller)
    # The second of a site asks for the shop.
    seller.presses("home.enroll")
    seller.picks_site()
    adds_at_amazon(seller, second)
    assert seller.accounts() == [f"Amazon {MAIL}", f"Amazon {second} ({MAIL})"]
    assert bold(seller) == [MAIL, second]
    # The first gets its shop's name later.
    seller.page.locator(".accounts .name").first.click()
    seller.presses("account.rename")
    expect(seller.field("add.label")).to_have_value(MAIL)
    expect(seller.field("add.shop")).to_have_value("")
    seller.enters("add.shop", second)
    seller.presses("save")
    seller.is_told("problems.duplicate", name=f"Amazon:{second} ({MAIL})")
    seller.enters("add.shop", first)
    seller.presses("save")
    seller.consents()
    seller.sees("account.renamed", name=f"Amazon:{first} ({MAIL})")
    assert seller.accounts() == [f"Amazon {shop} ({MAIL})" for shop in (first, second)]
    assert bold(seller) == told_apart
    # What was named is there to be changed.
    seller.page.locator(".accounts .name").first.click()
    seller.presses("account.rename")
    expect(seller.field("add.shop")).to_have_value(first)
    expect(seller.field("add.label")).to_have_value(MAIL)


@pytest.mark.slow
def test_the_shop_of_a_qr_code_that_names_only_the_sign_in(seller: Seller) -> None:
    seller.is_ready()
    for shop in ("", "Berlin", "Paris"):
        seller.presses("home.enroll")
        seller.picks_site()
        if shop == "Berlin":
            seller.enters("add.shop", shop)
        seller.shows(URI)
        if shop == "Paris":
            # It was not named beforehand: the page asks, since that account is there already.
            seller.is_told("problems.duplicate", name=f"Amazon:{MAIL}")
            seller.enters("add.shop", shop)
            seller.presses("add.save")
        seller.is_at("enroll.type")
        seller.presses("enroll.worked")
        seller.presses("enroll.finished")
        seller.is_at("home.title")
    shops = (MAIL, f"Berlin ({MAIL})", f"Paris ({MAIL})")
    assert seller.accounts() == ["Amazon " + name for name in shops]
