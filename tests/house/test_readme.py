"""The first pages that people read have short lines, working links and a version in each language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: English page and Chinese page.
PAIRS = [
    ("README.md", "README.zh-CN.md"),
    ("docs/guide/lost-key.md", "docs/guide/lost-key.zh-CN.md"),
    ("docs/reference/status.md", "docs/reference/status.zh-CN.md"),
    ("docs/reference/glossary.md", "docs/reference/glossary.zh-CN.md"),
    ("docs/guide/page-guide.md", "docs/guide/page-guide.zh-CN.md"),
    ("docs/guide/light.md", "docs/guide/light.zh-CN.md"),
    ("docs/guide/backup.md", "docs/guide/backup.zh-CN.md"),
    ("docs/guide/lend.md", "docs/guide/lend.zh-CN.md"),
    ("docs/guide/pin.md", "docs/guide/pin.zh-CN.md"),
    ("docs/guide/time.md", "docs/guide/time.zh-CN.md"),
    ("docs/guide/install.md", "docs/guide/install.zh-CN.md"),
    ("hardware/which-kit.md", "hardware/which-kit.zh-CN.md"),
    ("hardware/kits/trinkey-qt2040.md", "hardware/kits/trinkey-qt2040.zh-CN.md"),
    ("hardware/kits/pico.md", "hardware/kits/pico.zh-CN.md"),
    ("hardware/kits/qt-py-rp2040.md", "hardware/kits/qt-py-rp2040.zh-CN.md"),
    ("hardware/kits/rp2040-one.md", "hardware/kits/rp2040-one.zh-CN.md"),
    ("hardware/kits/macropad.md", "hardware/kits/macropad.zh-CN.md"),
]
PAGES = [name for pair in PAIRS for name in pair]
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)]+))?\)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub derives from headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_each_link_leads_somewhere(name: str) -> None:
    text = text_of(name)
    links = [link for link in _LINK.findall(text) if not link[0].startswith("http")]
    assert links
    for path, anchor in links:
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), anchor


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_each_leads_to_the_other(english: str, chinese: str) -> None:
    assert f"[简体中文]({Path(chinese).name})" in text_of(english)
    assert f"[English]({Path(english).name})" in text_of(chinese)


def test_chinese_pages_keep_to_the_glossary() -> None:
    import glossary

    for _, name in PAIRS:
        if "glossary" not in name:
            found = glossary.forbidden(glossary.CHINESE)
            assert not [word for word in found if word in text_of(name)], name
