"""Measure `totpkey import --dry-run` for exports of many accounts in every format.

Each export is read in a process of its own. The figures are processor time and memory of everything that
comes before the key.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.host import spent
from readers.tests import samples
from readers.tests.entries import PASSWORD, Entry, Sample

COUNT = 5000
#: The limits of one import before the key is contacted, in ms and bytes.
LIMIT_MS, LIMIT_BYTES = 10_000, 200_000_000
#: The script prints its peak memory in bytes. On Linux, ru_maxrss includes what the parent had before exec;
#: VmHWM does not.
_READ = """
import os, re, resource, sys
from pathlib import Path
from totpkey.cli.root import run
out, sys.stdout = sys.stdout, open(os.devnull, "w")
assert run(["--port", "/nonexistent", "import", "--dry-run", "--stdin", sys.argv[1]]) == 0
if sys.platform == "linux":
    print(1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]), file=out)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=out)
"""


def measure(name: str) -> tuple[float, float]:
    """Return the processor time in ms and the peak memory in bytes."""
    many = tuple(Entry(f"Shop {n}", f"user{n}@example.com", n.to_bytes(20, "big")) for n in range(COUNT))
    with tempfile.NamedTemporaryFile() as file:
        writer: Callable[..., Sample] = samples.WRITERS[name]
        Path(file.name).write_bytes(writer(many, *samples.COSTS.get(name, ())).data)
        command = [sys.executable, "-c", _READ, file.name]
        most: list[bytes] = []
        password = PASSWORD.encode()
        took = spent(lambda: most.append(subprocess.check_output(command, input=password)))
    return took, float(most[0])


def figures() -> dict[str, tuple[float, float]]:
    """Return time and memory of each format."""
    return {name: measure(name) for name in samples.WRITERS}


def worst(found: dict[str, tuple[float, float]]) -> list[list[str]]:
    """Return a row for the slowest format and for that which takes the most memory, and the limits."""
    names = [max(found, key=lambda name: found[name][column]) for column in (0, 1)]
    rows = [
        row(f"{what} of {len(found)} formats: {name}", *found[name])
        for what, name in zip(("slowest", "largest"), names, strict=True)
    ]
    return [*rows, row("limit", LIMIT_MS, LIMIT_BYTES)]


def row(name: str, time: float, most: float) -> list[str]:
    return [name, f"{time:.0f} ms", f"{most / 1e6:.0f} MB"]
