"""Output: data on standard output, messages for people on standard error."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from totpkey.i18n.translation import tr

#: The width of a moving drawing in cells, so that each covers the one before.
_DRAWN = 70


def say(text: str) -> None:
    """Print a message. Control characters in names from keys and files are replaced."""
    click.echo(_lines(text), err=True)


def warn(text: str) -> None:
    """Print a warning of one line."""
    _say_labelled(tr("Warning:"), "yellow", text)


def fail(text: str) -> None:
    """Print an error of one line."""
    _say_labelled(tr("Error:"), "red", text)


def give(text: str) -> None:
    """Print lines of data."""
    click.echo(_lines(text))


def give_bright(text: str) -> None:
    """Print a line in white on black, whatever colours the terminal has."""
    click.echo(visible(text) if _is_dumb() else click.style(visible(text), fg="bright_white", bg="black"))


def redraw(text: str, ends: bool, rings: bool = False) -> None:
    """Draw one line of a moving drawing over the one before, in a terminal only. `rings`: with its bell."""
    if sys.stderr.isatty() and not _is_dumb():
        click.echo(f"\r  {_pad(visible(text), _DRAWN)}" + "\a" * rings, err=True, nl=ends)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Draw a bar. What this yields takes how much is done, and of how much."""
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


def give_json(data: object) -> None:
    """Print data for programs as JSON that is also safe to show in a terminal.

    JSON requires escapes for only some control characters. This escapes all of them, including those that
    change the text direction. Unpaired surrogates, which names from files and keys may contain, cannot be
    encoded as UTF-8 and are replaced.
    """
    import json
    import re

    text = re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(data, ensure_ascii=False, indent=2))
    click.echo("".join(_escaped(character) if _is_control(character) else character for character in text))


def _say_labelled(label: str, colour: str, text: str) -> None:
    # A full-width colon includes its own space.
    space = "" if "：" in label else " "
    head = label if os.environ.get("NO_COLOR") or _is_dumb() else click.style(label, fg=colour)
    click.echo(head + space + visible(text), err=True)


def _is_dumb() -> bool:
    """Whether the terminal can neither move nor colour anything, as screen readers and editors say."""
    return os.environ.get("TERM") == "dumb"


def _lines(text: str) -> str:
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def _is_control(character: str) -> bool:
    """Return whether a character is not printable; line feeds do not count."""
    return character != "\n" and unicodedata.category(character)[0] == "C"


def _escaped(character: str) -> str:
    """Return a character as JSON escapes (RFC 8259 section 7)."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def visible(text: str) -> str:
    """Replace control characters (Unicode category C): text from keys and QR codes may contain escapes."""
    return "".join("\ufffd" if unicodedata.category(character)[0] == "C" else character for character in text)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines without control characters, with columns aligned by display width."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_pad, row, widths)).rstrip() for row in rows]


def give_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows as lines of data."""
    for line in table(rows):
        give(line)


def show(as_json: bool, data: object, rows: Sequence[Sequence[str]]) -> None:
    """Print data as JSON for programs or as rows for people."""
    if as_json:
        give_json(data)
    else:
        give_table(rows)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def cells(text: str) -> int:
    """Return the width in terminal cells: two for wide characters, none for combining (Unicode annex 11)."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
