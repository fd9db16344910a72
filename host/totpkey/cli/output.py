"""What goes where: data on standard output, words for people on standard error."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import click

from totpkey.i18n.translation import tr


def say(text: str) -> None:
    """Words for the person at the terminal."""
    click.echo(text, err=True)


def warn(text: str) -> None:
    """One line; what a QR code or a key has put into it sends nothing to the terminal."""
    say(headed(tr("Warning:"), "yellow", text))


def headed(head: str, colour: str, text: str) -> str:
    """`text` behind a coloured word. A full-width colon brings its own space."""
    return click.style(head, fg=colour) + ("" if head.endswith("：") else " ") + visible(text)


def give(text: str) -> None:
    """A line of data."""
    click.echo(text)


def give_json(data: object) -> None:
    """Data for programs. Half of a pair of surrogates, in names from files and keys, is no text in UTF-8."""
    import json
    import re

    click.echo(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(data, ensure_ascii=False, indent=2)))


def visible(text: str) -> str:
    """`text` without control characters (Unicode category C): keys and QR codes may send escapes."""
    return "".join("\ufffd" if unicodedata.category(character)[0] == "C" else character for character in text)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, their columns aligned by what a terminal shows, and nothing in them that it obeys."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(_cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_pad, row, widths)).rstrip() for row in rows]


def give_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows as lines of data."""
    for line in table(rows):
        give(line)


def show(as_json: bool, data: object, rows: Sequence[Sequence[str]]) -> None:
    """Data for programs, or the same as rows for people."""
    if as_json:
        give_json(data)
    else:
        give_table(rows)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """Terminal cells: two for wide characters, none for combining ones (Unicode annex 11)."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
