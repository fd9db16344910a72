"""An office: an owner and colleagues, each at their own computer with a key and the page of `totpkey web`."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Download

from tests.page.conftest import Serve
from tests.page.desk import PageDesk
from tests.page.first_code import LANGUAGES
from tests.page.reading import shown, words
from tests.page.seller import SHOWN, Seller
from tests.support import consent
from tests.support.load import patience
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web import page_file

#: What a page counts by itself: clicks of a person.
_CLICKS = "globalThis.clicks = 0; addEventListener('click', (event) => (clicks += event.isTrusted), true);"


class Person(Seller):
    """Somebody at the page, who knows what they have read, clicked and pressed."""

    def __init__(self, seller: Seller) -> None:
        super().__init__(seller.page, seller.desk, seller.language)
        self.read: list[str] = []

    def reads(self, where: str = "main") -> None:
        """Note the screen that is there now."""
        self.read.append(shown(self.page, where))

    @property
    def words(self) -> list[int]:
        """How many words each screen had."""
        return [words(self.page, text, self.language) for text in self.read]

    @property
    def clicks(self) -> int:
        counted: int = self.page.evaluate("clicks")
        return counted

    def obeys(self, why: str, /, **values: object) -> None:
        """Read why the key asks, and make the gesture that this page shows: other keys may ask, too."""
        self.sees(why, **values)
        self.read.append(self.text(why, **values))
        gesture = "".join(re.findall(r"\d", self.page.locator("dialog.touch h2").inner_text()))
        self.desk.until_asked()
        with self.desk.bridge.lock:
            consent.announced(self.desk.key)
            consent.make(self.desk.key, gesture)
            self.desk.key.run(consent.BETWEEN)

    # Steps of lending and borrowing

    def makes_a_card(self, name: str) -> None:
        """From the list of accounts, up to the touch."""
        self.presses("home.borrow")
        self.is_at("home.borrow")
        self.reads()
        self.enters("borrow.name", name)
        self.presses("borrow.make")

    def saves(self) -> Download:
        """Save what the screen hands out."""
        with self.page.expect_download() as download:
            self.page.locator(".hand-out a").click()
        return download.value

    def lends_to(self, name: str) -> Download:
        """Lend, with a touch, and return the file that the page saves by itself."""
        with self.page.expect_download() as download:
            self.presses("lend.button")
            self.obeys("touch.lend", name="Amazon:shop")
        self.is_at("lend.send", to=name)
        return download.value

    def has_an_account(self) -> None:
        self.sets_up()
        self.is_at("home.title")
        self.adds(SHOWN, "Amazon", "shop")


class Office:
    """Seats for people. Each has a computer, a new key in it, and the page."""

    def __init__(self, stack: ExitStack, browser: Browser, serve: Serve, folder: Path) -> None:
        self._stack = stack
        self._browser = browser
        self._serve = serve
        self._folder = folder
        self._count = 0

    def seat(self, language: str = "en") -> Person:
        """Yield somebody with a new key, whose page has found it."""
        self._count += 1
        place = self._folder / f"port-{self._count}"
        desk = self._stack.enter_context(PageDesk(place, uid=bytes([self._count] * 8)))
        server = self._serve(page_file(), SimulatedKeys(desk.key, desk.bridge.path))
        context = self._stack.enter_context(self._browser.new_context(locale=LANGUAGES[language]))
        page = context.new_page()
        page.set_default_timeout(1000 * patience())
        page.add_init_script(_CLICKS)
        page.goto(server.address)
        desk.plug_in()
        return Person(Seller(page, desk, language))
