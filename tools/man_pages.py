"""Write the manual pages of the command, one for each of its commands, from what `--help` shows.

python tools/man_pages.py [FOLDER]        (default: build/man; read one with `man -l build/man/totpkey.1`)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from totpkey.cli import help_texts, root
from totpkey_protocol.version import __version__

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "man"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name of each page and its text in troff, the main one first."""
    yield from _pages(root.cli, click.Context(root.cli, info_name="totpkey"))


def _pages(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    below = list(_below(command, context))
    names = [name_of(each) for _, each in below]
    yield name_of(context), "\n".join(_lines(command, context, names)) + "\n"
    for each in below:
        yield from _pages(*each)


def _below(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found and not found.hidden:
                yield found, click.Context(found, info_name=name, parent=context)


def name_of(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _lines(command: click.Command, context: click.Context, below: list[str]) -> Iterator[str]:
    name = name_of(context)
    yield f'.TH {name.upper()} 1 "" "totpkey {__version__}"'
    yield from (".SH NAME", f"{name} \\- {_plain(command.get_short_help_str(limit=1000))}")
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (".SH SYNOPSIS", f".B {_plain(context.command_path)}", _plain(usage), ".SH DESCRIPTION")
    for paragraph in help_texts.paragraphs(command.help or ""):
        yield from (_plain(paragraph), ".PP")
    yield ".SH OPTIONS"
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context)):
            yield from (".TP", f".B {_plain(record[0])}", _plain(record[1]))
    if command.epilog:
        yield from (".SH NOTES", _plain(command.epilog))
    if others := [*below, *([name_of(context.parent)] if context.parent else [])]:
        yield ".SH SEE ALSO"
        yield " ,\n".join(f".BR {_plain(other)} (1)" for other in others)


def _plain(text: str) -> str:
    """Escape what troff would read as its own."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else TARGET
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages():
        (folder / f"{name}.1").write_text(text, encoding="utf-8")
    print(f"{folder}  {len(list(folder.glob('*.1')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
