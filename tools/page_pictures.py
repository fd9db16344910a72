"""Walk through the set-up page with a simulated key and take a picture of each screen.

    python tools/page_pictures.py FOLDER [WIDTH SCHEME LANGUAGE]  (default: all that are reviewed)
    python tools/page_pictures.py --guide                         (those in the guides, in docs/pictures/page)

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
HEIGHT = {360: 740, 1280: 860, 720: 860}

TakePicture = Callable[[str], None]


def walk(
    seller: Seller, bridge: str, text: Callable[[str], str], take: TakePicture, further: bool = False
) -> None:
    """Walk from the first screen to the last. `text` returns a text of the page by its name.

    `further`: also to screens that no guide shows.

    The first picture shows the page with Web Serial, as most users see it. All others show the page at
    `bridge`.
    """
    page, desk = seller.page, seller.desk

    def press(name: str) -> None:
        page.get_by_role("button", name=text(name), exact=True).first.click()

    def at(name: str) -> None:
        seller.is_at(name)

    at("connect.title")
    take("connect")
    page.goto(bridge)
    at("connect.title")
    desk.plug_in()
    at("setup.title")
    take("first")
    press("setup.more")
    seller.sees("setup.backups")
    take("lock")
    press("back_button")
    at("setup.title")
    seller.picks_site()
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", "shop@example.com")
    take("steps")
    press("add.save")
    at("enroll.type")
    take("type")
    desk.press()
    press("enroll.worked")
    seller.sees("enroll.before")
    take("before")
    press("enroll.finished")
    at("home.title")
    for issuer, label in (("GitHub", "me"), ("Google", "me@example.com")):
        press("home.add")
        at("add.title")
        if issuer == "GitHub":
            take("add")
        page.get_by_label(text("add.secret"), exact=True).fill("JBSW Y3DP EHPK 3PXP")
        press("next")
        page.get_by_label(text("add.issuer"), exact=True).fill(issuer)
        page.get_by_label(text("add.label"), exact=True).fill(label)
        press("add.save")
        at("home.title")
    page.locator("summary").nth(1).click()
    page.get_by_text(text("account.unused")).first.wait_for()
    take("accounts")
    press("account.remove")
    page.locator("dialog").get_by_role("button", name=text("account.remove")).click()
    page.locator("dialog.touch").wait_for()
    take("touch")
    desk.until_asked()
    # The key's clock stays right, as the picture of a check shows.
    desk.agree_in_real_time()
    page.get_by_text(text("account.removed").format(name="GitHub:me")).first.wait_for()
    for name in ("backup", "restore", "lock", "clock", "check"):
        press(f"home.{name}")
        at(f"{name}.title")
        take(name)
        press("back_button")
        at("home.title")
    walk_lending(seller, take)
    if further:
        walk_further(seller, take)
    press("home.done")
    at("done.title")
    take("done")


def walk_lending(seller: Seller, take: TakePicture) -> None:
    """From the list of accounts and back: a card, and what its owner and a lender see of it."""
    page, desk = seller.page, seller.desk
    seller.presses("home.borrow")
    seller.enters("borrow.name", name := {"en": "Anna", "zh": "安娜"}[seller.language])
    seller.presses("borrow.make")
    page.locator("dialog.touch").wait_for()
    desk.until_asked()
    desk.agree_in_real_time()
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


def walk_further(seller: Seller, take: TakePicture) -> None:
    """From the list of accounts and back: the names of shops, a backup to save, many accounts."""
    page, desk = seller.page, seller.desk
    seller.presses("home.copy")
    seller.is_at("copy.title")
    take("copy")
    seller.goes_back()
    seller.presses("home.enroll")
    seller.picks_site()
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", "shop@example.com")
    seller.enters("add.shop", "Berlin")
    take("steps-of-a-second-shop")
    seller.presses("add.save")
    seller.presses("enroll.worked")
    seller.presses("enroll.finished")
    seller.opens("Berlin")
    seller.presses("account.rename")
    take("rename")
    seller.goes_back()
    seller.presses("home.backup")
    for name in ("lock.passphrase_field", "lock.again"):
        seller.enters(name, "correct horse battery staple")
    seller.presses("backup.make")
    page.locator("dialog.touch").wait_for()
    desk.until_asked()
    desk.agree_in_real_time()
    seller.is_at("backup.save_title")
    take("backup-to-save")
    seller.presses("backup.have")
    for number in range(6):
        seller.presses("home.add")
        seller.enters("add.secret", "JBSW Y3DP EHPK 3PXP")
        seller.presses("next")
        seller.enters("add.issuer", "Amazon" if number < 4 else "Google")
        seller.enters("add.label", f"shop-{number}@example.com")
        seller.presses("add.save")
        seller.is_at("home.title")
    take("many-accounts")


@contextmanager
def seller_at(browser: Browser, width: int, scheme: Any, language: str) -> Iterator[tuple[Seller, str]]:
    """Yield a seller at the page opened as a file, and the page's address with an unplugged simulated key."""
    with tempfile.TemporaryDirectory() as folder, PageDesk(Path(folder) / "port") as desk:
        keys = SimulatedKeys(desk.key, desk.bridge.path)
        with PageServer(keys, page_file().read_bytes) as server:
            locale = {"en": "en-GB", "zh": "zh-CN"}[language]
            size: Any = {"width": width, "height": HEIGHT[width]}
            context = browser.new_context(
                viewport=size, color_scheme=scheme, locale=locale, device_scale_factor=1
            )
            page = context.new_page()
            page.on("pageerror", lambda error: print("error", error))
            page.goto(page_file().as_uri())
            yield Seller(page, desk, language), server.start_address
            context.close()


def words(language: str) -> Callable[[str], str]:
    import page_definition

    texts = page_definition.catalogues()[language]
    texts["back_button"] = "‹ " + texts["back"]
    return texts.__getitem__


def pictures(folder: Path, width: int, scheme: str, language: str, ending: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    numbers = iter(range(1, 100))

    with (
        tempfile.TemporaryDirectory() as place,
        sync_playwright() as playwright,
        chromium(playwright, ThisComputer(), Path(place)) as browser,
        seller_at(browser, width, scheme, language) as (seller, bridge),
    ):
        walk(
            seller,
            bridge,
            words(language),
            lambda name: _save(seller.page, folder / f"{next(numbers):02}-{name}{ending}"),
            further=ending == ".png",
        )


def _save(page: Page, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    shot = page.screenshot(full_page=True, animations="disabled")
    Image.open(io.BytesIO(shot)).save(path, quality=80)


def main(arguments: list[str]) -> None:
    if arguments == ["--guide"]:
        for language in ("en", "zh"):
            pictures(GUIDE / language, 720, "light", language, ".webp")
        return
    folder = Path(arguments[0])
    if len(arguments) > 1:
        pictures(folder, int(arguments[1]), arguments[2], arguments[3], ".png")
        return
    for width, scheme, language in (
        (360, "light", "en"),
        (360, "dark", "zh"),
        (1280, "dark", "en"),
        (1280, "light", "zh"),
    ):
        pictures(folder / f"{width}-{scheme}-{language}", width, scheme, language, ".png")


if __name__ == "__main__":
    main(sys.argv[1:])
