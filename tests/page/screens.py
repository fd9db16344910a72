"""A walk to every screen of the page, and what each is checked for by axe and by a ruler.

The guides' camera takes the same walk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Page

import page_packages
from tests.page.seller import SHOWN, Seller
from tests.support.judges import from_npm

#: What a colleague is called.
COLLEAGUES = {"en": "Anna", "zh": "安娜"}

#: Gets the name of the screen that is there now.
Look = Callable[[str], None]


def every_screen(seller: Seller, look: Look, mail: str) -> None:
    """Go from a new key that the page has found to the end of set-up, and look at each screen.

    `mail` is the name of most accounts.
    """
    seller.is_at("setup.title")
    look("first")
    _locks(seller, look)
    _first_account(seller, look, mail)
    _more_accounts(seller, look, mail)
    for name in ("backup", "restore", "copy", "lock", "clock", "check"):
        seller.goes_to(name)
        look(name)
        seller.goes_home()
    _lending(seller, look)
    _several_shops(seller, look, mail)
    seller.goes_to("done")
    look("done")


def _locks(seller: Seller, look: Look) -> None:
    seller.presses("setup.more")
    seller.sees("setup.backups")
    look("lock")
    for lock in ("lock.passphrase", "lock.pin"):
        seller.chooses(lock)
        seller.presses("next")
        seller.is_at(f"{lock}_new")
        look(f"{lock}_new")
        seller.goes_back()
    seller.chooses("lock.none")
    seller.presses("next")
    seller.is_at("home.title")
    look("no-accounts")


def _first_account(seller: Seller, look: Look, mail: str) -> None:
    seller.presses("home.enroll")
    look("sites")
    seller.picks_site()
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", mail)
    look("steps")
    for summary in seller.page.locator("summary").all():
        summary.click()
    seller.enters("add.sign_in", "")
    seller.presses("add.save")
    seller.sees("problems.no_name.remedy")
    look("steps-without-a-name")
    seller.enters("add.sign_in", mail)
    seller.presses("add.save")
    seller.is_at("enroll.type")
    look("type")
    seller.presses("enroll.failed")
    seller.sees("enroll.refused_again")
    look("type-refused")
    seller.presses("enroll.worked")
    seller.sees("enroll.before")
    look("before")
    seller.presses("enroll.finished")
    seller.is_at("home.title")


def _more_accounts(seller: Seller, look: Look, mail: str) -> None:
    seller.goes_to("add")
    look("add")
    seller.presses("next")
    seller.sees("problems.secret_empty.remedy")
    look("add-nothing")
    seller.goes_back()
    for issuer in ("GitHub", "Google"):
        seller.adds("JBSW Y3DP EHPK 3PXP", issuer, mail)
    seller.opens("GitHub")
    seller.sees("account.unused")
    look("accounts")
    seller.presses("account.remove")
    look("question")
    seller.agrees("account.remove")
    seller.is_asked()
    look("touch")
    seller.consents()
    seller.sees("account.removed", name=f"GitHub:{mail}")


def _lending(seller: Seller, look: Look) -> None:
    """Make a card, lend to it, and borrow with the same key. What is borrowed then is on the list, too."""
    name = COLLEAGUES[seller.language]
    seller.presses("home.borrow")
    seller.is_at("home.borrow")
    look("borrow-without-a-card")
    seller.makes_a_card(name)
    look("borrow")
    card = seller.saves().path().read_text(encoding="utf-8")
    seller.presses("borrow.button")
    seller.is_told("problems.file_none")
    look("borrow-nothing")
    seller.goes_back()
    seller.lends("Amazon")
    look("lend-to")
    seller.enters("lend.card", card)
    seller.presses("next")
    seller.is_at("lend.title", to=name)
    seller.page.get_by_text(seller.text("lend.more")).click()
    look("lend")
    with seller.page.expect_download() as file:
        seller.presses("lend.button")
        seller.consents()
    seller.is_at("lend.send", to=name)
    look("lent")
    seller.presses("enroll.finished")
    seller.presses("home.borrow")
    seller.enters("borrow.file", file.value.path().read_text(encoding="utf-8"))
    seller.presses("borrow.button")
    seller.consents()
    seller.is_at("home.title")
    seller.page.locator(".accounts summary").last.click()
    seller.sees("account.unused")
    look("borrowed")


def _several_shops(seller: Seller, look: Look, mail: str) -> None:
    seller.presses("home.enroll")
    seller.picks_site()
    seller.enters("add.setup_key", SHOWN)
    seller.enters("add.sign_in", mail)
    seller.enters("add.shop", "Paris")
    look("steps-of-a-second-shop")
    seller.presses("add.save")
    seller.presses("enroll.worked")
    seller.presses("enroll.finished")
    seller.opens("Paris")
    seller.presses("account.rename")
    look("rename")
    seller.goes_back()
    seller.backs_up()
    look("backup-to-save")
    seller.presses("backup.have")
    for number in range(6):
        seller.adds("JBSW Y3DP EHPK 3PXP", "Amazon" if number < 4 else "Google", f"{number}-{mail}")
    look("many-accounts")


@from_npm
def axe() -> str:
    """The checker's own code, from npm."""
    page_packages.CHECKS.install()
    return (page_packages.CHECKS.modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


#: What axe judges by the colours and by the window's width. By all else it judges the document.
LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")


def check_with_axe(page: Page, rules: Sequence[str] = ()) -> None:
    """Nothing, however slight axe calls it; by those rules, or by all."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    options: dict[str, Any] = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    result: dict[str, Any] = page.evaluate("options => axe.run(options)", options)
    found = [
        (violation["id"], node["html"]) for violation in result["violations"] for node in violation["nodes"]
    ]
    assert found == []


def check_its_width(page: Page) -> None:
    """Nothing sticks out, and what people touch is large enough."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    small = page.evaluate(
        """[...document.querySelectorAll("button, summary, label.card, input[type=text]")]
             .filter((element) => element.offsetParent && !element.classList.contains("away"))
             .filter((element) => element.getBoundingClientRect().height < 43.5)
             .map((element) => element.outerHTML)"""
    )
    assert small == []
