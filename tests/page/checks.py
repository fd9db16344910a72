"""What every screen is checked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

import page_packages
from tests.support.judges import from_npm


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
