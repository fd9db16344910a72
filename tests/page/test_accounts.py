"""Accounts are added, renamed, moved, chosen, removed and used.

They come from text and pictures. What a person enters stays, and is understood as it was meant; a code in the
wrong field is noticed. More than eight are grouped by site, with a search, and with the distinctive part of
names bold. Exports of Google do not name themselves today: the page never loses one silently.
An account may have Enter after its code, its code on the page, and the clock a calendar entry.
"""

from __future__ import annotations

import re
import time

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from readers.tests import migration
from readers.tests.entries import AMAZON, COUNTED, PLAIN, WORK, Entry
from readers.tests.pictures.codes import page, saved
from tests.page.browsers import PageDesk
from tests.page.conftest import AtPage
from tests.page.seller import MAIL, SHOWN, URI, Seller, as_file, picture
from tests.support.cases import sampled
from tests.support.damage import damaged
from totpkey.accounts import account
from totpkey.keyboard.layouts import layouts
from totpkey.link.replies import Typing
from totpkey_protocol.words import KEYPAD, UNREADABLE

URI_OF_GITHUB = "otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP&issuer=GitHub"
STEAM = "otpauth://steam/Steam:me?secret=MFRGGZDFMZTWQ2LKNNWG23TP&issuer=Steam"
OTHER = "otpauth://totp/Google:you?secret=MFRGGZDFMZTWQ2LKNNWG23TP&issuer=Google"
#: The accounts that the list marks as chosen.
MARKED = ".accounts summary:has(.chosen)"


@pytest.fixture
def adding(seller: Seller) -> Seller:
    """Where accounts are added."""
    seller.is_ready()
    seller.presses("home.add")
    return seller


@pytest.mark.slow
def test_a_list_is_put_in_order(seller: Seller) -> None:
    seller.is_ready()
    for label in ("one", "two", "three"):
        seller.adds(SHOWN, "Amazon", label)
    assert seller.accounts() == ["Amazon one", "Amazon two", "Amazon three"]
    seller.opens("three")
    seller.sees("account.unused")
    seller.page.locator(".accounts li").nth(2).get_by_role("button", name=seller.text("account.up")).click()
    seller.consents("touch.move", name="Amazon:three")
    expect(seller.page.locator(".accounts summary").nth(1)).to_contain_text("three")
    expect(seller.page.locator(".accounts summary").nth(1)).to_be_focused()
    first = seller.page.locator(".accounts li").first
    first.locator("summary").click()
    first.get_by_role("button", name=seller.text("account.rename")).click()
    seller.enters("add.label", "two")
    seller.presses("save")
    seller.is_told("problems.duplicate", name="Amazon:two")
    seller.enters("add.label", "first")
    seller.presses("save")
    seller.sees("account.renamed", name="Amazon:first")
    assert seller.accounts() == ["Amazon first", "Amazon three", "Amazon two"]
    seller.opens("three")
    three = seller.page.locator(".accounts li").nth(1)
    three.get_by_role("button", name=seller.text("account.remove"), exact=True).click()
    seller.agrees("account.remove")
    seller.consents("touch.remove", name="Amazon:three")
    seller.sees("account.removed", name="Amazon:three")
    assert seller.accounts() == ["Amazon first", "Amazon two"]
    assert seller.accounts(MARKED) == ["Amazon first"], "the chosen one is gone"
    seller.opens("two")
    seller.presses("account.choose")
    expect(seller.page.locator(".accounts li").nth(1).locator(".chosen")).to_be_visible()
    assert seller.accounts(MARKED) == ["Amazon two"]
    seller.presses("home.done")
    seller.sees("done.chosen", name="Amazon:two", light="2 short (violet)")


@pytest.mark.parametrize("way", sampled(["chosen", "paste", "drop"], ["paste"]))
def test_a_screenshot_brings_an_account(way: str, adding: Seller) -> None:
    adding.is_at("add.title")
    if way == "chosen":
        # One of the other ways where the page reads the screen.
        others = adding.page.locator("details", has_text=adding.text("look.others"))
        if others.get_attribute("open") is None:
            others.locator("summary").click()
        with adding.page.expect_file_chooser() as chooser:
            adding.presses("look.file")
        chooser.value.set_files(
            {"name": "shot.png", "mimeType": "image/png", "buffer": picture(URI_OF_GITHUB)}
        )
    else:
        adding.shows(URI_OF_GITHUB, kind=way)
    adding.is_at("add.name")
    assert adding.field("add.issuer").input_value() == "GitHub"
    adding.presses("add.save")
    adding.sees("add.saved", name="GitHub:me")


