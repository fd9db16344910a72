"""What the commands of backups read: the files of one, its passphrase or sheets, and the notes to keep in it.

Sheets are typed and shown on a screen of their own that leaves nothing behind.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from totpkey import errors
from totpkey.backups import backup_file, paper, sheets
from totpkey.backups.backup_file import Backup, Opened
from totpkey.backups.sheets import Sheet
from totpkey.cli.input.files import read_file, refuse_missing
from totpkey.cli.input.prompts import present_passphrase, read_stdin
from totpkey.cli.output import give, say, visible
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_readers.jail import reader
from totpkey_readers.pictures import kinds

#: The longest notes, in bytes. Paper has no room for more.
_LARGEST = 1 << 20


def read_notes(path: str) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark, as PowerShell writes it.

    It guesses no other encoding and drops no incomplete character: a mistake would be noticed only when the
    recovery codes are needed. Raise Unreadable.
    """
    data = read_file(path)
    if len(data) > _LARGEST:
        raise errors.Unreadable(
            tr("{path} has more than {most} bytes.", path=visible(path), most=_LARGEST),
            tr("Keep the recovery codes alone in the notes, and other files in another place."),
        )
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise _not_text(path) from None
    # UTF-16 without its mark is valid UTF-8, with NUL as every second character.
    if "\0" in text:
        raise _not_text(path)
    return text


def shown_notes(text: str) -> str:
    """Return lines for the terminal, with tabs between columns and without other control characters."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.splitlines())


def _not_text(path: str) -> errors.Unreadable:
    return errors.Unreadable(
        tr("{path} is not text in UTF-8: kept as it is, the notes would be damaged.", path=visible(path)),
        tr("Open it in a text editor, save it as UTF-8, then run this command again."),
    )


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


#: What the commands that open a backup have in common.
files_argument = click.argument(
    "files", metavar="FILE...", type=click.Path(dir_okay=False), nargs=-1, required=True
)
stdin_option = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the passphrase from standard input."
)
shares_option = click.option(
    "--shares", is_flag=True, help="Type the words of enough sheets instead of the passphrase."
)


def open_backup(
    files: Sequence[str], from_stdin: bool, on_paper: bool = False, shares: bool = False
) -> tuple[Backup, Opened]:
    """Ask for the passphrase, or for its `shares`, and return a backup and its contents.

    With `on_paper`, the files must be pictures of its pages. Otherwise their content decides.
    """
    return unsealed(backup_data(files, on_paper), from_stdin, shares)


@errors.in_words()
def backup_data(files: Sequence[str], on_paper: bool = False) -> bytes:
    """Return the backup's file, which may have been on paper."""
    refuse_missing(files)
    data = [read_file(file) for file in files]
    if on_paper or len(data) > 1 or kinds.is_picture(data[0]):
        pages = zip(data, files, strict=True)
        return paper.join([text for page, name in pages for text in reader.texts(page, name)])
    return data[0]


def unsealed(data: bytes, from_stdin: bool, shares: bool = False) -> tuple[Backup, Opened]:
    """Ask for the passphrase of a backup's file, or for its `shares`, and open it."""
    sealed = backup_file.read(data)
    phrase = present_from_sheets(from_stdin) if shares else present_passphrase(from_stdin)
    return sealed, backup_file.unseal(sealed, phrase)


if TYPE_CHECKING:
    _Type = click.ParamType[tuple[int, int]]
else:
    # Only newer versions of click say what a type gives.
    _Type = click.ParamType


class Scheme(_Type):
    """Reads `2of3` as (2, 3)."""

    name = "scheme"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        found = re.fullmatch(r"(\d{1,2})of(\d{1,2})", str(value))
        needed, count = map(int, found.groups()) if found else (0, 0)
        if not sheets.LEAST <= needed <= count <= sheets.MOST:
            # The command says what is taken instead, and does not repeat what stood there.
            self.fail(self.name, param, ctx)
        return needed, count
