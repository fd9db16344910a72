"""Reads the samples back."""

from __future__ import annotations

import io
from functools import cache

from tests.importers.entries import PASSWORD, Entry, Sample
from tests.importers.samples import SAMPLES
from totpkey import errors
from totpkey.importers.reading import Contents, fitting
from totpkey_readers.formats import files
from totpkey_readers.jail import reader
from totpkey_readers.records.contents import AskPassword
from totpkey_readers.records.contents import Contents as Read


def worded(data: bytes, ask: AskPassword, patient: bool = False) -> Contents:
    """What the command makes of a file, without a process for it."""
    with errors.in_words():
        return fitting(files.read(data, ask, patient))


def confined(data: bytes, ask: AskPassword = str) -> Read:
    """What a process of its own makes of a file, with a second one for links."""
    found = reader.read(io.BytesIO(data), "export", ask)
    return reader.links(found.texts, "export", ask) if isinstance(found, reader.Texts) else found


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
