"""What a person does on the set-up page, by what they see: names of buttons and fields, never the page's insides."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.page.desk import Desk

#: Longer than a derivation of a passphrase takes here, in ms.
PATIENCE = 60_000


class Seller:
    """Somebody before the page, with a key in the other hand."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self.page = page
        self.desk = desk

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def is_at(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title, timeout=PATIENCE)

    def presses(self, name: str | re.Pattern[str]) -> None:
        """A button on the page."""
        self.page.get_by_role("button", name=name).first.click()

    def enters(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(text)

    def chooses(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("radio", name=name).check()

    def consents(self) -> None:
        """Press the key's button when the page asks for it."""
        self.sees("Press the key's button")
        self.desk.until_asked()
        self.desk.press()

    def holds(self, seconds: int) -> None:
        self.sees(f"Hold the key's button for {seconds} seconds")
        self.desk.until_asked()
        self.desk.hold(seconds)

    def chooses_file(self, label: str, path: Path) -> None:
        self.page.get_by_label(label).set_input_files(path)

    def connects(self) -> None:
        """Where the browser has given the key to the page, plugging it in is enough."""
        self.desk.plug()

    def sets_up(self, lock: str = "Nothing") -> None:
        """A blank key: its clock, then what opens it."""
        self.is_at("A new key")
        self.presses("Set the clock")
        self.sees("The clock is set")
        self.chooses(re.compile(lock))
        self.presses("Continue")
