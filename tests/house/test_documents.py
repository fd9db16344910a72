"""Documents are read in any editor, lead somewhere, exist in both languages, and keep to the glossary.

Lines are at most 100 characters long. Chinese has no spaces, and browsers show the end of a line as one, so
a Chinese paragraph is one line. Each document is a guide, a concept or a part of the reference, and only
the last may be long. All words that users see follow docs/reference/glossary.md and
docs/reference/glossary.zh-CN.md.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import glossary

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 100
#: What a document of docs/ can be, and at most how many words it may have. 0: any number.
KINDS = {"guide": 2000, "concepts": 2000, "reference": 0}
#: Folders of docs/ with texts of another kind, and the front page of the site.
OTHER_KINDS = {"decisions", "upstream", "front.md", "front.zh-CN.md"}
#: Written by programs: `make bench` and `tools/written_parts.py`.
GENERATED = {"performance.md", "protocol-reference.md"}


def documents() -> list[Path]:
    """All documents of the project, the hardware's included."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True)
    paths = listed.stdout.split() or [str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md")]
    return [ROOT / path for path in paths if Path(path).name not in GENERATED]


CHINESE = [path for path in documents() if path.name.endswith(".zh-CN.md")]
OTHERS = [path for path in documents() if path not in CHINESE]


def long_lines(text: str) -> Iterator[int]:
    """Yield the numbers of long lines. Tables, pictures, code and single words cannot be wrapped."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        code ^= line.lstrip().startswith("```")
        words = line.lstrip("-*> ").split()
        if len(line) > LONGEST and not code and not line.startswith(("|", "![")) and len(words) > 1:
            yield number


def torn_lines(text: str) -> Iterator[int]:
    """Numbers of lines that end within a Chinese sentence. Code has its own lines."""
    code = False
    for number, (line, after) in enumerate(pairwise(text.splitlines()), 1):
        code ^= line.lstrip().startswith("```")
        if (
            not code
            and re.search(r"[\u3001-\u9fff\uff00-\uffef]$", line)
            and re.match(r" *[\u3400-\u9fff]", after)
        ):
            yield number


@pytest.mark.parametrize("document", OTHERS, ids=lambda path: path.name)
def test_lines_are_short(document: Path) -> None:
    assert list(long_lines(document.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("document", CHINESE, ids=lambda path: path.name)
def test_chinese_paragraphs_are_one_line(document: Path) -> None:
    assert list(torn_lines(document.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("document", list((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_each_document_is_of_one_kind_and_not_too_long_for_it(document: Path) -> None:
    kind = document.relative_to(ROOT / "docs").parts[0]
    most = 0 if kind in OTHER_KINDS else KINDS[kind]
    assert not 0 < most < len(document.read_text(encoding="utf-8").split())


def test_the_map_of_the_tests_names_each_folder() -> None:
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - {"__pycache__"}
    assert {name for name in folders if f"\n| `{name}` | " not in text} == set()


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
    for _, name in PAIRS:
        if "glossary" not in name:
            found = glossary.forbidden(glossary.CHINESE)
            assert not [word for word in found if word in text_of(name)], name


def test_page_and_command_keep_to_the_glossary() -> None:
    assert not glossary.faults(), "\n".join(map(str, glossary.faults()))


def test_the_glossary_is_read() -> None:
    english, chinese = glossary.forbidden(glossary.ENGLISH), glossary.forbidden(glossary.CHINESE)
    assert {"face", "vault", "export blob", "recipe", "blank", "slot", "dialout"} <= set(english)
    assert {"硬件密钥", "支钥匙", "登记", "你"} <= set(chinese)
    assert english["export blob"] == "backup"
    assert not {"word", "we say", "词", "用"} & {*english, *chinese}


@pytest.mark.parametrize(
    "text", ["The key shows its setup face.", "A Token.", "Blank it.", "Add yourself to dialout."]
)
def test_english_that_a_seller_does_not_know(text: str) -> None:
    assert [fault.text for fault in glossary.in_english({"here": text})] == [text]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("请插上硬件密钥。", "Plug in the key, for its secret."),
        ("请插上这支钥匙。", "Plug in the key."),
        ("错误： 没有找到。", "Error: nothing was found."),
        ("没有找到 。", "Nothing was found."),
        ("请按一下密钥的按钮。", "Press the key's button."),
        ("你的账户", "Your accounts"),
    ],
)
def test_chinese_that_breaks_a_rule(text: str, english: str) -> None:
    assert {fault.text for fault in glossary.in_chinese({"here": text}, {"here": english})} == {text}
