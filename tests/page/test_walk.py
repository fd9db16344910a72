"""Set-up from the first screen to the last, in real browsers, over Web Serial and over the bridge.

The first code takes at most 150 words, 5 clicks and 4 screens, in both languages.
Each site has a guide: six are shown at first sight, the others are folded away, with what is not known of
them. A seller may have several shops at one site. Each account says which shop it is for; a single one asks
for nothing more.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

import page_definition
from tests.page.browsers import PageDesk
from tests.page.conftest import AtPage
from tests.page.seller import COUNTS_CLICKS, LANGUAGES, MAIL, SHOWN, URI, Reader, Seller
from tests.support.cases import slow
from totpkey.enroll import guides
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
    seller.goes_to("done")
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
    # What is doubtful of a code is told before it is saved.
    seller.shows(URI + "&shift=1")
    seller.sees("warnings.not_understood", names="shift")
    seller.goes_back()
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
    seller.says_it_worked()


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
    assert seller.bold() == [MAIL, second]
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
    assert seller.bold() == told_apart
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
        seller.says_it_worked()
    shops = (MAIL, f"Berlin ({MAIL})", f"Paris ({MAIL})")
    assert seller.accounts() == ["Amazon " + name for name in shops]
