"""Walk through the set-up page with a simulated key, and draw the pictures that the guides have of it.

    python tools/page_pictures.py        (writes docs/pictures/page)

Needs Chromium, a Chinese font (fonts-wqy-microhei), and `make drive page`.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.page.browsers import PageDesk, ThisComputer, chromium  # noqa: E402
from tests.page.screens import every_screen  # noqa: E402
from tests.page.seller import LANGUAGES, Seller  # noqa: E402
from tests.support.load import patience  # noqa: E402
from totpkey.web import page_file  # noqa: E402
from totpkey.web.server import PageServer  # noqa: E402

GUIDE = ROOT / "docs" / "pictures" / "page"
#: The screens in the guides.
GUIDED = (
    *("connect", "first", "lock", "steps", "type", "before", "add", "accounts", "touch"),
    *("backup", "restore", "clock", "check", "borrow", "lend", "done"),
)


class Slowly(Seller):
    """Somebody whose gestures take their time, so that the key's clock stays right."""

    def consents(self, why: str = "", /, **values: object) -> None:
        self.is_asked(why, **values)
        self.desk.agree_in_real_time()


@contextmanager
def seller_at(browser: Browser, language: str) -> Iterator[tuple[Seller, str]]:
    """Yield a seller at the page opened as a file, and the page's address with an unplugged simulated key."""
    with (
        tempfile.TemporaryDirectory() as folder,
        PageDesk(Path(folder) / "port") as desk,
        PageServer(desk.keys, page_file().read_bytes) as server,
    ):
        size: Any = {"width": 720, "height": 860}
        context = browser.new_context(viewport=size, locale=LANGUAGES[language], device_scale_factor=1)
        page = context.new_page()
        # A download waits for the whole gesture.
        page.set_default_timeout(3000 * patience())
        page.on("pageerror", lambda error: print("error", error))
        page.goto(page_file().as_uri())
        yield Slowly(page, desk, language), server.start_address
        context.close()


def pictures(language: str) -> None:
    """The first picture shows the page with Web Serial, as most users see it; all others that of a bridge."""
    numbers = iter(range(1, 100))
    with (
        tempfile.TemporaryDirectory() as place,
        sync_playwright() as playwright,
        chromium(playwright, ThisComputer(), Path(place)) as browser,
        seller_at(browser, language) as (seller, bridge),
    ):

        def take(name: str) -> None:
            if name in GUIDED:
                _save(seller.page, GUIDE / language / f"{next(numbers):02}-{name}.webp")

        seller.is_at("connect.title")
        take("connect")
        seller.page.goto(bridge)
        seller.is_at("connect.title")
        seller.desk.plug_in()
        every_screen(seller, take, "shop@example.com")


def _save(page: Page, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    shot = page.screenshot(full_page=True, animations="disabled")
    Image.open(io.BytesIO(shot)).save(path, quality=80)


if __name__ == "__main__":
    for language in LANGUAGES:
        pictures(language)
