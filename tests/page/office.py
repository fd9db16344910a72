"""An office: an owner and colleagues, each at their own computer with a key and the page of `totpkey web`."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Download

from tests.page.conftest import AtPage, Serve
from tests.page.desk import PageDesk
from tests.page.reading import COUNTS_CLICKS, Reader
from tests.support import consent


class Person(Reader):
    """Somebody in an office, where several keys may ask for gestures."""

    def consents(self, why: str = "", /, **values: object) -> None:
        """Read why the key asks, and make the gesture that this page shows."""
        self.sees(why, **values)
        self.read.append(self.text(why, **values))
        gesture = "".join(re.findall(r"\d", self.page.locator("dialog.touch h2").inner_text()))
        self.desk.until_asked()
        with self.desk.bridge.lock:
            consent.announced(self.desk.key)
            consent.make(self.desk.key, gesture)
            self.desk.key.run(consent.BETWEEN)

    def lends_to(self, name: str) -> Download:
        """Lend, with a touch, and return the file that the page saves by itself."""
        with self.page.expect_download() as download:
            self.presses("lend.button")
            self.consents("touch.lend", name="Amazon:shop")
        self.is_at("lend.send", to=name)
        return download.value


class Office:
    """Seats for people. Each has a computer, a new key in it, and the page."""

    def __init__(self, stack: ExitStack, at_page: AtPage, serve: Serve, folder: Path) -> None:
        self._stack = stack
        self._at_page = at_page
        self._serve = serve
        self._folder = folder
        self._count = 0

    def seat(self, language: str = "en") -> Person:
        """Return somebody with a new key, whose page has found it."""
        self._count += 1
        place = self._folder / f"port-{self._count}"
        desk = self._stack.enter_context(PageDesk(place, uid=bytes([self._count] * 8)))
        address = self._serve(desk.keys).address
        person = Person(self._at_page(desk, address, language=language, script=COUNTS_CLICKS))
        desk.plug_in()
        return person
