"""The sites that have a guide: six at first sight, the others folded away, with what is not known of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import page_definition
from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import LANGUAGES, SHOWN, Seller
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
