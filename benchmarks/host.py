"""Measure the command and the process that reads files, by processor time of whole processes.

The command and the reading of a file from elsewhere are compared with an empty Python in the same run.
`totpkey import --dry-run` is measured for exports of many accounts in every format: each export is read in a
process of its own, and the figures are processor time and memory of everything that comes before the key.
"""

from __future__ import annotations

import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from readers.tests import samples
from readers.tests.entries import PASSWORD, PLAIN, Entry, Sample
from readers.tests.pictures.codes import code, saved
from tests.support.desk import Desk
from totpkey.install.drive import drive_folder
from totpkey_readers.jail import reader
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey

ROUNDS = 15
EMPTY = [sys.executable, "-c", "pass"]


def spent(work: Callable[[], object]) -> float:
    """Return user and system time in ms of the processes that `work` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def processor_ms(command: list[str]) -> float:
    """Return the time of one run in ms. Raise CalledProcessError if it fails."""
    return spent(lambda: subprocess.run(command, check=True, capture_output=True))


def against_empty(command: list[str]) -> tuple[float, float]:
    """Return the median ms of the command and of an empty Python, run alternately."""
    pairs = [(processor_ms(command), processor_ms(EMPTY)) for _ in range(ROUNDS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("totpkey")), *arguments]


def with_key(measure: Callable[[Path], tuple[float, float]]) -> tuple[float, float]:
    """Measure with a simulated key that has ten accounts and is in its setup face."""
    from benchmarks.chip import accounts

    key = SimulatedKey(drive_folder(), unix_time=time.time())
    with Desk(key).first_set_up() as client:
        for account in accounts(10):
            client.add(account)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        with SerialBridge(key, path):
            return measure(path)


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


def measured_import(name: str) -> tuple[float, float]:
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


def of_imports() -> dict[str, tuple[float, float]]:
    """Return time and memory of each format."""
    return {name: measured_import(name) for name in samples.WRITERS}


def worst_imports(found: dict[str, tuple[float, float]]) -> list[list[str]]:
    """Return a row for the slowest format and for that which takes the most memory, and the limits."""
    names = [max(found, key=lambda name: found[name][column]) for column in (0, 1)]
    rows = [
        import_row(f"{what} of {len(found)} formats: {name}", *found[name])
        for what, name in zip(("slowest", "largest"), names, strict=True)
    ]
    return [*rows, import_row("limit", LIMIT_MS, LIMIT_BYTES)]


def import_row(name: str, time: float, most: float) -> list[str]:
    return [name, f"{time:.0f} ms", f"{most / 1e6:.0f} MB"]


def of_reading() -> dict[str, tuple[float, float]]:
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
