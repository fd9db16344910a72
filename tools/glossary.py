"""Check all words that users see against docs/reference/glossary.md and docs/reference/glossary.zh-CN.md.

python tools/glossary.py        (lists violations in the page's texts and the command's messages)
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
ENGLISH = ROOT / "docs" / "reference" / "glossary.md"
CHINESE = ROOT / "docs" / "reference" / "glossary.zh-CN.md"

#: A table row below the header.
_ROW = re.compile(r"^\|(?!.*\|\n\|-)(?!-)(.+)\|$", re.MULTILINE)
#: Text that is exempt: commands, quotations of sites and other programs, options, and placeholders.
_QUOTED = re.compile(r"`[^`]*`|“[^”]*”|--[\w-]+|\{\w+\}|\b[A-Z_]{3,}\b")
#: A full-width punctuation mark fills a square that contains its own space, so a space beside it is too much.
_STRAY_SPACE = re.compile(r"[，。：；！？、（）“”《》…] | [，。：；！？、（）”《》]")
_SECRET = re.compile(r"\b(secrets?|setup keys?|Secret key)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """A violation: the text, its location and the rule that it breaks."""

    where: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}: {self.text}"


def forbidden(glossary: Path) -> dict[str, str]:
    """Return the forbidden words, each with its replacement. Raise ValueError for a malformed table."""
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
    """Yield words in `texts` (texts by location) that the English glossary forbids."""
    for word, instead in forbidden(ENGLISH).items():
        pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
        yield from _found(texts, pattern, f"“{word}” is “{instead}”")


def in_chinese(texts: Mapping[str, str], english: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what the Chinese glossary forbids, 密钥 where the English means no secret, and stray spaces."""
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
    """Return all English and all Chinese texts, by the name of a page's text or by the English message."""
    page = page_definition.catalogues()
    command = update_messages.translated("zh_CN")
    return page["en"] | {name: name for name in command}, page["zh"] | command


def faults() -> list[Fault]:
    """Return all violations, the English ones first."""
    english, chinese = texts()
    return [*in_english(english), *in_chinese(chinese, english)]


if __name__ == "__main__":
    found = faults()
    print(*found, sep="\n")
    sys.exit(1 if found else 0)
