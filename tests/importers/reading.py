"""Reads the samples back."""

from __future__ import annotations

from functools import cache

from tests.importers.entries import PASSWORD, Entry, Sample
from tests.importers.samples import SAMPLES
from totpkey.importers import files
from totpkey.importers.contents import Contents


def read(data: bytes, password: str = PASSWORD) -> Contents:
    return files.read(data, lambda app: password)


def entries(contents: Contents) -> tuple[Entry, ...]:
    """Return the entries that were read, as the writers' type."""
    return tuple(
        Entry(a.issuer, a.label, a.secret, a.algorithm, a.digits, a.period, a.type, a.counter)
        for a in (found.account for found in contents.found)
    )


@cache
def sample(name: str) -> Sample:
    return SAMPLES[name]()
