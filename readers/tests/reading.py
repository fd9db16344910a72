"""Reads the samples back."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from readers.tests.entries import PASSWORD, Entry, Sample
from readers.tests.samples import SAMPLES
from totpkey_readers.formats import files
from totpkey_readers.jail import reader
from totpkey_readers.records.contents import AskPassword, Contents


def read(data: bytes, password: str = PASSWORD) -> Contents:
    """What is in a file, without a process for it."""
    return files.read(data, lambda app: password)


def confined(data: bytes, ask: AskPassword = str) -> Contents:
    """What a process of its own makes of a file, with a second one for links."""
    found = reader.read(io.BytesIO(data), "export", ask)
    return reader.links(found.texts, "export", ask) if isinstance(found, reader.Texts) else found


def entries(contents: Any) -> tuple[Entry, ...]:
    """Return the entries that were read, by a reader or by a program with one, as the writers' type."""
    return tuple(
        Entry(a.issuer, a.label, a.secret, a.algorithm, a.digits, a.period, a.type, a.counter)
        for a in (found.account for found in contents.found)
    )


@cache
def sample(name: str) -> Sample:
    return SAMPLES[name]()
