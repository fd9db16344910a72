"""The lines of documents are at most 100 characters long, so that they can be read in any editor.

Chinese has no spaces, and browsers show the end of a line as one. So a Chinese paragraph is one line.
Each document is a guide, a concept or a part of the reference, and only the last may be long.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

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
