"""Asks for the words of sheets, and shows new ones, on a screen of their own that leaves nothing behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from totpkey import errors
from totpkey.backups import sheets
from totpkey.backups.sheets import Sheet
from totpkey.cli.input.prompts import read_stdin
from totpkey.cli.output import give, say
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr

#: Words in a line, on paper as well as here.
ACROSS = 3


def present_from_sheets(from_stdin: bool) -> str:
    """Return the passphrase that sheets hold. Raise InvalidSheets, click.UsageError."""
    if from_stdin:
        lines = read_stdin(_("sheet")).splitlines()
        return sheets.join([sheets.read(line) for line in lines if line.strip()])
    if not sys.stdin.isatty():
        raise click.UsageError(
            tr("There is no terminal to type sheets on: pipe them in with --stdin, one on each line.")
        )
    with _screen():
        return sheets.join(_typed_sheets())


def show(made: Sequence[Sheet]) -> None:
    """Show one sheet after another, to be copied by hand."""
    with _screen():
        for sheet in made:
            click.clear()
            give("\n".join(lines(sheet, len(made))))
            click.prompt(tr("Copy it onto paper, then press Enter"), default="", show_default=False, err=True)


def lines(sheet: Sheet, count: int) -> list[str]:
    """What is on a sheet, of `count` sheets: its head, and its words with their numbers."""
    head = tr("Sheet {number} of {count}, set “{set}”", number=sheet.number, count=count, set=sheet.set)
    numbered = [f"{place:2}. {word:<9}" for place, word in enumerate(sheet.words, 1)]
    rows = ["".join(numbered[at : at + ACROSS]).rstrip() for at in range(0, len(numbered), ACROSS)]
    return [head, "", *rows, ""]


@contextmanager
def _screen() -> Iterator[None]:
    """The terminal's second screen, as editors use it: what stands there is in no history of the window."""
    from rich.console import Console

    with Console(stderr=True).screen(hide_cursor=False):
        yield
        # Terminals without a second screen show it in the first.
        click.clear()


def _typed_sheets() -> list[Sheet]:
    """Ask for sheets until they are enough."""
    typed: list[Sheet] = []
    while not typed or len(typed) < typed[0].needed:
        click.clear()
        _say_where(typed)
        _add(typed)
    return typed


def _add(typed: list[Sheet]) -> None:
    """Ask for a sheet until one fits those before it."""
    while True:
        try:
            sheet = sheets.read(" ".join(_typed_words()))
            sheets.check_fits(sheet, typed)
        except errors.InvalidSheets as wrong:
            _say_wrong(wrong)
        else:
            typed.append(sheet)
            return


def _typed_words() -> list[str]:
    """Ask for words, some at a time, until they are a whole sheet or the user says that these are all."""
    words: list[str] = []
    while not sheets.is_whole(words):
        answer: str = click.prompt(
            tr("Word {number} and further", number=len(words) + 1), default="", show_default=False, err=True
        )
        if not answer.strip():
            return words
        try:
            words += sheets.known(answer)
        except errors.InvalidSheets as wrong:
            _say_wrong(wrong)
    return words


def _say_where(typed: Sequence[Sheet]) -> None:
    if typed:
        left = typed[0].needed - len(typed)
        say(tr("Another sheet of the set “{set}”; {left} to go.", set=typed[0].set, left=left))
    else:
        say(tr("Type the words of any sheet by their numbers. Four letters of each are enough."))
    say(tr("Type a line of the sheet at a time. To begin the sheet again, press Enter alone."))


def _say_wrong(wrong: errors.InvalidSheets) -> None:
    say(wrong.cause)
    say(wrong.remedy)
