"""Write the tables of rooms in docs/architecture.md from docs/layers.toml.

python tools/room_tables.py        (a test fails while the document is out of date)
"""

from __future__ import annotations

import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
DOCUMENT = DOCS / "architecture.md"
TABLE = DOCS / "layers.toml"
BEGIN, END = "<!-- rooms: {} -->", "<!-- end -->"


def rows(tree: str, entries: dict[str, dict[str, object]]) -> list[str]:
    """Return the rooms of a tree as a Markdown table, the highest first."""
    lines = ["| room | holds | uses |", "|---|---|---|"]
    for name, entry in reversed(entries.items()):
        uses = entry["uses"]
        assert isinstance(uses, list)  # noqa: S101 - for the types; the test of the rooms reads it, too
        shown = ", ".join(f"`{_short(use, tree)}`" for use in uses) or "nothing of ours"
        room = "its own modules" if name == "." else f"`{name}`"
        lines.append(f"| {room} | {entry['holds']} | {shown} |")
    return lines


def render(text: str) -> str:
    """Return `text` with each table updated. Raise ValueError if a table is missing."""
    for tree, entries in tomllib.loads(TABLE.read_text(encoding="utf-8")).items():
        begin = BEGIN.format(tree)
        before, found, rest = text.partition(begin)
        _, ended, after = rest.partition(END)
        if not (found and ended):
            raise ValueError(f"docs/architecture.md has no part {begin}")
        text = "\n".join([before + begin, "", *rows(tree, entries), "", END]) + after
    return text


def _short(use: str, tree: str) -> str:
    return use.removeprefix(f"{tree}/")


if __name__ == "__main__":
    DOCUMENT.write_text(render(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
