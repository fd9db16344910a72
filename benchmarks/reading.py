"""Measure the process that reads a file from elsewhere: all of its processor time, beside Python's alone."""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable

from benchmarks.host import EMPTY, ROUNDS, processor_ms, spent
from readers.tests import samples
from readers.tests.entries import PLAIN
from readers.tests.pictures.codes import code, saved
from totpkey_readers.jail import reader


def figures() -> dict[str, tuple[float, float]]:
    """Return for each kind of file the median ms of the process, and of an empty Python in the same run."""
    export, picture = samples.aegis(PLAIN).data, saved(code(), "PNG")
    reads: dict[str, Callable[[], object]] = {
        "an export of two accounts": lambda: reader.read(io.BytesIO(export), "export", str),
        "a picture of a code": lambda: reader.texts(picture, "picture"),
    }
    # What is compiled on the first run is there on the next.
    for read in reads.values():
        read()
    return {
        name: (
            statistics.median(spent(read) for _ in range(ROUNDS)),
            statistics.median(processor_ms(EMPTY) for _ in range(ROUNDS)),
        )
        for name, read in reads.items()
    }
