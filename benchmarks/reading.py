"""Measure the process that reads a file from elsewhere: all of its processor time, beside an empty Python's.

python -m benchmarks.reading
"""

from __future__ import annotations

import io
import resource
import statistics
from collections.abc import Callable

from benchmarks.host import EMPTY, ROUNDS, processor_ms
from readers.tests import samples
from readers.tests.entries import PLAIN
from readers.tests.pictures.codes import code, saved
from totpkey_readers.jail import reader

#: What the process is to take at most for a file of two accounts, in ms, of an ordinary computer.
LIMIT_MS = 130


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def _once(read: Callable[[], object]) -> float:
    before = _children()
    read()
    return _children() - before


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
            statistics.median(_once(read) for _ in range(ROUNDS)),
            statistics.median(processor_ms(EMPTY) for _ in range(ROUNDS)),
        )
        for name, read in reads.items()
    }


if __name__ == "__main__":
    for name, (ours, empty) in figures().items():
        print(f"{name}: {ours:.0f} ms, {ours / empty:.1f} times an empty Python's {empty:.0f} ms")
    print(f"limit: {LIMIT_MS} ms")