@pytest.mark.slow
def test_google_authenticator_s_codes_one_after_the_other(seller: Seller) -> None:
    """The phone goes back and makes a new export, whose second code has what the first does not."""
    seller.is_ready()
    seller.adds("JBSW Y3DP EHPK 3PXP", PLAIN[1].issuer, PLAIN[1].label)
    seller.presses("home.add")
    seller.shows(migration.uri((AMAZON, COUNTED), 0, 2, 7), kind="drop")
    seller.sees("migration.missing", have="1", size=2)
    seller.is_not_told("migration.other")
    for _ in range(2):
        seller.shows(migration.uri((AMAZON, COUNTED), 0, 2, 8), kind="drop")
        seller.sees("migration.other")
        seller.sees("migration.missing", have="1", size=2)
    seller.shows(migration.uri(PLAIN[1:], 1, 2, 8), kind="drop")
    seller.is_at("many.title")
    seller.sees("many.lead", count=2, all=3)
    seller.sees("many.known")
    seller.presses("many.save", count=2)
    seller.consents()
    seller.sees("many.saved", count=2)
    assert len(seller.accounts()) == 3


@pytest.mark.slow
def test_what_the_key_cannot_type_is_left_out_however_often_one_tries(adding: Seller) -> None:
    adding.shows(URI_OF_GITHUB, STEAM)
    adding.is_at("many.title")
    for _ in range(2):
        adding.presses("many.save", count=2)
        adding.consents()
        adding.sees("problems.untyped.cause", names="Steam:me")
    adding.goes_back()
    adding.goes_home()
    assert adding.accounts() == ["GitHub me"]


def test_what_was_not_proved_is_never_said_to_be_saved(adding: Seller) -> None:
    adding.shows(URI_OF_GITHUB, OTHER)
    adding.is_at("many.title")
    # The browser computes other codes than the key, for a while. The proofs of its requests stay right.
    adding.page.evaluate(
        """() => {
          const sign = crypto.subtle.sign.bind(crypto.subtle);
          crypto.subtle.sign = async (how, key, data) =>
            key.algorithm.hash.name === "SHA-1" ? new ArrayBuffer(20) : sign(how, key, data);
        }"""
    )
    adding.presses("many.save", count=2)
    adding.consents("touch.batch", count=2)
    adding.is_told("problems.proof")
    adding.page.evaluate("delete crypto.subtle.sign")
    adding.presses("many.save", count=2)
    adding.consents()
    # The other one has come, and neither is there twice.
    for _ in range(2):
        adding.is_told("problems.unproved", names="GitHub:me")
        adding.presses("many.save", count=2)
    adding.goes_back()
    adding.goes_home()
    assert adding.accounts() == ["GitHub me", "Google you"]
    adding.opens("you")
    adding.shows_its_code("Google:you", "MFRGGZDFMZTWQ2LKNNWG23TP")


def test_a_name_that_the_key_types_is_changed_by_a_press_alone(at_page: AtPage, usb_desk: PageDesk) -> None:
    with usb_desk.first_set_up() as client:
        added = client.add(account.read(SHOWN, "Amazon:shop").account)
        client.set_typing(Typing(KEYPAD, 0, 0, 3, "us"), layouts()["us"].table)
        client.recipe(added.account, "{user}{TAB}{code}")
    seller = at_page(usb_desk)
    seller.is_at("home.title")
    seller.opens("shop")
    seller.presses("account.rename")
    seller.enters("add.label", "office")
    seller.presses("save")
    seller.consents("touch.rename", name="Amazon:shop")
    seller.sees("account.renamed", name="Amazon:office")
    assert seller.accounts() == ["Amazon office"]


@pytest.mark.slow
def test_pictures_with_nothing_of_use(adding: Seller) -> None:
    adding.carries_files("paste", as_file(saved(page(), "PNG")))
    adding.is_told("problems.no_code")
    adding.carries_files("paste", as_file(b"no picture at all"))
    adding.is_told("problems.no_picture")
    adding.carries_files("paste", as_file(saved(Image.new("1", (20_000, 20_000)), "PNG")))
    adding.is_told("problems.huge_picture")
    adding.shows("https://example.com/")
    adding.is_told("problems.uri_unknown")


