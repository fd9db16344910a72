"""The lines of documents have at most 100 characters, so that any editor shows them whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 100
#: Add a document here once its lines are short enough.
DOCUMENTS = (
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
    *(ROOT / "docs" / f"{name}.md" for name in ("accounts", "architecture", "protocol", "storage")),
)


def long_lines(text: str) -> Iterator[int]:
    """Yield the numbers of lines that are too long. Tables, code and lines of one word cannot be wrapped."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        code ^= line.lstrip().startswith("```")
        words = line.lstrip("-*> ").split()
        if len(line) > LONGEST and not code and not line.startswith("|") and len(words) > 1:
            yield number


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_lines_are_short(document: Path) -> None:
    assert list(long_lines(document.read_text(encoding="utf-8"))) == []


def test_what_counts_as_a_long_line() -> None:
    prose, short = "word " * 21, "word " * 19
    table, code, address = f"| {prose} |", f"```\n{prose}\n```", "<https://example.org/" + 100 * "x" + ">"
    assert list(long_lines(prose)) == [1]
    assert list(long_lines(f"{short}\n{code}\n{table}\n{address}\n{prose}")) == [7]
