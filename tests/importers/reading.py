"""What the command makes of the readers' samples."""

from __future__ import annotations

from readers.tests.entries import PASSWORD
from totpkey import errors
from totpkey.importers.plan import Contents, fitting
from totpkey_readers.formats import files
from totpkey_readers.records.contents import AskPassword


def worded(data: bytes, ask: AskPassword, patient: bool = False) -> Contents:
    """What the command makes of a file, without a process for it."""
    with errors.in_words():
        return fitting(files.read(data, ask, patient))


def read(data: bytes, password: str = PASSWORD) -> Contents:
    return worded(data, lambda app: password)
