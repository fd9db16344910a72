"""Every page that says when to set a clock again says what the driver's figures come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from totpkey_firmware.clock import drift

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = "after {}, {} and {} months, then once a year"
CHINESE = "用了 {} 个月、{} 个月和 {} 个月时各校准一次，之后每年一次"
PAGES = ("README", "docs/guide/time", "docs/guide/page-guide")
#: In English, the page's guide leaves it to the page.
SAID = [(f"{page}.md", ENGLISH) for page in PAGES[:2]] + [(f"{page}.zh-CN.md", CHINESE) for page in PAGES]


@pytest.mark.parametrize(("page", "advice"), SAID)
def test_every_page_gives_the_one_schedule(page: str, advice: str) -> None:
    months = [round(age / 86400 / 30.4) for age in drift.AGES]
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert advice.format(*months) in text