def test_texts_that_are_refused(adding: Seller) -> None:
    for text, name, values in (
        ("JBSW Y3DP EHPK 3PX0", "secret_lookalike", {"place": 16, "digit": 0, "letter": "O"}),
        ("JBSW Y3DP EHPK 3PXPA", "secret_group", {"group": 4, "count": 5, "usual": 4}),
        ("https://example.com/", "uri_unknown", {}),
    ):
        adding.enters("add.secret", text)
        adding.presses("next")
        adding.is_told(f"problems.{name}", **values)
        assert adding.field("add.secret").input_value() == text, "what was typed stays"
    adding.enters("add.secret", "JBSW Y3DP EHPK 3PXP")
    adding.presses("next")
    adding.names("GitHub", "JBSW Y3DP EHPK 3PXP MFRG")
    adding.is_told("problems.name_secret")
    adding.names("GitHub", "a" * 65)
    adding.is_told("problems.name_length", part=adding.text("fields.label"), count=65, most=64)
    field = adding.field("add.label")
    expect(field).to_have_value("a" * 65)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    adding.names("GitHub", "me")
    adding.sees("add.saved", name="GitHub:me")
    adding.presses("home.add")
    adding.enters("add.secret", "JBSW Y3DP EHPK 3PXP")
    adding.presses("next")
    adding.names("github", "ME")
    adding.is_told("problems.duplicate", name="github:ME")


