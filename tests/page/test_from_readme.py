"""From the README's first line to a code that the key has typed: a person's clicks, fields, words, seconds.

What is counted, and by which model, tests/page/test_first_code.py says. Here the person also reads the
README, from its first line to the end of its quick start, and opens the page that it names.
docs/first-code.md has the figures, beside those of other programs; the test compares them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.page.desk import PageDesk
from tests.page.test_first_code import LANGUAGES, Walk, copies_the_setup_key, walk
from tests.page.test_walk import EXISTING_SELLER
from totpkey.web import page_file

ROOT = Path(__file__).resolve().parents[2]
READMES = {"en": ("README.md", "## Quick start"), "zh": ("README.zh-CN.md", "## 快速上手")}
FIGURES = ROOT / "docs" / "first-code.md"
#: The page is opened by one click more: the README names its file.
OPENED = 1
MOST_SECONDS = 200
_MARKUP = re.compile(r"<img[^>]*>|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|[*`|\[]")


def to_the_quick_start_s_end(language: str) -> str:
    """What a person reads of the README, without its markup."""
    name, heading = READMES[language]
    text = (ROOT / name).read_text(encoding="utf-8")
    begins = text.index(heading)
    steps = re.search(r"(?:\d\..*\n(?: .*\n)*)+", text[begins:])
    assert steps, "the quick start has no steps"
    read = text[:begins] + heading + "\n" + steps[0]
    assert page_file().name in read, "it names the page to open"
    return _MARKUP.sub("", read)


def told(language: str, part: str) -> list[int]:
    """The row of the document: clicks, screens, fields, words, seconds."""
    label = {"en": "totpkey, in English", "zh": "totpkey, in Chinese"}[language] + f", {part} |"
    row = next(
        line for line in FIGURES.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {label}")
    )
    return [int(cell) for cell in row.split("|")[2:7]]


def agrees(walked: Walk, row: list[int]) -> None:
    clicks, screens, fields, words, seconds = row
    assert (walked.clicks, walked.screens, walked.fields) == (clicks, screens, fields)
    # These change with every word of the page.
    assert (walked.words, walked.seconds) == pytest.approx((words, seconds), rel=0.05)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_readme_to_the_first_code(language: str, chromium: Browser, usb_desk: PageDesk) -> None:
    read = to_the_quick_start_s_end(language)
    with walk(chromium, usb_desk, language) as walked:
        seller = walked.seller
        seller.picks_way(EXISTING_SELLER)
        copies_the_setup_key(walked)
    whole = Walk(
        seller, walked.clicks + OPENED, walked.fields, walked.keys, walked.screens + 1, [read, *walked.read]
    )
    assert whole.seconds <= MOST_SECONDS, whole
    agrees(walked, told(language, "the page alone"))
    agrees(whole, told(language, "from the README's first line"))
