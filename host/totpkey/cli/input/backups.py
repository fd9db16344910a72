"""Opens a backup from files on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from totpkey.backups import backup_file, paper
from totpkey.backups.backup_file import Backup, Opened
from totpkey.cli.input.files import read_file, refuse_missing
from totpkey.cli.input.prompts import present_passphrase
from totpkey.confined import reader
from totpkey.i18n.translation import mark as _
from totpkey.pictures import qr

_SMALLER = _("Photograph or scan one page at a time, at 300 dots per inch.")


def open_backup(files: Sequence[str], from_stdin: bool, on_paper: bool = False) -> tuple[Backup, Opened]:
    """Ask for the passphrase and return a backup and its contents.

    With `on_paper`, the files must be pictures of its pages. Otherwise their content decides.
    """
    return unsealed(backup_data(files, on_paper), from_stdin)


def backup_data(files: Sequence[str], on_paper: bool = False) -> bytes:
    """Return the backup's file, which may have been on paper."""
    refuse_missing(files)
    data = [read_file(file) for file in files]
    if on_paper or len(data) > 1 or qr.is_picture(data[0]):
        pages = zip(data, files, strict=True)
        return paper.join(
            [text for page, name in pages for text in reader.texts(page, name, remedy=_SMALLER)]
        )
    return data[0]


def unsealed(data: bytes, from_stdin: bool) -> tuple[Backup, Opened]:
    """Ask for the passphrase of a backup's file, and open it."""
    sealed = backup_file.read(data)
    return sealed, backup_file.unseal(sealed, present_passphrase(from_stdin))
