"""Reads the samples back."""

from __future__ import annotations

from functools import cache

from tests.importers.entries import PASSWORD, Entry, Sample
from tests.importers.samples import SAMPLES
from totpkey import errors
from totpkey.importers.reading import Contents, fitting
from totpkey_readers.formats import files
from totpkey_readers.records.contents import AskPassword
from totpkey_readers.records.contents import Contents as Read


def worded(data: bytes, ask: AskPassword, patient: bool = False) -> Contents:
    """What the command makes of a file, without a process for it."""
    with errors.in_words():
        return fitting(files.read(data, ask, patient))


def read(data: bytes, password: str = PASSWORD) -> Contents:
    return worded(data, lambda app: password)


def entries(contents: Contents | Read) -> tuple[Entry, ...]:
    """Return the entries that were read, as the writers' type."""
    return tuple(
        Entry(a.issuer, a.label, a.secret, a.algorithm, a.digits, a.period, a.type, a.counter)
        for a in (found.account for found in contents.found)
    )


@cache
def sample(name: str) -> Sample:
    return SAMPLES[name]()
