"""Enter after the code, the code on the page, and a calendar entry for the clock."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.page.seller import SECRET, Seller
from totpkey.accounts import codes

pytestmark = pytest.mark.slow


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


def test_a_code_is_shown_after_a_touch(seller: Seller) -> None:
    seller.has_an_account()
    seller.opens("shop")
    before = int(min(seller.desk.key.true_time, time.time())) - 5
    seller.presses("account.code")
    seller.consents("touch.code", name="Amazon:shop")
    shown = seller.page.locator("output")
    expect(shown).to_have_text(re.compile(r"^\d{6}$"))
    after = int(max(seller.desk.key.true_time, time.time())) + 30
    assert shown.inner_text() in {codes.totp(SECRET, moment) for moment in range(before, after, 5)}
    seller.goes_home()


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
