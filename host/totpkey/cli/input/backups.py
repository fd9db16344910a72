"""Opens a backup from files on the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from totpkey import errors
from totpkey.backups import backup_file, paper
from totpkey.backups.backup_file import Backup, Opened
from totpkey.cli.input.files import read_file, refuse_missing
from totpkey.cli.input.prompts import present_passphrase
from totpkey.cli.input.sheets import present_from_sheets
from totpkey_readers.jail import reader
from totpkey_readers.pictures import kinds

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
