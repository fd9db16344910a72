"""Walk through the set-up page with a simulated key, and draw the pictures that the guides have of it.

    python tools/page_pictures.py        (writes docs/pictures/page)

Needs Chromium, a Chinese font (fonts-wqy-microhei), and `make drive page`.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.page.browsers import chromium  # noqa: E402
from tests.page.desk import PageDesk  # noqa: E402
from tests.page.seller import SHOWN, Seller  # noqa: E402
from tests.page.surroundings import ThisComputer  # noqa: E402
from totpkey.cli.simulation.web_keys import SimulatedKeys  # noqa: E402
from totpkey.web import page_file  # noqa: E402
from totpkey.web.server import PageServer  # noqa: E402

GUIDE = ROOT / "docs" / "pictures" / "page"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}

TakePicture = Callable[[str], None]


def walk(seller: Seller, bridge: str, take: TakePicture) -> None:
    """Walk from the first screen to the last.

    The first picture shows the page with Web Serial, as most users see it. All others show the page at
    `bridge`.
    """
    seller.is_at("connect.title")
    take("connect")
    seller.page.goto(bridge)
    walk_setting_up(seller, take)
    walk_enrolling(seller, take)
    seller.is_at("home.title")
    walk_accounts(seller, take)
    for name in ("backup", "restore", "lock", "clock", "check"):
        seller.presses(f"home.{name}")
        seller.is_at(f"{name}.title")
        take(name)
        seller.goes_back()
        seller.is_at("home.title")
    walk_lending(seller, take)
    seller.presses("home.done")
    seller.is_at("done.title")
    take("done")


def walk_setting_up(seller: Seller, take: TakePicture) -> None:
    seller.is_at("connect.title")
    seller.desk.plug_in()
    seller.is_at("setup.title")
    take("first")
    seller.presses("setup.more")
    seller.sees("setup.backups")
    take("lock")
    seller.goes_back()
    seller.is_at("setup.title")


def walk_enrolling(seller: Seller, take: TakePicture) -> None:
    """The first account, by the steps of its site."""
    seller.picks_site()
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", "shop@example.com")
    take("steps")
    seller.presses("add.save")
    seller.is_at("enroll.type")
    take("type")
    seller.desk.press()
    seller.presses("enroll.worked")
    seller.sees("enroll.before")
    take("before")
    seller.presses("enroll.finished")


def walk_accounts(seller: Seller, take: TakePicture) -> None:
    """Two more accounts, one of which is removed."""
    seller.presses("home.add")
    seller.is_at("add.title")
    take("add")
    seller.goes_back()
    for issuer, label in (("GitHub", "me"), ("Google", "me@example.com")):
        seller.adds("JBSW Y3DP EHPK 3PXP", issuer, label)
    seller.page.locator("summary").nth(1).click()
    seller.page.get_by_text(seller.text("account.unused")).first.wait_for()
    take("accounts")
    seller.removes()
    agree(seller, lambda: take("touch"))
    seller.page.get_by_text(seller.text("account.removed", name="GitHub:me")).first.wait_for()


def walk_lending(seller: Seller, take: TakePicture) -> None:
    """From the list of accounts and back: a card, and what its owner and a lender see of it."""
    page = seller.page
    seller.presses("home.borrow")
    seller.enters("borrow.name", name := {"en": "Anna", "zh": "安娜"}[seller.language])
    seller.presses("borrow.make")
    agree(seller)
    seller.sees("borrow.first", name=name)
    take("borrow")
    with page.expect_download() as card:
        page.locator(".hand-out a").click()
    seller.goes_back()
    seller.opens("Google")
    seller.presses("account.lend")
    seller.enters("lend.card", card.value.path().read_text(encoding="utf-8"))
    seller.presses("next")
    seller.is_at("lend.title", to=name)
    page.get_by_text(seller.text("lend.more")).click()
    take("lend")
    seller.goes_back()
    seller.goes_back()
    seller.is_at("home.title")


def agree(seller: Seller, before: Callable[[], None] = lambda: None) -> None:
    """In real time, so that the key's clock stays right, as the picture of a check shows."""
    seller.page.locator("dialog.touch").wait_for()
    before()
    seller.desk.until_asked()
    seller.desk.agree_in_real_time()


@contextmanager
def seller_at(browser: Browser, language: str) -> Iterator[tuple[Seller, str]]:
    """Yield a seller at the page opened as a file, and the page's address with an unplugged simulated key."""
    with tempfile.TemporaryDirectory() as folder, PageDesk(Path(folder) / "port") as desk:
        keys = SimulatedKeys(desk.key, desk.bridge.path)
        with PageServer(keys, page_file().read_bytes) as server:
            size: Any = {"width": 720, "height": 860}
            context = browser.new_context(viewport=size, locale=LOCALES[language], device_scale_factor=1)
            page = context.new_page()
            page.on("pageerror", lambda error: print("error", error))
            page.goto(page_file().as_uri())
            yield Seller(page, desk, language), server.start_address
            context.close()


def pictures(language: str) -> None:
    numbers = iter(range(1, 100))
    with (
        tempfile.TemporaryDirectory() as place,
        sync_playwright() as playwright,
        chromium(playwright, ThisComputer(), Path(place)) as browser,
        seller_at(browser, language) as (seller, bridge),
    ):
        walk(
            seller,
            bridge,
            lambda name: _save(seller.page, GUIDE / language / f"{next(numbers):02}-{name}.webp"),
        )


def _save(page: Page, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    shot = page.screenshot(full_page=True, animations="disabled")
    Image.open(io.BytesIO(shot)).save(path, quality=80)


if __name__ == "__main__":
    for language in LOCALES:
        pictures(language)
