"""Reading exports of 10 000 accounts, each in a process of its own: processor time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.importers import samples
from tests.importers.entries import PASSWORD, Entry

COUNT = 10_000
#: What one import may take before the key is asked, in ms and bytes.
LIMIT_MS, LIMIT_BYTES = 5000, 200_000_000
FORMATS = ("aegis encrypted", "bitwarden pbkdf2", "bitwarden csv", "2fas", "stratum encrypted", "uri list")
#: Gives the most memory in bytes. Linux keeps in ru_maxrss what the parent had before the program began, but
#: not in VmHWM.
_READ = """
import re, resource, sys
from pathlib import Path
from totpkey.importers import files
contents = files.read(Path(sys.argv[1]).read_bytes(), lambda app: sys.argv[2])
assert len(contents.found) == int(sys.argv[3])
if sys.platform == "linux":
    print(1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(name: str) -> tuple[float, float]:
    """Processor time in ms, and the most memory in bytes."""
    many = tuple(Entry(f"Shop {n}", f"user{n}@example.com", n.to_bytes(20, "big")) for n in range(COUNT))
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(samples.WRITERS[name](many).data)
        command = [sys.executable, "-c", _READ, file.name, PASSWORD, str(COUNT)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            most = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return 1000 * (usage.ru_utime + usage.ru_stime), float(most)


def rows() -> list[list[str]]:
    """A row for each format, beside the limits."""
    rows = []
    for name in FORMATS:
        time, most = measure(name)
        rows.append([name, f"{time:.0f} ms", f"{most / 1e6:.0f} MB"])
    return [*rows, ["limit", f"{LIMIT_MS} ms", f"{LIMIT_BYTES / 1e6:.0f} MB"]]


if __name__ == "__main__":
    for row in rows():
        print("  ".join(row))
