"""For eyes, ears and fingers: axe finds nothing, and a keyboard or a narrow window is enough."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.checks import check_its_width, check_with_axe, page_of
from tests.page.conftest import Serve
from tests.page.desk import PageDesk
from tests.page.seller import SHOWN, Seller
from tests.support.cases import slow
from tests.support.chinese import english_in
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web import page_file

#: Of boards, sites and programs, and the account's.
_NAMES = (
    *(
        "Adafruit Trinkey",
        "Amazon Seller Central",
        "Amazon",
        "Google",
        "GitHub",
        "Microsoft",
        "Chrome",
        "snap",
    ),
    *(
        "a-rather-long-name-of-a-seller-account@some-very-long-domain.com",
        "Anna",
        "sudo snap connect chromium:raw-usb",
    ),
)


def check_its_chinese(page: Page) -> None:
    """No English but names and quotations; the log for those who help is the protocol's."""
    shown = page.evaluate(
        """[...document.querySelectorAll("main, dialog")]
             .map((part) =>
               part.innerText.replaceAll(document.querySelector("pre")?.innerText || "\\0", ""))
             .join("\\n")"""
    )
    assert english_in(shown, *_NAMES) == []


def every_screen(seller: Seller, look: Callable[[], None]) -> None:
    """Go to each screen, and look."""
    seller.is_at("setup.title")
    look()
    seller.presses("setup.more")
    seller.sees("setup.backups")
    look()
    for lock in ("lock.passphrase", "lock.pin"):
        seller.chooses(lock)
        seller.presses("next")
        seller.is_at(f"{lock}_new")
        look()
        seller.goes_back()
    seller.chooses("lock.none")
    seller.presses("next")
    seller.is_at("home.title")
    look()
    seller.presses("home.enroll")
    look()
    seller.picks_site()
    for summary in seller.page.locator("summary").all():
        summary.click()
    look()
    seller.enters("add.setup_key", SHOWN)
    seller.presses("add.save")
    seller.sees("problems.no_name.remedy")
    look()
    seller.enters("add.sign_in", "a-rather-long-name-of-a-seller-account@some-very-long-domain.com")
    seller.presses("add.save")
    seller.is_at("enroll.type")
    seller.presses("enroll.failed")
    seller.sees("enroll.refused_again")
    look()
    seller.presses("enroll.worked")
    look()
    seller.presses("enroll.finished")
    seller.is_at("home.title")
    seller.opens("Amazon")
    seller.sees("account.unused")
    look()
    seller.presses("home.add")
    seller.presses("next")
    seller.sees("problems.secret_empty.remedy")
    look()
    seller.goes_back()
    for name in ("backup", "restore", "copy", "lock", "clock", "check"):
        seller.presses(f"home.{name}")
        seller.is_at(f"{name}.title")
        look()
        seller.goes_back()
        seller.is_at("home.title")
    every_screen_of_lending(seller, look)
    seller.presses("account.remove")
    look()
    seller.agrees("account.remove")
    seller.is_asked()
    look()
    seller.consents()
    seller.is_at("home.title")
    seller.presses("home.done")
    seller.is_at("done.title")
    look()


def every_screen_of_lending(seller: Seller, look: Callable[[], None]) -> None:
    """Make a card, lend to it, and borrow with the same key. What is borrowed then is on the list, too."""
    seller.presses("home.borrow")
    seller.is_at("home.borrow")
    look()
    seller.enters("borrow.name", "Anna")
    seller.presses("borrow.make")
    seller.consents()
    seller.sees("borrow.first", name="Anna")
    look()
    with seller.page.expect_download() as card:
        seller.page.locator(".hand-out a").click()
    seller.presses("borrow.button")
    seller.is_told("problems.file_none")
    look()
    seller.goes_back()
    seller.opens("Amazon")
    seller.presses("account.lend")
    seller.is_at("account.lend")
    look()
    seller.enters("lend.card", card.value.path().read_text(encoding="utf-8"))
    seller.presses("next")
    seller.is_at("lend.title", to="Anna")
    seller.page.get_by_text(seller.text("lend.more")).click()
    seller.enters("borrow.name", "Anna")
    look()
    with seller.page.expect_download() as file:
        seller.presses("lend.button")
        seller.consents()
    seller.is_at("lend.send", to="Anna")
    look()
    seller.presses("enroll.finished")
    seller.presses("home.borrow")
    seller.enters("borrow.file", file.value.path().read_text(encoding="utf-8"))
    seller.presses("borrow.button")
    seller.consents()
    seller.is_at("home.title")
    seller.page.locator(".accounts summary").nth(1).click()
    seller.sees("account.unused")
    look()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "zh"), slow(360, "dark", "en"), slow(1100, "dark", "zh"), slow(1100, "light", "en")],
)
def test_every_screen(
    width: int,
    scheme: str,
    language: str,
    chromium: Browser,
    desk: PageDesk,
    simulated_keys: SimulatedKeys,
    serve: Serve,
) -> None:
    server = serve(page_file(), simulated_keys)
    desk.unplug()
    with page_of(chromium, width, scheme, {"en": "en-GB", "zh": "zh-CN"}[language]) as page:
        page.goto(server.address)
        seller = Seller(page, desk, language)

        def look() -> None:
            # A picture that moves is judged as it rests.
            page.emulate_media(reduced_motion="reduce")
            check_with_axe(page)
            check_its_width(page)
            if language == "zh":
                check_its_chinese(page)

        seller.is_at("connect.title")
        for summary in page.locator("summary").all():
            summary.click()
        look()
        desk.plug_in()
        every_screen(seller, look)


def test_what_the_key_asks_for_can_be_cancelled_but_not_missed(seller: Seller) -> None:
    """Escape or the button withdraw the request; the key hears of it. Then it serves another try."""
    seller.is_ready()
    seller.adds("JBSWY3DPEHPK3PXP", "GitHub", "me")
    dialog = seller.page.locator("dialog.touch")

    def removes() -> None:
        seller.removes()
        dialog.wait_for()

    seller.opens("me")
    for by_keyboard in (True, False):
        removes()
        if by_keyboard:
            seller.page.keyboard.press("Escape")
        else:
            seller.agrees("cancel")
        seller.is_told("problems.withdrawn")
        expect(dialog).to_be_hidden()
        assert len(seller.accounts()) == 1
    removes()
    seller.consents()
    seller.sees("account.removed", name="GitHub:me")
