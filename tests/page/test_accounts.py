"""Accounts are added from text and pictures, and renamed, moved, chosen and removed."""

from __future__ import annotations

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from readers.tests import migration
from readers.tests.entries import AMAZON, COUNTED, PLAIN
from readers.tests.pictures.codes import page, saved
from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import SHOWN, Seller, as_file, picture
from tests.support.cases import sampled
from tests.support.damage import damaged
from totpkey.accounts import account
from totpkey.keyboard.layouts import layouts
from totpkey.link.replies import Typing
from totpkey_protocol.words import KEYPAD, UNREADABLE

URI = "otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP&issuer=GitHub"
STEAM = "otpauth://steam/Steam:me?secret=MFRGGZDFMZTWQ2LKNNWG23TP&issuer=Steam"
OTHER = "otpauth://totp/Google:you?secret=MFRGGZDFMZTWQ2LKNNWG23TP&issuer=Google"
#: The accounts that the list marks as chosen.
MARKED = ".accounts summary:has(.chosen)"


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
def test_a_screenshot_brings_an_account(way: str, seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.is_at("add.title")
    if way == "chosen":
        # One of the other ways where the page reads the screen.
        others = seller.page.locator("details", has_text=seller.text("look.others"))
        if others.get_attribute("open") is None:
            others.locator("summary").click()
        with seller.page.expect_file_chooser() as chooser:
            seller.presses("look.file")
        chooser.value.set_files({"name": "shot.png", "mimeType": "image/png", "buffer": picture(URI)})
    else:
        seller.shows(URI, kind=way)
    seller.is_at("add.name")
    assert seller.field("add.issuer").input_value() == "GitHub"
    seller.presses("add.save")
    seller.sees("add.saved", name="GitHub:me")


def test_several_codes_in_one_picture(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.shows(URI, OTHER)
    seller.is_at("many.title")
    seller.presses("many.save", count=2)
    seller.consents("touch.batch", count=2)
    seller.sees("many.saved", count=2)
    assert sorted(seller.accounts()) == ["GitHub me", "Google you"]


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
def test_what_the_key_cannot_type_is_left_out_however_often_one_tries(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.shows(URI, STEAM)
    seller.is_at("many.title")
    for _ in range(2):
        seller.presses("many.save", count=2)
        seller.consents()
        seller.sees("problems.untyped.cause", names="Steam:me")
    seller.goes_back()
    seller.goes_home()
    assert seller.accounts() == ["GitHub me"]


def test_what_was_not_proved_is_never_said_to_be_saved(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.shows(URI, OTHER)
    seller.is_at("many.title")
    # The browser computes other codes than the key, for a while. The proofs of its requests stay right.
    seller.page.evaluate(
        """() => {
          const sign = crypto.subtle.sign.bind(crypto.subtle);
          crypto.subtle.sign = async (how, key, data) =>
            key.algorithm.hash.name === "SHA-1" ? new ArrayBuffer(20) : sign(how, key, data);
        }"""
    )
    seller.presses("many.save", count=2)
    seller.consents()
    seller.is_told("problems.proof")
    seller.page.evaluate("delete crypto.subtle.sign")
    seller.presses("many.save", count=2)
    seller.consents()
    # The other one has come, and neither is there twice.
    for _ in range(2):
        seller.is_told("problems.unproved", names="GitHub:me")
        seller.presses("many.save", count=2)
    seller.goes_back()
    seller.goes_home()
    assert seller.accounts() == ["GitHub me", "Google you"]


def test_a_name_that_the_key_types_is_changed_by_a_press_alone(at_page: AtPage, usb_desk: PageDesk) -> None:
    with usb_desk.client() as client:
        client.set_time(round(usb_desk.key.true_time))
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
def test_pictures_with_nothing_of_use(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.carries_files("paste", as_file(saved(page(), "PNG")))
    seller.is_told("problems.no_code")
    seller.carries_files("paste", as_file(b"no picture at all"))
    seller.is_told("problems.no_picture")
    seller.carries_files("paste", as_file(saved(Image.new("1", (20_000, 20_000)), "PNG")))
    seller.is_told("problems.huge_picture")
    seller.shows("https://example.com/")
    seller.is_told("problems.uri_unknown")


def test_texts_that_are_refused(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    for text, name, values in (
        ("JBSW Y3DP EHPK 3PX0", "secret_lookalike", {"place": 16, "digit": 0, "letter": "O"}),
        ("JBSW Y3DP EHPK 3PXPA", "secret_group", {"group": 4, "count": 5, "usual": 4}),
        ("https://example.com/", "uri_unknown", {}),
    ):
        seller.enters("add.secret", text)
        seller.presses("next")
        seller.is_told(f"problems.{name}", **values)
        assert seller.field("add.secret").input_value() == text, "what was typed stays"
    seller.enters("add.secret", "JBSW Y3DP EHPK 3PXP")
    seller.presses("next")
    seller.names("GitHub", "JBSW Y3DP EHPK 3PXP MFRG")
    seller.is_told("problems.name_secret")
    seller.names("GitHub", "me")
    seller.sees("add.saved", name="GitHub:me")
    seller.presses("home.add")
    seller.enters("add.secret", "JBSW Y3DP EHPK 3PXP")
    seller.presses("next")
    seller.names("github", "ME")
    seller.is_told("problems.duplicate", name="github:ME")


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
    seller.presses("home.done")
    seller.is_at("done.title")
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
