"""What a person enters stays, and is understood as it was meant; a code in the wrong field is noticed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.seller import MAIL, SHOWN, URI, Seller

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


def test_a_setup_key_with_more_around_it(steps: Seller) -> None:
    """Other cases are in tests/data/pasted.toml."""
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


def test_a_name_is_never_cut_in_silence(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.enters("add.secret", "JBSW Y3DP EHPK 3PXP")
    seller.presses("next")
    seller.is_at("add.name")
    long = "a" * 65
    seller.enters("add.issuer", "GitHub")
    seller.enters("add.label", long)
    seller.presses("add.save")
    seller.is_told("problems.name_length", part=seller.text("fields.label"), count=65, most=64)
    expect(seller.field("add.label")).to_have_value(long)
    expect(seller.field("add.label")).to_be_focused()
    expect(seller.field("add.label")).to_have_attribute("aria-invalid", "true")


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
