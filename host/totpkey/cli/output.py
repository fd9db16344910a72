"""Output: data on standard output, messages for people on standard error."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import click

from totpkey.i18n.translation import tr


def say(text: str) -> None:
    """Words for the person at the terminal; what a key or a file has put into them sends it nothing."""
    click.echo(_lines(text), err=True)


def warn(text: str) -> None:
    """One line."""
    _say_after(click.style(tr("Warning:"), fg="yellow"), text)


def fail(text: str) -> None:
    """What went wrong, in one line."""
    _say_after(click.style(tr("Error:"), fg="red"), text)


def give(text: str) -> None:
    """Lines of data."""
    click.echo(_lines(text))


def give_bright(text: str) -> None:
    """A line that is white on black whatever the terminal's colours are."""
    click.echo(click.style(visible(text), fg="bright_white", bg="black"))


def give_json(data: object) -> None:
    """Data for programs, which may be shown in a terminal.

    JSON escapes only some of the characters that a terminal obeys; here all of them are, and those that turn
    the direction of text. Half of a pair of surrogates, in names from files and keys, is no text in UTF-8.
    """
    import json
    import re

    text = re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(data, ensure_ascii=False, indent=2))
    click.echo("".join(_escaped(character) if _is_obeyed(character) else character for character in text))


def _say_after(head: str, text: str) -> None:
    # A full-width colon brings its own space.
    space = "" if "：" in head else " "
    click.echo(head + space + visible(text), err=True)


def _lines(text: str) -> str:
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def _is_obeyed(character: str) -> bool:
    """Whether it is no character to be seen, but for the end of a line."""
    return character != "\n" and unicodedata.category(character)[0] == "C"


def _escaped(character: str) -> str:
    """A character as JSON can write it (RFC 8259 section 7)."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def visible(text: str) -> str:
    """`text` without control characters (Unicode category C), since keys and QR codes may send escapes."""
    return "".join("\ufffd" if unicodedata.category(character)[0] == "C" else character for character in text)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with columns aligned by display width, without control characters."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(_cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_pad, row, widths)).rstrip() for row in rows]


def give_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows as lines of data."""
    for line in table(rows):
        give(line)


def show(as_json: bool, data: object, rows: Sequence[Sequence[str]]) -> None:
    """Print data for programs, or the same as rows for people."""
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
