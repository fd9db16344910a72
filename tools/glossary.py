"""The words that people see, judged by docs/glossary.md and docs/glossary.zh-CN.md.

python tools/glossary.py        (lists what the page's words and the command's messages break)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import page_definition
import update_messages

ROOT = Path(__file__).resolve().parent.parent
ENGLISH = ROOT / "docs" / "glossary.md"
CHINESE = ROOT / "docs" / "glossary.zh-CN.md"

#: Rows below a table's head.
_ROW = re.compile(r"^\|(?!.*\|\n\|-)(?!-)(.+)\|$", re.MULTILINE)
#: Commands, what sites and other programs say, options, and places for values.
_QUOTED = re.compile(r"`[^`]*`|“[^”]*”|--[\w-]+|\{\w+\}")
#: Full-width punctuation stands in a square of its own: a space beside it is one too many.
_STRAY_SPACE = re.compile(r"[，。：；！？、（）“”《》…] | [，。：；！？、（）”《》]")
_SECRET = re.compile(r"\b(secrets?|setup keys?|Secret key)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text, and where it stands."""

    where: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}: {self.text}"


def forbidden(glossary: Path) -> dict[str, str]:
    """The words that are never used, each with what is said instead. Raises ValueError for a torn table."""
    words: dict[str, str] = {}
    for row in _ROW.findall(glossary.read_text(encoding="utf-8")):
        cells = [cell.strip() for cell in row.split("|")]
        match cells:
            case [instead, _, never]:
                words |= dict.fromkeys(never.split(", "), instead)
            case [word, instead]:
                words[word] = instead
            case _:
                raise ValueError(f"{glossary.name} has a row of {len(cells)} cells: {row}")
    return words


def in_english(texts: Mapping[str, str]) -> Iterator[Fault]:
    """Words in `texts` (by where they stand) that the English glossary does not allow."""
    for word, instead in forbidden(ENGLISH).items():
        pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
        yield from _found(texts, pattern, f"“{word}” is “{instead}”")


def in_chinese(texts: Mapping[str, str], english: Mapping[str, str]) -> Iterator[Fault]:
    """As `in_english`; 密钥 where the English text means no secret; spaces beside full-width punctuation."""
    for word, instead in forbidden(CHINESE).items():
        yield from _found(texts, re.compile(re.escape(word)), f"“{word}” is “{instead}”")
    for where, text in texts.items():
        if _STRAY_SPACE.search(text):
            yield Fault(where, text, "a space beside full-width punctuation")
        if "密钥" in _QUOTED.sub("", text) and not _SECRET.search(english[where]):
            yield Fault(where, text, f"密钥 for no secret ({english[where]})")


def _found(texts: Mapping[str, str], pattern: re.Pattern[str], why: str) -> Iterator[Fault]:
    for where, text in texts.items():
        if pattern.search(_QUOTED.sub("", text)):
            yield Fault(where, text, why)


def texts() -> tuple[dict[str, str], dict[str, str]]:
    """All that people read, in English and in Chinese, by the name of a page's text or by the message."""
    page = page_definition.catalogues()
    command = update_messages.translated("zh_CN")
    return page["en"] | {name: name for name in command}, page["zh"] | command


def faults() -> list[Fault]:
    """All of them, English ones first."""
    english, chinese = texts()
    return [*in_english(english), *in_chinese(chinese, english)]


if __name__ == "__main__":
    found = faults()
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
