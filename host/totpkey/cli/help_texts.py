"""`--help` in the reader's language. The commands have their texts in English; here they are shown.

click's own words (“Usage:”, “No such option”) come from our catalogue, too: `use_for_click` sees to that.
"""

from __future__ import annotations

import gettext
import inspect
import os
import re
from collections.abc import Iterable, Iterator

import click

from totpkey.cli.output import cells
from totpkey.i18n import translation
from totpkey.i18n.translation import tr

#: What may be set on a line as one: a word of other letters, or one Chinese character with its punctuation.
_PIECE = re.compile("[^\\s\u2e80-\uffef]+ ?|[“《（]*[\u2e80-\uffef][，。：；！？、”》）…]* ?|\\s")
#: What click adds behind an option's text.
_EXTRA = re.compile(r"  \[[^]]*\]$")
_GAP = 2


def use_for_click() -> None:
    """Have click show its texts and ours in the reader's language."""
    preferred = translation.preferred()
    if preferred[:1] == ["en"]:
        return
    # gettext's own functions, which click calls, ask the environment; not every system sets it.
    os.environ["LANGUAGE"] = ":".join(preferred)
    gettext.bindtextdomain(translation.DOMAIN, translation.folder())
    gettext.textdomain(translation.DOMAIN)
    click.Context.formatter_class = HelpFormatter


def paragraphs(text: str) -> list[str]:
    """A command's text as the catalogue has it: each paragraph in one line."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n") if part.strip()]


class HelpFormatter(click.HelpFormatter):
    """Translates what it writes. Wraps it by a terminal's cells, of which a Chinese character takes two."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        usage = tr("Usage:")
        # Behind a Chinese colon there is no space.
        own = f"{usage} " if usage.isascii() else usage
        # click writes these in English.
        for place in ("[OPTIONS]", "[COMMAND] [ARGS]...", "COMMAND [ARGS]..."):
            args = args.replace(place, tr(place))
        super().write_usage(prog, args, prefix if prefix is not None else own)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{tr('{name}:', name=heading)}\n")

    def write_text(self, text: str) -> None:
        lead = " " * self.current_indent
        for number, paragraph in enumerate(paragraphs(text)):
            self.write("\n" * bool(number))
            for line in wrapped(tr(paragraph), self.width - self.current_indent):
                self.write(f"{lead}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = _GAP) -> None:
        rows = list(rows)
        column = min(max(cells(first) for first, _ in rows), col_max) + col_spacing
        lead = " " * self.current_indent
        for first, second in rows:
            lines = list(wrapped(_in_reader_s_language(second), self.width - self.current_indent - column))
            beside = cells(first) <= column - col_spacing
            if not beside or not lines:
                self.write(f"{lead}{first}\n")
            for number, line in enumerate(lines):
                head = first if beside and number == 0 else ""
                self.write(f"{lead}{head}{' ' * (column - cells(head))}{line}\n")


def _in_reader_s_language(text: str) -> str:
    extra = _EXTRA.search(text)
    return tr(text[: extra.start()]) + extra[0] if extra else tr(text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of a text, none wider than `width` cells if its pieces are not."""
    line = ""
    for piece in _PIECE.findall(text):
        if line and cells(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line:
        yield line.rstrip()