def test_each_account_has_its_light_in_the_list_and_on_a_card_and_the_button_s_choice_is_named(
    seller: Seller,
) -> None:
    seller.is_ready()
    for issuer in ("Amazon", "GitHub"):
        seller.adds(SHOWN, issuer, "me")
    page = seller.page
    said = ["1 short (amber)", "2 short (violet)"]
    assert lights_of(page.locator(".accounts .blinks")) == said
    assert seller.accounts(MARKED) == ["GitHub me"], "the newest, whose first code is typed next"
    with seller.desk.bridge.lock:
        seller.desk.key.press(0.8)
        seller.desk.key.run(1)
    seller.goes_to("done")
    seller.sees("done.chosen", name="Amazon:me", light=said[0])
    assert lights_of(page.locator(".sheet .blinks")) == said
    rows = page.locator(".sheet tr").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == ["Amazon me amber", "GitHub me violet"]
    page.evaluate("globalThis.print = () => (globalThis.printed = true)")
    seller.presses("card.print")
    assert page.evaluate("printed")
    page.emulate_media(media="print")
    expect(page.locator(".sheet")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    expect(seller.button("done.another")).to_be_hidden()


def lights_of(drawn: Locator) -> list[str]:
    """What a screen reader says of each light."""
    return [str(each.get_attribute("aria-label")) for each in drawn.all()]


@pytest.mark.slow
def test_what_the_key_cannot_read_is_told_and_can_be_removed(seller: Seller) -> None:
    """In the reader's language, if flash has lost an account."""
    seller.has_an_account()
    desk = seller.desk
    desk.unplug()
    desk.key.flash = damaged(desk.key.flash, 0)
    desk.plug_in()
    desk.hold_for_setup()
    seller.is_at("home.title")
    name = seller.text("account.lost_name")
    assert seller.accounts() == [name]
    assert UNREADABLE not in seller.page.locator("main").inner_text()
    seller.opens(name)
    seller.sees("account.lost")
    for useless in ("account.choose", "account.rename"):
        expect(seller.button(useless)).to_have_count(0)
    seller.removes()
    seller.consents("touch.remove", name=name)
    seller.sees("account.removed", name=name)
    assert seller.accounts() == []
    seller.adds(SHOWN, "Amazon", "shop")


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


def seller_with(names: tuple[str, ...], at_page: AtPage, desk: PageDesk) -> Seller:
    """A seller who opens the page when the key has those accounts."""
    with desk.first_set_up() as client:
        for name in names:
            client.add(account.read(SHOWN, name).account)
    seller = at_page(desk)
    seller.is_at("home.title")
    return seller


@pytest.fixture
def many(at_page: AtPage, usb_desk: PageDesk) -> Seller:
    return seller_with(NAMES, at_page, usb_desk)


@pytest.mark.slow
def test_they_stand_below_their_sites_with_what_tells_them_in_bold(many: Seller) -> None:
    assert shown(many) == {
        "Amazon (6)": [f"{shop}@my-shop.example" for shop in (*SHOPS, "uk")],
        "Google (2)": ["美国店", "日本店"],
        "Other sites (1)": ["GitHub me"],
    }
    assert many.bold() == [*SHOPS, "uk", "美国", "日本", "GitHub"]
    # Each keeps the light of its place on the key.
    uk = many.page.locator(".accounts li", has_text="uk@").get_by_role("img")
    assert uk.get_attribute("aria-label") == "1 long 3 short (white)"


@pytest.mark.slow
def test_a_search_finds_by_site_and_name(many: Seller) -> None:
    many.enters("home.search", "ｓｈｏｐ  AMAZON u")
    many.sees("home.found", count=1)
    assert shown(many) == {"Amazon (1)": ["uk@my-shop.example"]}
    assert many.bold() == ["uk"]
    many.enters("home.search", "店")
    assert list(shown(many)) == ["Google (2)"]
    many.enters("home.search", "nobody")
    many.sees("home.nothing")
    assert shown(many) == {}
    many.enters("home.search", "")
    assert list(shown(many)) == ["Amazon (6)", "Google (2)", "Other sites (1)"]


@pytest.mark.slow
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


@pytest.mark.slow
def test_what_is_done_to_one_that_was_found_is_done_to_that_one(many: Seller) -> None:
    many.enters("home.search", "uk")
    many.opens("uk")
    many.presses("account.choose")
    many.consents()
    expect(many.page.locator(".accounts li", has_text="uk@").locator(".chosen")).to_be_visible()
    many.presses("home.done")
    many.sees("done.chosen", name="Amazon:uk@my-shop.example", light="1 long 3 short (white)")
    # The card names them in the key's order, the same words in bold.
    assert many.bold(".sheet") == [*SHOPS, "GitHub", "美国", "uk", "日本"]


@pytest.mark.slow
def test_eight_need_neither_a_search_nor_groups(at_page: AtPage, usb_desk: PageDesk) -> None:
    seller = seller_with(NAMES[:8], at_page, usb_desk)
    assert list(shown(seller)) == [""]
    expect(seller.field("home.search")).to_have_count(0)
    assert shown(seller)[""][0] == "Amazon de@my-shop.example"
    assert seller.bold() == [*SHOPS, "GitHub", "Google", "uk"]


SECOND = PLAIN[1:]
#: Of the name and settings of one that the key has, with another secret.
CHANGED = Entry("Amazon", "shop", b"Z" * 20)


@pytest.mark.slow
def test_a_picture_that_comes_while_another_is_read_is_read_next(adding: Seller) -> None:
    adding.shows(migration.uri((AMAZON,), 0, 2))
    adding.shows(migration.uri(SECOND, 1, 2))
    adding.is_at("many.title")


@pytest.mark.slow
def test_mixed_exports_are_told_and_nothing_is_lost(adding: Seller) -> None:
    """The second export's last code is not there, which no count can tell."""
    mixed = (migration.uri((AMAZON,), 0, 2), migration.uri((WORK,), 0, 2))
    adding.carries_files("drop", *(as_file(picture(uri)) for uri in mixed))
    adding.sees("migration.missing", have="1", size=2)
    adding.sees("migration.mixed", size=2)
    adding.shows(migration.uri(SECOND, 1, 2))
    adding.is_not_told("migration.missing", have="1", size=2)
    adding.sees("migration.mixed", size=2)
    adding.presses("migration.go_on")
    adding.is_at("many.title")
    adding.sees("many.lead", count=3, all=3)


@pytest.mark.slow
def test_one_of_the_same_name_is_not_called_the_same_as_if_that_were_known(seller: Seller) -> None:
    seller.has_an_account()
    seller.presses("home.add")
    seller.shows(migration.uri((CHANGED,)))
    seller.is_at("many.title")
    seller.sees("many.none")
    said = seller.page.locator("main").inner_text()
    assert "were not compared" in said
    assert "already" not in said


#: Of 32 characters, as Google shows them.
SHORTER = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"


@pytest.fixture
def steps(seller: Seller) -> Seller:
    """A seller at Seller Central's steps, with a new key."""
    seller.desk.plug_in()
    seller.is_at("setup.title")
    seller.picks_site()
    seller.enters("add.sign_in", MAIL)
    return seller


def tries(seller: Seller, text: str) -> None:
    seller.enters("add.setup_key", text)
    seller.presses("add.save")


def selected(seller: Seller) -> str:
    text: str = seller.page.evaluate(
        "(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))"
        "(document.activeElement)"
    )
    return text


def test_an_error_leaves_the_text_and_selects_the_wrong_character(steps: Seller) -> None:
    field = steps.field("add.setup_key")
    for text, wrong, problem, values in (
        (SHOWN.replace("GZDF", "GZ0F"), "0", "lookalike", {"place": 7, "digit": "0", "letter": "O"}),
        (SHOWN.replace("43F", "4!F"), "!", "character", {"place": 47}),
    ):
        tries(steps, text)
        steps.is_told(f"problems.secret_{problem}", **values)
        assert field.input_value() == text
        assert selected(steps) == wrong
        assert field.get_attribute("aria-invalid") == "true"
        field.press("Backspace")
        assert field.get_attribute("aria-invalid") is None
    # With more around it; other cases are in tests/data/pasted.toml.
    tries(steps, f"密钥：{SHOWN}")
    steps.is_at("enroll.type")


def test_what_is_no_setup_key_of_amazon_s_is_asked_about(steps: Seller) -> None:
    tries(steps, "123456")
    steps.is_told("problems.secret_is_code")
    tries(steps, SHORTER)
    steps.sees("add.length", site="Amazon", usual=52, count=32)
    steps.agrees("add.length_again")
    steps.is_told("problems.secret_short", count=32, usual=52)
    assert steps.field("add.setup_key").input_value() == SHORTER
    steps.presses("add.save")
    steps.agrees("add.length_agree")
    steps.is_at("enroll.type")


def test_a_picture_is_taken_while_the_cursor_is_in_a_field(steps: Seller) -> None:
    steps.field("add.setup_key").focus()
    steps.shows(URI)
    steps.is_at("enroll.type")


def test_a_code_that_the_key_types_into_the_page_is_noticed(steps: Seller) -> None:
    tries(steps, SHOWN)
    steps.is_at("enroll.type")
    stray = steps.page.get_by_text(steps.text("enroll.stray", site="Amazon"))
    steps.page.keyboard.type("12345")
    expect(stray).to_have_count(0)
    # The key's own report of keys, as a browser gets them from any keyboard.
    steps.page.keyboard.press("Tab")
    steps.desk.press()
    # Near the end of a code's step the key waits for the next.
    steps.desk.until(lambda: len(steps.desk.typed()) == 6)
    steps.page.keyboard.type(steps.desk.typed())
    expect(stray).to_be_visible()
    steps.sees("enroll.waits")


@pytest.mark.slow
def test_the_key_presses_enter_behind_the_code_if_it_is_told_so(seller: Seller) -> None:
    seller.has_an_account()
    seller.opens("shop")
    seller.presses("account.enter_on")
    seller.consents()
    seller.sees("account.enter_is_on", name="Amazon:shop")
    desk = seller.desk
    desk.press()
    desk.until(lambda: "\n" in desk.computer.text)
    assert re.fullmatch(r"\d{6}\n", desk.typed())
    seller.opens("shop")
    seller.presses("account.enter_off")
    # The same consent covers small changes for a while.
    seller.sees("account.enter_is_off", name="Amazon:shop")


@pytest.mark.slow
def test_a_calendar_takes_the_day_by_which_to_set_the_clock(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.clock")
    # A new key takes its first time without a touch, so the page names it.
    named = seller.text("clock.first", moment="|").split("|")[1]
    expect(seller.page.get_by_text(named)).to_be_visible()
    seller.presses("clock.set")
    seller.sees("clock.remind")
    with seller.page.expect_download() as download:
        seller.page.get_by_role("link", name=seller.text("clock.remind")).click()
    text = download.value.path().read_bytes().decode()
    assert download.value.suggested_filename == "totpkey.ics"
    # RFC 5545: section 3.1 ends each line with CRLF, 3.6.1 wants UID and DTSTAMP.
    lines = text.split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    assert all(len(line.encode()) <= 75 for line in lines)
    fields = dict(line.split(":", 1) for line in lines[:-1] if not line.startswith(("BEGIN", "END")))
    assert re.fullmatch(r"\d{8}T\d{6}Z", fields["DTSTAMP"])
    assert fields["UID"]
    day = time.strptime(fields["DTSTART;VALUE=DATE"], "%Y%m%d")
    assert time.mktime(day) > time.time()
    assert fields["SUMMARY"] == seller.text("clock.reminder")
